"""What a sentence of a summary claims, and whether it is true.

A figure is tied to a fact by value and unit, and then by the words of its sentence: a result by
the label nearest to it, anything else by the words that it shares with what the article says
of the fact.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from goldbrief.simulator.facts import Fact, Measure
from goldbrief.simulator.truths import Truth, directions, moves, tokens
from goldbrief.text.figures import Figure, supported

Verdict = Literal["right", "wrong", "invented"]
Reason = Literal["", "subject", "period", "unit", "direction"]
"""What is wrong with a wrong figure; empty for the other verdicts."""

_NO_FIGURES = frozenset({"year", "quarter", "ordinal"})
_FLAT = re.compile(
    r"\b(?:unchanged|(?:exactly )?the same as|flat|no figure\b.*\bchanged|nothing changed)\b",
    re.IGNORECASE,
)
_ALL_FIGURES = re.compile(r"\b(?:no figure|nothing|none of the figures|all figures)\b", re.I)
_COMPARED = re.compile(r"(?:from|against|compared with|compared to|after|versus) (?:about )?$")
_COMPARES = re.compile(
    r"\b(?:than|from|against|compared|versus|of|to|above|below)\b(?:[^.]|\.\d){0,30}$"
)
_BREAK = re.compile(r"; | – |, and (?!at\b)")
_CLAUSE = re.compile(r"; | – |, (?:and|while|but|whereas) ")
_AGAINST = re.compile(r"\b(?:than|against|compared|versus)\b")
_AHEAD = re.compile(
    r"\b(?:expect\w*|forecasts?|guid\w+|outlook|should|targets?|aims?|next year|range)\b",
    re.IGNORECASE,
)
_NEAR = 25
"""Letters between a figure and a label after it, as in `$5 million in revenue`."""
_SHARE_OF_BEST = 0.34
"""How much of the best fact's common words a fact needs, to be what a sentence is about."""
_WEAK = 1.5
"""Likeness below which a sentence is not clearly about any fact; its figures then decide."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be said of a figure, or of a claim without one."""

    verdict: Verdict
    reason: Reason
    start: int
    end: int
    text: str
    fact_id: str
    """The fact that it states, or misstates; empty for an invented figure."""
    role: str


class Sentence:
    """A sentence of a summary and what it says of which fact.

    Args:
        truth: Of the article.
        text: The sentence.
        start: Where it stands in the summary.
        figures: Its figures, with their places in the summary.
        topic: The result that the sentence before ended with, in the same paragraph; empty for
            none. `Put differently, the figure is` goes on with it.
    """

    def __init__(
        self, truth: Truth, text: str, start: int, figures: Sequence[Figure], topic: str = ""
    ) -> None:
        self.truth = truth
        self.text = text
        self.start = start
        self.figures = [
            replace(one, start=one.start - start, end=one.end - start) for one in figures
        ]
        self.mentions = [
            (match.start(), match.end(), truth.labels.ids[match.lastindex or 0])
            for match in truth.labels.pattern.finditer(text)
            if truth.labels.ids[match.lastindex or 0]
        ]
        self.topic_before = topic
        found = tokens(text)
        self.likeness = {one: truth.likeness(found, one) for one in truth.vocabularies}
        self.best = max(self.likeness.values(), default=0.0)

    @property
    def topic(self) -> str:
        """The result that the sentence ends with, or goes on with; empty for none."""
        return self.mentions[-1][2] if self.mentions else self.topic_before

    def judge(self) -> Iterator[Judgement]:
        """Judge every figure; a claim of direction without a figure counts when it is wrong."""
        stated = [
            one
            for one in self.figures
            if _states(one) and not self._is_aside(one) and not self._is_in_label(one)
        ]
        for figure in stated:
            yield self._judge_figure(figure)
        if not stated:
            yield from self._judge_claim()

    def _is_aside(self, figure: Figure) -> bool:
        """Whether it is a number in words that the article says beside its facts."""
        truth = self.truth
        return (
            figure.in_words
            and supported(figure, truth.said)
            and not any(supported(figure, [true]) for _, _, true in truth.measures)
        )

    def _is_in_label(self, figure: Figure) -> bool:
        """Whether it is part of a name, such as `customers paying more than $100,000`."""
        return any(start <= figure.start < end for start, end, _ in self.mentions)

    def _judge_figure(self, figure: Figure) -> Judgement:
        found: list[tuple[Fact, Measure, Reason]] = []
        for fact, measure, true in self.truth.measures:
            if not supported(figure, [true]):
                continue
            reason = self._fault(figure, fact, measure)
            if not reason:
                return self._judgement("right", "", figure, fact, measure.role)
            found.append((fact, measure, reason))
        if not found:
            found = [
                (fact, measure, "unit")
                for fact, measure, true in self.truth.measures
                if self._is_about(figure, fact) and _has_same_digits(figure, true)
            ]
        if not found:
            return Judgement(
                "invented", "", self.start + figure.start, self.start + figure.end, figure.text,
                "", "",
            )  # fmt: skip
        fact, measure, reason = min(found, key=lambda each: each[2] == "subject")
        return self._judgement("wrong", reason, figure, fact, measure.role)

    def _judgement(
        self, verdict: Verdict, reason: Reason, figure: Figure, fact: Fact, role: str
    ) -> Judgement:
        start, end = self.start + figure.start, self.start + figure.end
        return Judgement(verdict, reason, start, end, figure.text, fact.id, role)

    def _fault(self, figure: Figure, fact: Fact, measure: Measure) -> Reason:
        if not self._is_about(figure, fact):
            return "subject"
        if fact.kind != "result":
            return "direction" if self._denies(fact) else ""
        if self._is_other_period(figure, fact, measure):
            return "period"
        if measure.role in {"value", "change"} and self._contradicts(fact, figure):
            return "direction"
        return ""

    def _is_about(self, figure: Figure, fact: Fact) -> bool:
        if fact.kind == "result":
            return fact.id in self._nearest(figure)
        if fact.kind == "outlook":
            labels = {self.truth.facts[one].label for one in self._nearest(figure)}
            return fact.label in labels and self._looks_ahead(fact)
        share = self.likeness.get(fact.id, 0.0)
        if not share:
            return self.best < _WEAK and not self.mentions
        return share >= _SHARE_OF_BEST * self.best

    def _nearest(self, figure: Figure) -> set[str]:
        """The results that a figure may belong to, by the labels around it."""
        before = [one for one in self.mentions if one[0] <= figure.start]
        after = [one for one in self.mentions if one[0] > figure.start]
        near = {before[-1][2] if before else self.topic_before}
        if len(before) > 1 and self.text[before[-2][1] : before[-1][0]].strip() in {"and", ","}:
            near.add(before[-2][2])
        if after and (
            not before
            or after[0][0] - figure.end <= _NEAR
            or _CLAUSE.search(self.text, before[-1][1], figure.start)
        ):
            near.add(after[0][2])
        return near - {""}

    def _years(self) -> list[Figure]:
        return [one for one in self.figures if one.unit == "year"]

    def _looks_ahead(self, fact: Fact) -> bool:
        years = {int(one.value) for one in self._years()}
        if years:
            return fact.period.year in years
        return bool(_AHEAD.search(self.text))

    def _is_other_period(self, figure: Figure, fact: Fact, measure: Measure) -> bool:
        year = fact.period.year
        for one in self._years():
            said = int(one.value)
            if said == year - 1:
                if measure.role != "prior" and self._dates(one, figure):
                    return True
            elif said != year and not _AGAINST.search(self.text, one.end, figure.start):
                return True
        quarters = {int(one.value) for one in self.figures if one.unit == "quarter"}
        if quarters and self.truth.quarter and self.truth.quarter not in quarters:
            return True
        before = self.text[max(0, figure.start - 20) : figure.start]
        if _COMPARED.search(before):
            return measure.role == "value"
        return measure.role == "prior" and before.endswith(" to ")

    def _dates(self, year: Figure, figure: Figure) -> bool:
        """Whether a year says when a figure was, rather than another one, or a comparison."""
        before = [one for one in self.figures if _states(one) and one.end <= year.start]
        if before and before[-1] != figure:
            return False
        return not _COMPARES.search(self.text, 0, year.start)

    def _contradicts(self, fact: Fact, figure: Figure | None = None) -> bool:
        """Whether the words about a fact say another direction than the true one."""
        start, end = self._clause(fact.id, figure)
        clause = self.text[start:end]
        says = directions(clause) | ({"flat"} if _FLAT.search(clause) else set())
        return (
            bool(says) and fact.direction in {"up", "down", "flat"} and fact.direction not in says
        )

    def _denies(self, fact: Fact) -> bool:
        """Whether the sentence says the opposite of all that the lexicon says of an event."""
        says, told = moves(self.text), self.truth.directions.get(fact.id, set())
        return len(says) == 1 and len(told) == 1 and says != told

    def _clause(self, fact_id: str, figure: Figure | None) -> tuple[int, int]:
        """What a sentence says of a result: from its label to the next one's.

        If it is alone, what stands around the figure between breaks; all without a figure.
        """
        if len(self.mentions) > 1:
            ends = [one[0] for one in self.mentions]
            mine = [one[0] for one in self.mentions if one[2] == fact_id]
            position = figure.start if figure else mine[0]
            start = max((one for one in mine if one <= position), default=mine[0])
        elif figure:
            position = figure.start
            ends = [match.start() for match in _BREAK.finditer(self.text)]
            start = max((one for one in ends if one < position), default=0)
        else:
            return 0, len(self.text)
        return start, min((x for x in ends if x > max(start, position)), default=len(self.text))

    def _judge_claim(self) -> Iterator[Judgement]:
        claimed = list(dict.fromkeys(fact_id for _, _, fact_id in self.mentions))
        if _FLAT.search(self.text) and _ALL_FIGURES.search(self.text):
            claimed = [next(iter(self.truth.facts))]
        for fact_id in claimed[:1]:
            if self._contradicts(self.truth.facts[fact_id]):
                end = self.start + len(self.text)
                yield Judgement(
                    "wrong", "direction", self.start, end, self.text, fact_id, "direction"
                )


def _states(figure: Figure) -> bool:
    """Whether a figure can state a fact: no year, and no small number in words."""
    is_small = figure.in_words and figure.unit == "count" and figure.value <= 3
    return figure.unit not in _NO_FIGURES and not is_small


def _has_same_digits(figure: Figure, true: Figure) -> bool:
    """Whether a figure is a true one in another unit, or by a power of ten too large or small."""
    if "date" in {figure.unit, true.unit} or not figure.value or not true.value:
        return False
    written, known = abs(figure.value), abs(true.value)
    power = round(math.log10(written / known))
    scaled = known * Decimal(10) ** power
    return abs(written - scaled) <= figure.precision / 2
