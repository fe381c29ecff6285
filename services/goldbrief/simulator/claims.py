"""What a sentence of a summary claims, and whether it is true.

A figure is tied to a fact by value and unit. It is wrong only where its sentence plainly says
something else: another subject (see `subjects`), another period or the opposite direction.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from goldbrief.simulator.facts import Fact, Measure
from goldbrief.simulator.subjects import CLAUSE, NEAR, Sentence
from goldbrief.simulator.truths import directions, moves
from goldbrief.text.figure_support import supported, supports
from goldbrief.text.figures import Figure

Verdict = Literal["right", "wrong", "invented"]
Reason = Literal["", "subject", "period", "unit", "direction"]
"""What is wrong with a wrong figure; empty for the other verdicts."""

_TERMS = frozenset({"date", "days", "weeks", "months", "quarters", "years"})
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
_CAUSE = re.compile(
    r"\b(?:because|owing|due|thanks|helped|held back|hurt|amid|on account|given|reflecting"
    r"|supported|under pressure|weighed|in the wake|in the face|on the back|as a result)\b[^,;]*",
    re.IGNORECASE,
)
"""What moved a result may have moved the other way."""
_AGAINST = re.compile(r"\b(?:than|against|compared|versus)\b")


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


class Claims:
    """The figures and claims of a sentence, held against the truth.

    Args:
        sentence: Of a summary.
    """

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence

    def judge(self) -> Iterator[Judgement]:
        """Judge every figure; a claim of direction without a figure counts when it is wrong."""
        for figure in self.sentence.stated:
            judgement = self._judge_figure(figure)
            if not self._is_own_term(figure, judgement):
                yield judgement
        if not self.sentence.stated and not self.sentence.is_action:
            yield from self._judge_claim()

    def _is_own_term(self, figure: Figure, judgement: Judgement) -> bool:
        """Whether a figure of no fact is a deadline that an action item sets, or a mere word."""
        if self.sentence.is_action and judgement.verdict == "invented":
            return figure.unit in _TERMS and not any(
                self.sentence.lacks(fact, figure) and self.sentence.companions(figure, fact)
                for fact in self.sentence.truth.happenings
            )
        is_word = figure.in_words and judgement.reason == "subject"
        return is_word and any(
            one.in_words and supports(one, figure) for one in self.sentence.truth.said
        )

    def _judge_figure(self, figure: Figure) -> Judgement:
        found: list[tuple[Fact, Measure, Reason]] = []
        for fact, measure, true in self.sentence.truth.measures:
            if not supported(figure, [true]):
                continue
            reason = self._fault(figure, fact, measure)
            if not reason:
                return self._judgement("right", "", figure, fact, measure.role)
            found.append((fact, measure, reason))
        if not found:
            found = [
                (fact, measure, "unit")
                for fact, measure, true in self.sentence.truth.measures
                if _has_same_digits(figure, true) and not self.sentence.is_of_another(figure, fact)
            ]
        if not found:
            return self._judgement("invented", "", figure)
        fact, measure, reason = min(found, key=lambda each: each[2] == "subject")
        return self._judgement("wrong", reason, figure, fact, measure.role)

    def _judgement(
        self,
        verdict: Verdict,
        reason: Reason,
        figure: Figure,
        fact: Fact | None = None,
        role: str = "",
    ) -> Judgement:
        start, end = self.sentence.start + figure.start, self.sentence.start + figure.end
        return Judgement(verdict, reason, start, end, figure.text, fact.id if fact else "", role)

    def _fault(self, figure: Figure, fact: Fact, measure: Measure) -> Reason:
        if self.sentence.is_of_another(figure, fact):
            return "subject"
        if self.sentence.is_action:
            return ""
        if fact.kind != "result":
            return "direction" if self._denies(fact) else ""
        if self._is_other_period(figure, fact, measure):
            return "period"
        if measure.role in {"value", "change"} and self._contradicts(fact, figure):
            return "direction"
        return ""

    def _is_other_period(self, figure: Figure, fact: Fact, measure: Measure) -> bool:
        year = fact.period.year
        for one in self.sentence.years():
            said = int(one.value)
            if said == year - 1:
                is_apart = bool(CLAUSE.search(self.sentence.text, one.end, figure.start))
                if measure.role != "prior" and not is_apart and self._dates(one, figure):
                    return True
            elif said != year and not _AGAINST.search(self.sentence.text, one.end, figure.start):
                return True
        quarters = {int(one.value) for one in self.sentence.figures if one.unit == "quarter"}
        if quarters and self.sentence.truth.quarter and self.sentence.truth.quarter not in quarters:
            return True
        before = self.sentence.text[max(0, figure.start - 20) : figure.start]
        if _COMPARED.search(before):
            is_named = any(one[0] < figure.start for one in self.sentence.mentions)
            return measure.role == "value" and is_named
        return measure.role == "prior" and before.endswith(" to ")

    def _dates(self, year: Figure, figure: Figure) -> bool:
        """Whether a year says when a figure was, rather than another one, or a comparison."""
        before = [one for one in self.sentence.stated if one.end <= year.start]
        if before and before[-1] != figure:
            return False
        return not _COMPARES.search(self.sentence.text, 0, year.start)

    def _contradicts(self, fact: Fact, figure: Figure | None = None) -> bool:
        """Whether the words about a fact say another direction than the true one."""
        start, end = self._clause(fact.id, figure)
        clause = _CAUSE.sub(" ", self._without_labels()[start:end])
        says = directions(clause) | ({"flat"} if _FLAT.search(clause) else set())
        return (
            bool(says) and fact.direction in {"up", "down", "flat"} and fact.direction not in says
        )

    def _without_labels(self) -> str:
        """The text with the names of results blanked, as `lower-margin sales` says of no fall."""
        text = self.sentence.text
        for start, end, _ in self.sentence.mentions:
            text = text[:start] + " " * (end - start) + text[end:]
        return text

    def _denies(self, fact: Fact) -> bool:
        """Whether the sentence says the opposite of all that the lexicon says of an event."""
        text = self.sentence.text
        near = " … ".join(
            f"{text[max(0, one.start - NEAR) : one.start]} # {text[one.end : one.end + NEAR]}"
            for one in self.sentence.stated
        )
        says, told = moves(near), self.sentence.truth.directions.get(fact.id, set())
        return len(says) == 1 and len(told) == 1 and says != told

    def _clause(self, fact_id: str, figure: Figure | None) -> tuple[int, int]:
        """What a sentence says of a result: from its label to the next one's.

        If it is alone, what stands around the figure between breaks; all without a figure.
        """
        if len(self.sentence.mentions) > 1:
            ends = [one[0] for one in self.sentence.mentions]
            mine = [one[0] for one in self.sentence.mentions if one[2] == fact_id]
            position = figure.start if figure else mine[0]
            start = max((one for one in mine if one <= position), default=mine[0])
        elif figure:
            position = figure.start
            ends = [match.start() for match in _BREAK.finditer(self.sentence.text)]
            start = max((one for one in ends if one < position), default=0)
        else:
            return 0, len(self.sentence.text)
        return start, min(
            (x for x in ends if x > max(start, position)), default=len(self.sentence.text)
        )

    def _judge_claim(self) -> Iterator[Judgement]:
        text, start, facts = self.sentence.text, self.sentence.start, self.sentence.truth.facts
        claimed = [fact_id for _, _, fact_id in self.sentence.mentions]
        if _FLAT.search(text) and _ALL_FIGURES.search(text):
            claimed = [next(iter(facts))]
        for fact_id in claimed[:1]:
            if self._contradicts(facts[fact_id]):
                end, what = start + len(text), "direction"
                yield Judgement("wrong", "direction", start, end, text, fact_id, what)


def _has_same_digits(figure: Figure, true: Figure) -> bool:
    """Whether a figure is a true one in another unit, or by a power of ten too large or small."""
    if "date" in {figure.unit, true.unit} or not figure.value or not true.value:
        return False
    written, known = abs(figure.value), abs(true.value)
    power = round(math.log10(written / known))
    scaled = known * Decimal(10) ** power
    return abs(written - scaled) <= figure.precision / 2
