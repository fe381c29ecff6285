"""What a sentence of a summary is about.

A result is named by its label. Anything else shows by the fact's other figures in the sentence
and by words; a figure is of another fact only where that one is plainly spoken of, and its own
figure of the kind is missing. So words that nobody has foreseen speak for no fault.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from goldbrief.simulator.facts import Fact
from goldbrief.simulator.truths import Truth, tokens
from goldbrief.text.figure_support import supported
from goldbrief.text.figures import Figure

_NO_FIGURES = frozenset({"year", "quarter", "ordinal"})
_YEAR_AGO = re.compile(r" (?:earlier|before|ago|previously)\b")
_AHEAD = re.compile(
    r"\b(?:expect\w*|forecasts?|guid\w+|outlook|should|targets?|aims?|next year|range)\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"; | – |, (?:and|while|but|whereas) ")
_SHARE_OF = re.compile(
    r"(?:%|\bper ?cent|\bshare|\bhalf|\bthirds?|\bquarters?|\b(?:fif|ten)ths?)"
    r" of (?:its |the |total |all )*$",
    re.IGNORECASE,
)
"""Stands before a result that something is a share of."""
NEAR = 25
"""Letters between a figure and what goes with it, as the label in `$5 million in revenue`."""
_SHARE_OF_BEST = 0.34
"""Share of a rival's words from which a fact may be what a sentence is about as well."""
_PLAIN = 2.5
"""Words, rare ones counting in full, from which a sentence is plainly about a fact."""
_COMPANION = 2.0
"""Words that another figure of a fact in the sentence counts for."""


class Sentence:
    """A sentence of a summary and what it says of which fact.

    Args:
        truth: Of the article.
        text: The sentence.
        start: Where it stands in the summary.
        figures: Its figures, with their places in the summary.
        topic: The result that the sentence before ended with, in the same paragraph; empty for
            none. `Put differently, the figure is` goes on with it.
        is_action: Whether it says what to do: its verbs and dates then claim nothing.
    """

    def __init__(
        self,
        truth: Truth,
        text: str,
        start: int,
        figures: Sequence[Figure],
        topic: str = "",
        *,
        is_action: bool = False,
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
            and not _SHARE_OF.search(text, 0, match.start())
        ]
        self.topic_before = topic
        self.is_action = is_action
        self.words = tokens(text) - truth.company_words
        self.stated = [
            one
            for one in self.figures
            if _states(one, text) and not self._is_aside(one) and not self._is_in_label(one)
        ]

    @property
    def topic(self) -> str:
        """The result that the sentence ends with, or goes on with; empty for none."""
        return self.mentions[-1][2] if self.mentions else self.topic_before

    def is_of_another(self, figure: Figure, fact: Fact) -> bool:
        """Whether the sentence says a fact's figure of something else."""
        if fact.kind == "result":
            return self._is_of_another_result(figure, fact)
        if fact.kind == "outlook":
            labels = {self.truth.facts[one].label for one in self._nearest(figure)}
            return fact.label not in labels or not self._looks_ahead(figure, fact)
        if self.companions(figure, fact):
            return False
        own = self.truth.likeness(self.words, fact.id)
        result = self._named_before(figure)
        if not own and result and self.lacks(self.truth.facts[result], figure):
            return True
        return any(
            own < _SHARE_OF_BEST * self._speaks_for(rival, figure) and self.lacks(rival, figure)
            for rival in self.truth.happenings
            if rival is not fact and self._speaks_for(rival, figure) >= _PLAIN
        )

    def _is_of_another_result(self, figure: Figure, fact: Fact) -> bool:
        nearest = self._nearest(figure)
        if fact.id in nearest:
            return False
        is_named = any(one[2] == fact.id for one in self.mentions)
        return not is_named or any(self.lacks(self.truth.facts[one], figure) for one in nearest)

    def _speaks_for(self, rival: Fact, figure: Figure) -> float:
        """How much in a sentence speaks for a fact, a figure aside: words, and other figures."""
        words = self.truth.plain_likeness(self.words, rival.id)
        return words + _COMPANION * self.companions(figure, rival)

    def companions(self, figure: Figure, fact: Fact) -> int:
        """How many other figures of the sentence are the fact's."""
        true = self.truth.figures_of[fact.id]
        return sum(supported(one, true) for one in self.stated if one is not figure)

    def lacks(self, fact: Fact, figure: Figure) -> bool:
        """Whether the sentence leaves out a figure of the fact, of another figure's kind."""
        return any(
            true.unit == figure.unit
            and not any(supported(one, [true]) for one in self.stated if one is not figure)
            for true in self.truth.figures_of[fact.id]
        )

    def _named_before(self, figure: Figure) -> str:
        """The result that is named last before a figure, in its clause; empty for none."""
        before = [one for one in self.mentions if one[1] <= figure.start]
        if not before or CLAUSE.search(self.text, before[-1][1], figure.start):
            return ""
        return before[-1][2]

    def _nearest(self, figure: Figure) -> set[str]:
        """The results that a figure may belong to, by the labels around it."""
        before = [one for one in self.mentions if one[0] <= figure.start]
        after = [one for one in self.mentions if one[0] > figure.start]
        near = {before[-1][2] if before else self.topic_before}
        if len(before) > 1 and self.text[before[-2][1] : before[-1][0]].strip() in {"and", ","}:
            near.add(before[-2][2])
        if after and (
            not before
            or after[0][0] - figure.end <= NEAR
            or CLAUSE.search(self.text, before[-1][1], figure.start)
        ):
            near.add(after[0][2])
        return near - {""}

    def years(self) -> list[Figure]:
        """The years that it names."""
        return [one for one in self.figures if one.unit == "year"]

    def _looks_ahead(self, figure: Figure, fact: Fact) -> bool:
        years = {int(one.value) for one in self.years()}
        if years:
            return fact.period.year in years
        return bool(_AHEAD.search(self.text)) or self.companions(figure, fact) > 0

    def _is_aside(self, figure: Figure) -> bool:
        """Whether it is a number that the article says beside its facts."""
        truth = self.truth
        return supported(figure, truth.said) and not any(
            supported(figure, [true]) for _, _, true in truth.measures
        )

    def _is_in_label(self, figure: Figure) -> bool:
        """Whether it is part of a name, such as `customers paying more than $100,000`."""
        return any(start <= figure.start < end for start, end, _ in self.mentions)


def _states(figure: Figure, text: str) -> bool:
    """Whether a figure can state a fact: no year, no small number in words, no `a year ago`."""
    is_small = figure.in_words and figure.unit == "count" and figure.value <= 3
    is_ago = figure.unit in {"months", "years"} and bool(_YEAR_AGO.match(text, figure.end))
    return figure.unit not in _NO_FIGURES and not is_small and not is_ago
