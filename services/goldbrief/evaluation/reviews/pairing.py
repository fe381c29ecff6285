"""Blind pairs: what two systems wrote of the same article, cut into sentences once and for all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from goldbrief.core.documents import Record
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.text.sentences import split_paragraphs

_HEADING = re.compile(r"#+\s+")
_BULLET = re.compile(r"[-*•]\s+")


class Block(Record):
    """Sentences that belong together."""

    kind: Literal["heading", "bullet", "prose"]
    sentences: tuple[str, ...]
    """Without the marks of Markdown."""


class SummaryText(Record):
    """A summary, whole and in sentences.

    The sentences are kept, and not cut anew when they are needed, so that marks made by number
    mean the same under a later version's rules.
    """

    system: str
    text: str
    blocks: tuple[Block, ...]

    @property
    def sentences(self) -> list[str]:
        """All sentences, in order: what marks count."""
        return [sentence for block in self.blocks for sentence in block.sentences]


class Pair(Record):
    """Two summaries of one article."""

    article_sha256: str
    persona: str
    first: SummaryText
    second: SummaryText


def cut(system: str, text: str) -> SummaryText:
    """Cut a summary into blocks of sentences."""
    blocks = []
    for sentences in split_paragraphs(text):
        heading, bullet = _HEADING.match(sentences[0]), _BULLET.match(sentences[0])
        mark = heading or bullet
        kind = "heading" if heading else "bullet" if bullet else "prose"
        first = sentences[0][mark.end() if mark else 0 :]
        kept = [sentence for sentence in (first, *sentences[1:]) if sentence.strip()]
        if kept:
            blocks.append(Block(kind=kind, sentences=tuple(kept)))
    return SummaryText(system=system, text=text, blocks=tuple(blocks))


def make_pairs(
    predictions: Iterable[Mapping[str, Any]], systems: Sequence[str], articles: int
) -> list[Pair]:
    """Pair what systems wrote.

    Args:
        predictions: Rows of an evaluation, as `publishing` stores them.
        systems: Whose summaries; empty means all.
        articles: Most articles; 0 means all.

    Returns:
        For each article and persona every two of the systems that wrote something different, in
        the order of the articles.

    Raises:
        InvalidInputError: A system is unknown, or there is but one.
        FailedPreconditionError: No article has two summaries.
    """
    rows: dict[tuple[str, str], dict[str, str]] = {}
    known: dict[str, None] = {}
    for row in predictions:
        known[row["system"]] = None
        written = rows.setdefault((row["article"], row["persona"]), {})
        if (row["summary"] or "").strip():
            written[row["system"]] = row["summary"]
    unknown = [name for name in systems if name not in known]
    # in the evaluation's order, so that pairs of several sets are the same pairs
    chosen = [name for name in known if name in systems or not systems]
    if unknown or len(chosen) < 2:
        raise InvalidInputError(
            f"No pairs can be made of {', '.join(systems or known) or 'no systems'}.",
            reason="INVALID_SYSTEMS",
            remedy=f"Name two or more of {', '.join(known)}.",
        )
    kept = set(list(dict.fromkeys(sha256 for sha256, _ in rows))[: articles or None])
    pairs = [
        pair
        for (sha256, persona), written in rows.items()
        if sha256 in kept
        for pair in _pairs_of(sha256, persona, written, chosen)
    ]
    if not pairs:
        raise FailedPreconditionError(
            "No article has different summaries by two of the systems.",
            reason="NOTHING_TO_COMPARE",
            remedy="The evaluation's report says what each system wrote, and why it failed.",
        )
    return pairs


def _pairs_of(
    sha256: str, persona: str, written: Mapping[str, str], systems: Sequence[str]
) -> Iterator[Pair]:
    for first, second in combinations([name for name in systems if name in written], 2):
        if written[first].strip() != written[second].strip():
            yield Pair(
                article_sha256=sha256,
                persona=persona,
                first=cut(first, written[first]),
                second=cut(second, written[second]),
            )
