"""Writes an article from a world: a plan of moves by genre, each move a few paragraphs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import Literal, get_args

from goldbrief.simulator.composing import (
    AnnotatedText,
    annotate,
    capital,
    num_words,
    sentence,
    with_articles,
)
from goldbrief.simulator.facts import Fact, World
from goldbrief.simulator.formats import Locale, draw_format
from goldbrief.simulator.grammar import Piece, Written
from goldbrief.simulator.lexicon import Lexicon
from goldbrief.simulator.tables import results_table, segments_table
from goldbrief.simulator.telling import Telling

Genre = Literal[
    "earnings_release", "report_section", "memo", "interview", "analyst_note", "trade_feature"
]
GENRES: tuple[Genre, ...] = get_args(Genre)

Paragraph = list[Piece]

_FORMAL: frozenset[Genre] = frozenset({"earnings_release", "report_section", "memo"})
_FILLERS = {
    "quote": 3.0, "market": 1.5, "analyst": 1.0, "context": 1.2, "history": 1.0, "remark": 1.5,
}  # fmt: skip
"""How often a paragraph is filled with what, beside remarks on the fact, which weigh 5."""
_FORMAL_FILLERS = {**_FILLERS, "quote": 1.0, "history": 0.4}
_HAPPENINGS = frozenset({"event", "risk", "plan"})
_WORDS_A_SENTENCE = 10
_WORDS_A_RESULT = 20
_MERGED = 0.6
"""Share of neighbouring clauses that become one sentence, where they can."""
_ATTACHED = 0.5
"""Share of remarks that become part of the sentence they remark on, where they can."""
_LONGEST_SENTENCE = 38
_JOINED = ("“", ";", "–", ", and", ", while", ". ", ".", "?", ":", ", but", "differently")
_LONGEST_PARAGRAPH = 8
"""Sentences; a longer wish is split into two paragraphs."""


def write_article(
    world: World, lexicon: Lexicon, genre: Genre, *, words: int, locale: Locale = "en"
) -> tuple[str, AnnotatedText]:
    """Write an article.

    Args:
        world: What is true.
        lexicon: The words.
        genre: What kind of text.
        words: How long it should be, about.
        locale: How figures are grouped.

    Returns:
        Its title, and the text with its figures.
    """
    return _Article(world, lexicon, genre, words, locale).write()


class _Article:
    def __init__(
        self, world: World, lexicon: Lexicon, genre: Genre, words: int, locale: Locale
    ) -> None:
        self.world = world
        self.genre = genre
        self.goal = words
        self.rng = Random(f"article:{world.seed}")
        self.formal = genre in _FORMAL
        self.telling = Telling(
            world,
            lexicon.grammar,
            self.rng,
            draw_format(self.rng, world.company.currency, locale),
            frozenset({"formal", genre} if self.formal else {genre}),
        )
        self.grammar = lexicon.grammar
        self.paragraphs: list[Paragraph] = []
        self.heading = ""
        self.revenue = world.facts[0]
        self.contexts = [fact for fact in world.facts if fact.kind == "context"]
        self.has_spoken = False
        self.remarks: set[str] = set()
        self.num_words = 0
        """Written so far."""

    def write(self) -> tuple[str, AnnotatedText]:
        plan = self.grammar.pick(f"plan_{self.genre}", self.rng).split()
        for i, move in enumerate(plan):
            self.ahead = plan[i:]
            if move.startswith("="):
                self.heading = self.grammar.pick(move[1:], self.rng)
            else:
                getattr(self, f"_{move}")()
        title = "".join(
            piece if isinstance(piece, str) else piece.text
            for piece in with_articles(self.telling.say(f"title_{self.genre}", self.revenue))
        )
        pieces: list[Piece] = []
        for paragraph in self.paragraphs:
            if pieces:
                pieces.append("\n\n")
            pieces.extend(paragraph)
        return title[:1].upper() + title[1:], annotate(pieces)

    def _room(self, left: int) -> int:
        """Sentences for the next event, risk or plan, from the words that are left for them.

        Args:
            left: How many of its kind are to come, itself included.

        Returns:
            At least 1.
        """
        reserved = 0
        for move in self.ahead[1:]:
            kind = move.removeprefix("qa_").removesuffix("s")
            if kind in _HAPPENINGS:
                left += len(self._of(kind))
            else:
                topic = kind if kind in {"segment", "kpi"} else move
                reserved += _WORDS_A_RESULT * max(1, len(self._of(topic)))
        words = self.goal - self.num_words - reserved
        return max(1, round(words / left / _WORDS_A_SENTENCE))

    def _add(self, *sentences: Paragraph) -> None:
        """Add a paragraph; an open heading comes before it."""
        if self.heading:
            self.paragraphs.append([f"## {self.heading}"])
            self.heading = ""
        paragraph: Paragraph = []
        for one in self._merged(sentences):
            if paragraph:
                paragraph.append(" ")
            paragraph.extend(sentence(one))
        self.paragraphs.append(paragraph)
        self.num_words += num_words(paragraph)

    def _merged(self, clauses: Sequence[Paragraph]) -> Iterator[Paragraph]:
        """The clauses, some of them joined in pairs, so that sentences differ in length."""
        waiting: Paragraph | None = None
        for clause in clauses:
            if waiting is None:
                waiting = clause
            elif self.rng.random() < _MERGED and _can_merge(waiting, clause):
                parts = with_articles(waiting), with_articles(clause)
                rule = "merge" if _fact_ids(clause) == _fact_ids(waiting) else "merge_results"
                yield self.telling.say(rule, self.revenue, clauses=parts)
                waiting = None
            else:
                yield waiting
                waiting = clause
        if waiting is not None:
            yield waiting

    def _of(self, topic: str) -> list[Fact]:
        return [fact for fact in self.world.facts if fact.topic == topic]

    def _once(self, rule: str, fact: Fact) -> list[Paragraph]:
        """A sentence by a rule, or none when the article has used up its alternatives."""
        pieces = self.telling.say_once(rule, fact)
        return [pieces] if pieces else []

    def _say(self, rule: str, fact: Fact, **more: object) -> Paragraph:
        return self.telling.say(rule, fact, **more)  # type: ignore[arg-type]

    # The moves, named in discourse.yaml.

    def _opening(self) -> None:
        rule = {
            "interview": "interview_open",
            "trade_feature": "feature_open",
            "memo": "memo_open",
            "analyst_note": "note_open",
        }[self.genre]
        self._add(self._say(rule, self.revenue))

    def _lead(self) -> None:
        revenue, profit = self._of("headline")
        first = self._say("lead", revenue)
        if self.genre == "earnings_release":
            dateline = self.telling.say("release_open", revenue)
            first = [*with_articles(dateline), *sentence(first)]
        second = self._say(
            "headline_pair",
            revenue,
            other=profit,
            extra=frozenset({"good_b"} if profit.tone == "good" else ()),
        )
        more = self._once("color_result", revenue)
        event = self._of("event")[0]
        self._add(first, second, *more, self._clause(event, "tell"))

    def _results(self, facts: list[Fact], opening: str) -> None:
        """Paragraphs of about three results each."""
        facts = self.rng.sample(facts, len(facts))
        sentences = self._once(opening, self.revenue) if self.rng.random() < 0.6 else []
        for fact in facts:
            sentences.append(self._say("result", fact))
            drawn = self.rng.random()
            if drawn < 0.34:
                self._attach(sentences, fact, self._once("color_result", fact))
            elif drawn < 0.4 and fact.measure("change") and fact.direction != "flat":
                again = self.telling.say_once("restated", fact, news=True)
                sentences += [again] if again else []
            if len(sentences) >= self.rng.randint(4, 5) and fact is not facts[-1]:
                self._add(*sentences)
                sentences = []
        if len(sentences) == 1 and not self.heading and self.paragraphs:
            self.paragraphs[-1] += [" ", *sentence(sentences[0])]
        elif sentences:
            self._add(*sentences)

    def _profit(self) -> None:
        self._results(self._of("profit"), "open_metrics")

    def _kpis(self) -> None:
        self._results(self._of("kpi"), "open_metrics")

    def _cash(self) -> None:
        if self._of("cash"):
            self._results(self._of("cash"), "open_cash")

    def _segments(self) -> None:
        self._results(self._of("segment"), "open_segments")

    def _table(self) -> None:
        self._add_table(results_table(self.world, self.telling))

    def _segment_table(self) -> None:
        self._add_table(segments_table(self.world, self.telling))

    def _add_table(self, rows: Paragraph) -> None:
        self._add([*self._say("table_intro", self.revenue), ":"])
        self.paragraphs.append(rows)

    def _events(self) -> None:
        self._happenings("event", "open_metrics")

    def _risks(self) -> None:
        self._happenings("risk", "open_risks")

    def _plans(self) -> None:
        self._happenings("plan", "open_plans")

    def _qa_events(self) -> None:
        self._happenings("event", "", asked=True)

    def _qa_risks(self) -> None:
        self._happenings("risk", "", asked=True)

    def _qa_plans(self) -> None:
        self._happenings("plan", "", asked=True)

    def _happenings(self, kind: str, opening: str, *, asked: bool = False) -> None:
        facts = self._of(kind)
        for i, fact in enumerate(facts):
            first = self._once(opening, fact) if opening and not i and kind != "event" else []
            self._happening(fact, first, left=len(facts) - i, asked=asked)

    def _happening(self, fact: Fact, first: list[Paragraph], *, left: int, asked: bool) -> None:
        room = self._room(left)
        sentences = list(first)
        if asked and self.rng.random() < 0.6:
            question = self.telling.say_once("question", fact)
            if question:
                self._add(sentence(["“", capital(question[0]), *question[1:], "?”"]))
                sentences += self._speech(fact)
        sentences.append(self._opening_clause(fact))
        sentences += self._elaborations(fact, room)
        size = math.ceil(len(sentences) / math.ceil(len(sentences) / _LONGEST_PARAGRAPH))
        for start in range(0, len(sentences), size):
            self._add(*sentences[start : start + size])

    def _elaborations(self, fact: Fact, room: int) -> list[Paragraph]:
        """Follow-ups with the fact's other figures first, then colour, speech and context."""
        sentences: list[Paragraph] = []
        while pieces := self._more(fact):
            sentences.append(self._framed(pieces, fact, plain=0.8, rule="tell_more"))
        color = f"color_{fact.tone if fact.kind == 'event' else fact.kind}"
        weights = {color: 5.0, **(_FORMAL_FILLERS if self.formal else _FILLERS)}
        while len(sentences) + 1 < room and weights:
            filler = self.rng.choices(list(weights), list(weights.values()))[0]
            found = self._filler(filler, fact)
            if not found or (filler == "quote" and room <= _LONGEST_PARAGRAPH):
                del weights[filler]  # used up, or one a paragraph
            if filler == color:
                self._attach(sentences, fact, found)
            else:
                sentences += found
        return sentences

    def _more(self, fact: Fact) -> Paragraph | None:
        """A clause with what has not been told of a fact; None when all is told."""
        rule = f"{fact.frame}.more"
        return self.telling.say_once(rule, fact, news=True) if rule in self.grammar else None

    def _opening_clause(self, fact: Fact) -> Paragraph:
        """The first sentence about a fact, now and then with a second clause joined to it."""
        if self.rng.random() < 0.6:
            return self._clause(fact, "tell")
        first = with_articles(self.telling.say(f"{fact.frame}.tell", fact))
        second = self._more(fact)
        if not second:
            return self._framed(first, fact, plain=0.5)
        joint = self.telling.say("join", fact, clauses=((), with_articles(second)))
        return [*first, *joint]

    def _filler(self, name: str, fact: Fact) -> list[Paragraph]:
        if name == "quote":
            return self._speech(fact)
        if name == "context":
            if not self.contexts:
                return []
            context = self.contexts.pop()
            return [self._clause(context, "tell", plain=0.7)]
        if name == "remark":
            return self._remark(fact)
        return self._once("analyst_view" if name == "analyst" else name, fact)

    def _attach(self, sentences: list[Paragraph], fact: Fact, found: list[Paragraph]) -> None:
        """Add a remark on a fact, now and then as part of the last sentence about it."""
        last = sentences[-1] if sentences else []
        fits = found and _fact_ids(last) == {fact.id} and self.rng.random() < _ATTACHED
        if fits and _is_simple(last, found[0]):
            sentences[-1] = self.telling.say(
                "merge", self.revenue, clauses=(with_articles(last), found[0])
            )
        else:
            sentences += found

    def _remark(self, fact: Fact) -> list[Paragraph]:
        """A composed sentence that the article does not have yet."""
        pieces = self.telling.say("remark", fact)
        text = "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
        if text in self.remarks:
            return []
        self.remarks.add(text)
        return [pieces]

    def _speech(self, fact: Fact) -> list[Paragraph]:
        words = self.telling.say_once("quote", fact)
        if not words:
            return []
        first = frozenset() if self.has_spoken else frozenset({"first"})
        self.has_spoken = True
        said = self.telling.say("said", fact, extra=first)
        text: Paragraph = ["“", capital(words[0]), *words[1:], ",” ", *said]
        return [text]

    def _clause(self, fact: Fact, rule: str, *, plain: float = 0.5) -> Paragraph:
        return self._framed(self.telling.say(f"{fact.frame}.{rule}", fact), fact, plain=plain)

    def _framed(self, clause: Paragraph, fact: Fact, *, plain: float, rule: str = "") -> Paragraph:
        """A clause as a sentence, now and then within a frame such as `X said that`."""
        if self.rng.random() < plain:
            return clause
        ahead = fact.kind in {"risk", "plan"}
        frame = rule or ("tell_ahead" if ahead else "tell")
        return self._say(frame, fact, clauses=(clause,))

    def _outlook(self) -> None:
        fact = self._of("outlook")[0]
        self._add(self._say("outlook", fact), *self._once("outlook_more", fact))

    def _quote(self) -> None:
        speech = self._speech(self.revenue)
        if speech:
            self._add(*speech, *self._once("color_result", self.revenue))

    def _market(self) -> None:
        found = self._once("market", self.revenue) + self._once("market", self._of("event")[-1])
        if found:
            self._add(*found)

    def _history(self) -> None:
        found = self._once("history", self.revenue) + self._once("history", self.revenue)
        if found:
            self._add(*found)

    def _analyst(self) -> None:
        found = self._once("analyst_view", self.revenue)
        if found:
            self._add(*found)

    def _context(self) -> None:
        if self.contexts:
            self._add(
                self._clause(self.contexts.pop(), "tell", plain=0.8),
                *self._once("market", self.revenue),
            )

    def _close(self) -> None:
        self._add(*self._once("close", self.revenue))

    def _notice(self) -> None:
        self._add(
            *self._once("boilerplate", self.revenue), *self._once("boilerplate", self.revenue)
        )


def _fact_ids(clause: Paragraph) -> set[str]:
    return {piece.fact_id for piece in clause if isinstance(piece, Written)}


def _can_merge(first: Paragraph, second: Paragraph) -> bool:
    """Whether two clauses make one sentence: of one fact, or both about results."""
    one, other = _fact_ids(first), _fact_ids(second)
    both_results = all(name.startswith("result.") for name in one | other)
    if not one or not other or not (one == other or both_results):
        return False
    return _is_simple(first, second)


def _is_simple(first: Paragraph, second: Paragraph) -> bool:
    """Whether two clauses are short, and neither is joined already."""
    return num_words(first) + num_words(second) <= _LONGEST_SENTENCE and not any(
        sign in piece
        for clause in (first, second)
        for piece in clause
        if isinstance(piece, str)
        for sign in _JOINED
    )


def length_of(text: AnnotatedText) -> int:
    """Words of a text."""
    return num_words([text.text])
