"""Writes an article from a world: a plan of moves by genre, each move a few paragraphs."""

from __future__ import annotations

import math
import re
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
_WORDS_A_SENTENCE = 16
_WORDS_A_RESULT = 20
_MERGED = 0.92
"""Share of neighbouring clauses that become one sentence, where they can."""
_ATTACHED = 0.85
"""Share of remarks that become part of the sentence they remark on, where they can."""
_LONGEST_SENTENCE = 38
_JOINED = re.compile(r"[“;–?:]|, (?:and|while|but)|\.(?!\d)|differently")
_LONG = 2000
"""Words above which a text gets questions and answers and more general remarks."""
_WITH_TABLES = frozenset({"earnings_release", "report_section", "memo", "analyst_note"})
_ENDINGS = frozenset({"close", "=heading_notice", "=heading_about", "analyst"})
_TAILED = 0.6
"""Share of first sentences about a fact that go on with what followed."""
_BUSY = re.compile(r", (?:which|and|while|but)|;| – ")
"""Signs of a clause that takes no further one."""
_LONGEST_PARAGRAPH = 7
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
        self.quoting = 0.25 if self.formal else 0.55
        """Share of facts on which the speaker is quoted."""
        self.is_long = words > _LONG
        self.has_spoken = False
        self.remarks: set[str] = set()
        self.num_words = 0
        """Written so far."""

    def write(self) -> tuple[str, AnnotatedText]:
        plan = self._plan()
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

    def _plan(self) -> list[str]:
        """The moves; a long text has both tables, and questions before its last part."""
        plan = self.grammar.pick(f"plan_{self.genre}", self.rng).split()
        if self.is_long and self.genre in _WITH_TABLES:
            for table in {"table", "segment_table"}.difference(plan):
                plan.insert(plan.index("segments" if "segments" in plan else "profit"), table)
        if self.is_long and self.genre != "interview":
            end = next((i for i, move in enumerate(plan) if move in _ENDINGS), len(plan))
            plan[end:end] = ["=heading_questions", "questions"]
        return plan

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

    def _add(self, *sentences: Paragraph, loose: bool = False) -> None:
        """Add a paragraph; an open heading comes before it.

        Args:
            *sentences: Clauses, some of which are joined.
            loose: They are about one fact, so that those without figures join too.
        """
        if self.heading:
            self.paragraphs.append([f"## {self.heading}"])
            self.heading = ""
        paragraph: Paragraph = []
        for one in self._merged(sentences, loose=loose):
            if paragraph:
                paragraph.append(" ")
            paragraph.extend(sentence(one))
        self.paragraphs.append(paragraph)
        self.num_words += num_words(paragraph)

    def _merged(self, clauses: Sequence[Paragraph], *, loose: bool) -> Iterator[Paragraph]:
        """The clauses, some of them joined in pairs, so that sentences differ in length."""
        waiting: Paragraph | None = None
        for clause in clauses:
            if waiting is None:
                waiting = clause
            elif self.rng.random() < _MERGED and _can_merge(waiting, clause, loose=loose):
                parts = with_articles(waiting), with_articles(clause)
                is_same = loose or _fact_ids(clause) == _fact_ids(waiting)
                rule = "merge" if is_same else "merge_results"
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
            if fact.topic != "cash" and drawn < (0.7 if self.is_long else 0.34):
                self._attach(sentences, fact, self._once("color_result", fact))
            elif (
                (self.is_long or drawn < 0.4)
                and fact.measure("change")
                and fact.direction != "flat"
            ):
                again = self.telling.say_once("restated", fact)
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
            self._happening(
                fact, [sentence(one) for one in first], left=len(facts) - i, asked=asked
            )

    def _happening(self, fact: Fact, first: list[Paragraph], *, left: int, asked: bool) -> None:
        room = self._room(left)
        told = [*first, self._opening_clause(fact)]
        while pieces := self._more(fact):
            told.append(self._framed(pieces, fact, plain=0.8, rule="tell_more"))
        said = self._details(fact, room - len(told), asked=asked)
        question = self._own(fact, "ask") if asked and said else None
        if question:
            self._add(*told, loose=True)
            self._add(sentence(["“", capital(question[0]), *question[1:], "?”"]))
            told = []
        sentences = told + said
        size = math.ceil(len(sentences) / math.ceil(len(sentences) / _LONGEST_PARAGRAPH))
        for start in range(0, len(sentences), size):
            self._add(*sentences[start : start + size], loose=True)

    def _details(self, fact: Fact, room: int, *, asked: bool) -> list[Paragraph]:
        """What the lexicon has to say of just this fact, then one general remark or two."""
        sentences: list[Paragraph] = []
        speech = [self._speech(fact, "said")] if asked or self.rng.random() < self.quoting else []
        while len(sentences) + len(speech) < room and (detail := self._detail(fact)):
            sentences.append(detail)
        place = 0 if asked else self.rng.randint(min(1, len(sentences)), len(sentences))
        sentences[place:place] = [one for found in speech for one in found]
        general = min(3 if self.is_long else 1, room - len(sentences))
        color = f"color_{fact.tone if fact.kind == 'event' else fact.kind}"
        weights = {color: 5.0, **(_FORMAL_FILLERS if self.formal else _FILLERS)}
        while general > 0 and weights:
            filler = self.rng.choices(list(weights), list(weights.values()))[0]
            del weights[filler]  # of each kind one at most
            found = self._filler(filler, fact)
            sentences += found
            general -= len(found)
        if room - len(sentences) > 2 and not self.is_long:
            sentences += self._speech(fact, "said")
        return sentences

    def _detail(self, fact: Fact) -> Paragraph | None:
        names = ("detail", "more") if self.rng.random() < 0.6 else ("more", "detail")
        return self._own(fact, names[0]) or self._own(fact, names[1])

    def _own(self, fact: Fact, name: str) -> Paragraph | None:
        """A sentence that belongs to the fact's frame; None when there is none left."""
        rule = f"{fact.frame}.{name}"
        return self.telling.say_plain(rule, fact) if rule in self.grammar else None

    def _more(self, fact: Fact) -> Paragraph | None:
        """A clause with a figure of a fact that has not been told; None when all are told."""
        rule = f"{fact.frame}.more"
        return self.telling.say_news(rule, fact) if rule in self.grammar else None

    def _opening_clause(self, fact: Fact) -> Paragraph:
        """The first sentence about a fact, mostly with a second clause joined to it."""
        first = with_articles(self.telling.say(f"{fact.frame}.tell", fact))
        drawn = self.rng.random()
        after = self._own(fact, "after") if drawn < _TAILED else None
        if after and not _BUSY.search(_plain(first)):
            return self._framed([*first, ", ", *with_articles(after)], fact, plain=0.7)
        second = self._more(fact) if drawn < _TAILED + 0.15 else None
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

    def _speech(self, fact: Fact, rule: str = "quote") -> list[Paragraph]:
        """What the speaker says: of just this fact by the rule `said`, else in general."""
        words = self._own(fact, rule) if rule == "said" else self.telling.say_once(rule, fact)
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

    def _questions(self) -> None:
        """Questions that have not been asked, with answers that have not been given."""
        for fact in (*self._of("event"), *self._of("risk"), *self._of("plan")):
            answer = self._speech(fact, "said")
            question = self._own(fact, "ask") if answer else None
            if question:
                asked = sentence(["“", capital(question[0]), *question[1:], "?”"])
                detail = self._detail(fact)
                self._add(asked, *answer, *([detail] if detail else []))

    def _close(self) -> None:
        self._add(*self._once("close", self.revenue))

    def _notice(self) -> None:
        self._add(
            *self._once("boilerplate", self.revenue), *self._once("boilerplate", self.revenue)
        )


def _fact_ids(clause: Paragraph) -> set[str]:
    return {piece.fact_id for piece in clause if isinstance(piece, Written)}


def _can_merge(first: Paragraph, second: Paragraph, *, loose: bool) -> bool:
    """Whether two clauses make one sentence: of one fact, or both about results."""
    if loose:
        return _is_simple(first, second)
    one, other = _fact_ids(first), _fact_ids(second)
    both_results = all(name.startswith("result.") for name in one | other)
    if not one or not other or not (one == other or both_results):
        return False
    return _is_simple(first, second)


def _is_simple(first: Paragraph, second: Paragraph) -> bool:
    """Whether two clauses are short, and neither is joined already."""
    words = num_words(first) + num_words(second)
    return words <= _LONGEST_SENTENCE and not _JOINED.search(_plain((*first, *second)))


def _plain(clause: Sequence[Piece]) -> str:
    """The text of a clause with its figures left out."""
    return "".join(piece for piece in clause if isinstance(piece, str))
