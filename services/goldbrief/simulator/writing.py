"""Writes an article from a world: a plan of moves by genre, each move a few paragraphs."""

from __future__ import annotations

from random import Random
from typing import Literal, get_args

from goldbrief.simulator.composing import AnnotatedText, annotate, sentence, with_articles
from goldbrief.simulator.facts import Fact, World
from goldbrief.simulator.formats import Locale, draw_format
from goldbrief.simulator.happenings import Happenings
from goldbrief.simulator.lexicon import Lexicon
from goldbrief.simulator.page import Clause, Page, fact_ids, is_simple
from goldbrief.simulator.tables import results_table, segments_table
from goldbrief.simulator.telling import Telling

Genre = Literal[
    "earnings_release", "report_section", "memo", "interview", "analyst_note", "trade_feature"
]
GENRES: tuple[Genre, ...] = get_args(Genre)

_FORMAL: frozenset[Genre] = frozenset({"earnings_release", "report_section", "memo"})
_OPENINGS = {
    "interview": "interview_open",
    "trade_feature": "feature_open",
    "memo": "memo_open",
    "analyst_note": "note_open",
}
_HAPPENINGS = frozenset({"event", "risk", "plan"})
_WORDS_A_SENTENCE = 19
_WORDS_A_RESULT = 23
_ATTACHED = 0.85
"""Share of remarks that become part of the sentence they remark on, where they can."""
_OPENED = 0.35
"""Share of sections about results that a general sentence opens."""
_LONG = 2000
"""Words above which a text gets questions and answers and more general remarks."""
_SHORT = 550
"""Words below which a text keeps to the company."""
_ASIDES = frozenset({"market", "context", "history", "analyst", "quote", "notice"})
_WITH_TABLES = frozenset({"earnings_release", "report_section", "memo", "analyst_note"})
_ENDINGS = frozenset({"close", "=heading_notice", "=heading_about", "analyst"})


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
    rng = Random(f"article:{world.seed}")
    telling = Telling(
        world,
        lexicon.grammar,
        rng,
        draw_format(rng, world.company.currency, locale),
        frozenset({"formal", genre} if genre in _FORMAL else {genre}),
    )
    return _Article(telling, genre, words).write()


class _Article:
    """An article in the making; a move is a method, named in discourse.yaml."""

    def __init__(self, telling: Telling, genre: Genre, words: int) -> None:
        self.telling = telling
        self.world = telling.world
        self.grammar = telling.grammar
        self.rng = telling.rng
        self.genre = genre
        self.goal = words
        self.is_long = words > _LONG
        self.revenue = self.world.facts[0]
        self.page = Page(telling)
        self.happenings = Happenings(self.page, formal=genre in _FORMAL, is_long=self.is_long)

    def write(self) -> tuple[str, AnnotatedText]:
        plan = self._plan()
        for i, move in enumerate(plan):
            self.ahead = plan[i:]
            if move.startswith("="):
                self.page.heading = self.grammar.pick(move[1:], self.rng)
            else:
                getattr(self, f"_{move}")()
        title = "".join(
            piece if isinstance(piece, str) else piece.text
            for piece in with_articles(self.telling.say(f"title_{self.genre}", self.revenue))
        )
        return title[:1].upper() + title[1:], annotate(self.page.pieces())

    def _plan(self) -> list[str]:
        """The moves; a long text has both tables and questions, a short one no asides."""
        plan = self.grammar.pick(f"plan_{self.genre}", self.rng).split()
        if self.goal < _SHORT:
            plan = _without_asides(plan)
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
        words = self.goal - self.page.num_words - reserved
        return max(1, round(words / left / _WORDS_A_SENTENCE))

    def _of(self, topic: str) -> list[Fact]:
        return [fact for fact in self.world.facts if fact.topic == topic]

    def _once(self, rule: str, fact: Fact | None = None) -> list[Clause]:
        return self.happenings.once(rule, fact or self.revenue)

    def _add(self, *clauses: Clause) -> None:
        """Add a paragraph, if there is anything to say."""
        if clauses:
            self.page.add(*clauses)

    def _opening(self) -> None:
        self._add(self.telling.say(_OPENINGS[self.genre], self.revenue))

    def _lead(self) -> None:
        revenue, profit = self._of("headline")
        first = self.telling.say("lead", revenue)
        if self.genre == "earnings_release":
            dateline = self.telling.say("release_open", revenue)
            first = [*with_articles(dateline), *sentence(first)]
        is_good = frozenset({"good_b"} if profit.tone == "good" else ())
        second = self.telling.say("headline_pair", revenue, other=profit, extra=is_good)
        more = self._once("color_result")
        self._add(first, second, *more, self.happenings.clause(self._of("event")[0]))

    def _results(self, facts: list[Fact], opening: str) -> None:
        """Paragraphs of about three results each."""
        facts = self.rng.sample(facts, len(facts))
        sentences = self._once(opening) if self.rng.random() < _OPENED else []
        for fact in facts:
            self._result(sentences, fact)
            if len(sentences) >= self.rng.randint(4, 5) and fact is not facts[-1]:
                self._add(*sentences)
                sentences = []
        if len(sentences) == 1 and not self.page.heading and self.page.paragraphs:
            self.page.append(sentences[0])
        else:
            self._add(*sentences)

    def _result(self, sentences: list[Clause], fact: Fact) -> None:
        """A result, mostly with a remark or with the figure that it is compared with."""
        sentences.append(self.telling.say("result", fact))
        drawn = self.rng.random()
        if fact.topic != "cash" and drawn < (0.7 if self.is_long else 0.34):
            self._attach(sentences, fact, self._once("color_result", fact))
        elif (self.is_long or drawn < 0.4) and fact.measure("change") and fact.direction != "flat":
            sentences += self._once("restated", fact)

    def _attach(self, sentences: list[Clause], fact: Fact, found: list[Clause]) -> None:
        """Add a remark on a fact, now and then as part of the last sentence about it."""
        last = sentences[-1]
        fits = found and fact_ids(last) == {fact.id} and self.rng.random() < _ATTACHED
        if fits and is_simple(last, found[0]):
            sentences[-1] = self.page.joined("merge", last, found[0])
        else:
            sentences += found

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

    def _add_table(self, rows: Clause) -> None:
        self._add([*self.telling.say("table_intro", self.revenue), ":"])
        self.page.paragraphs.append(rows)

    def _events(self) -> None:
        self.happenings.tell(self._of("event"), "", self._room)

    def _risks(self) -> None:
        self.happenings.tell(self._of("risk"), "open_risks", self._room)

    def _plans(self) -> None:
        self.happenings.tell(self._of("plan"), "open_plans", self._room)

    def _qa_events(self) -> None:
        self.happenings.tell(self._of("event"), "", self._room, asked=True)

    def _qa_risks(self) -> None:
        self.happenings.tell(self._of("risk"), "", self._room, asked=True)

    def _qa_plans(self) -> None:
        self.happenings.tell(self._of("plan"), "", self._room, asked=True)

    def _outlook(self) -> None:
        fact = self._of("outlook")[0]
        self._add(self.telling.say("outlook", fact), *self._once("outlook_more", fact))

    def _quote(self) -> None:
        speech = self.happenings.speech(self.revenue)
        self._add(*speech, *(self._once("color_result") if speech else []))

    def _market(self) -> None:
        self._add(*self._once("market"), *self._once("market", self._of("event")[-1]))

    def _history(self) -> None:
        self._add(*self._once("history"), *self._once("history"))

    def _analyst(self) -> None:
        self._add(*self._once("analyst_view"))

    def _context(self) -> None:
        context = self.happenings.context(bare=0.8)
        self._add(*context, *(self._once("market") if context else []))

    def _questions(self) -> None:
        facts = [*self._of("event"), *self._of("risk"), *self._of("plan")]
        self.happenings.questions(facts, self.goal)

    def _close(self) -> None:
        self._add(*self._once("close"))

    def _notice(self) -> None:
        self._add(*self._once("boilerplate"), *self._once("boilerplate"))


def _without_asides(plan: list[str]) -> list[str]:
    """A plan without its asides, and without the headings that then have no section."""
    kept = [move for move in plan if move not in _ASIDES]
    return [
        move
        for move, following in zip(kept, [*kept[1:], "="], strict=True)
        if not (move.startswith("=") and following.startswith("="))
    ]
