"""An article's paragraphs as they grow: clauses are joined, so that sentences differ in length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from goldbrief.simulator.composing import num_words, sentence, with_articles
from goldbrief.simulator.grammar import Piece, Written
from goldbrief.simulator.telling import Telling

Clause: TypeAlias = list[Piece]
"""A clause or a whole sentence, not yet put into its paragraph."""

_MERGED = 0.92
"""Share of neighbouring clauses that become one sentence, where they can."""
_LONGEST_SENTENCE = 46
"""Words of a joined sentence."""
_JOINED = re.compile(r"[“;–?:]|, (?:and|while|but)|\.(?!\d)|differently")
"""Signs of a clause that is joined already, or is speech."""


class Page:
    """What has been written of an article.

    Args:
        telling: How things are said, and the source of chance.
    """

    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.rng = telling.rng
        self.paragraphs: list[Clause] = []
        self.heading = ""
        """Written before the next paragraph."""
        self.num_words = 0

    def add(self, *clauses: Clause, loose: bool = False) -> None:
        """Add a paragraph; an open heading comes before it.

        Args:
            *clauses: Its sentences, some of which are joined.
            loose: They are about one fact, so that those without figures join too.
        """
        if self.heading:
            self.paragraphs.append([f"## {self.heading}"])
            self.heading = ""
        paragraph: Clause = []
        for one in self._merged(clauses, loose=loose):
            if paragraph:
                paragraph.append(" ")
            paragraph.extend(sentence(one))
        self.add_block(paragraph)

    def add_block(self, pieces: Clause) -> None:
        """Add a paragraph or table as it is."""
        self.paragraphs.append(pieces)
        self.num_words += num_words(pieces)

    def append(self, clause: Clause) -> None:
        """Add a sentence to the last paragraph."""
        self.paragraphs[-1] += [" ", *sentence(clause)]

    def pieces(self) -> list[Piece]:
        """The whole article."""
        out: list[Piece] = []
        for paragraph in self.paragraphs:
            if out:
                out.append("\n\n")
            out.extend(paragraph)
        return out

    def _merged(self, clauses: Sequence[Clause], *, loose: bool) -> Iterator[Clause]:
        waiting: Clause | None = None
        for clause in clauses:
            if waiting is None:
                waiting = clause
            elif self.rng.random() < _MERGED and _can_merge(waiting, clause, loose=loose):
                is_same = loose or fact_ids(clause) == fact_ids(waiting)
                yield self.joined("merge" if is_same else "merge_results", waiting, clause)
                waiting = None
            else:
                yield waiting
                waiting = clause
        if waiting is not None:
            yield waiting

    def joined(self, rule: str, first: Clause, second: Clause) -> Clause:
        """Two clauses as one, by a rule with `<clause>` and `<clause_b>`."""
        clauses = with_articles(first), with_articles(second)
        return self.telling.say(rule, self.telling.world.facts[0], clauses=clauses)


def fact_ids(clause: Clause) -> set[str]:
    """The facts whose figures a clause gives."""
    return {piece.fact_id for piece in clause if isinstance(piece, Written)}


def is_simple(first: Clause, second: Clause) -> bool:
    """Whether two clauses are short, and neither is joined already."""
    words = num_words(first) + num_words(second)
    return words <= _LONGEST_SENTENCE and not _JOINED.search(plain((*first, *second)))


def plain(clause: Sequence[Piece]) -> str:
    """The text of a clause with its figures left out."""
    return "".join(piece for piece in clause if isinstance(piece, str))


def _can_merge(first: Clause, second: Clause, *, loose: bool) -> bool:
    """Whether two clauses make one sentence: of one fact, or both about results."""
    if loose:
        return is_simple(first, second)
    one, other = fact_ids(first), fact_ids(second)
    both_results = all(name.startswith("result.") for name in one | other)
    if not one or not other or not (one == other or both_results):
        return False
    return is_simple(first, second)
