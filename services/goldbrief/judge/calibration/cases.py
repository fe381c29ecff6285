"""What a judge is calibrated on, and what it made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from goldbrief.core.documents import Verdict
from goldbrief.core.hashing import sha256_text
from goldbrief.judge.verdicts import DIMENSIONS, Case
from goldbrief.text.corruptions import Fault

OVERALL = "overall"
GOOD = 4.0
"""Mean rating from which people call a summary good."""
POOR = 2.0
"""Mean rating below which people see nothing to mend."""


@dataclass(frozen=True, slots=True)
class CalibrationCase:
    """A summary that people rated, or that is known to be good."""

    case: Case
    ratings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Rater to dimension (or `overall`) to rating, 1 to 5."""
    author: str = ""
    """Model that wrote it; empty when unknown."""
    is_good: bool = False
    """Known to be good: faults may be planted in it."""
    simulated: frozenset[str] = frozenset()
    """Raters that are programs."""

    @property
    def article(self) -> str:
        """Identifies its article."""
        return sha256_text(self.case.article)

    def by_rater(self, dimension: str) -> list[float]:
        """The raters' ratings; of `overall`, where it was not rated, the mean of the dimensions."""
        found = (_rating(one, dimension) for one in self.ratings.values())
        return [rating for rating in found if rating is not None]

    def rating(self, dimension: str) -> float | None:
        """Mean of the raters' ratings; None without any."""
        ratings = self.by_rater(dimension)
        return fmean(ratings) if ratings else None


@dataclass(frozen=True, slots=True)
class Judged:
    """A summary with its verdict."""

    of: CalibrationCase
    case: Case
    verdict: Verdict
    fault: Fault | None = None
    """What was planted in it; None when it is the summary as it came."""
    repeat: int = 0
    """0 for its first verdict."""

    @property
    def overall(self) -> float:
        """The overall score; 0 when the judge failed, so look at `has_score` first."""
        return self.verdict.overall or 0.0

    @property
    def has_score(self) -> bool:
        """Whether the judge gave a score."""
        return self.verdict.overall is not None

    def score(self, dimension: str) -> float:
        """The score of a dimension, or the overall one."""
        return self.overall if dimension == OVERALL else self.verdict.scores[dimension]


def _rating(ratings: Mapping[str, float], dimension: str) -> float | None:
    if dimension == OVERALL and OVERALL not in ratings:
        rated = [ratings[name] for name in DIMENSIONS if name in ratings]
        return fmean(rated) if rated else None
    return ratings.get(dimension)
