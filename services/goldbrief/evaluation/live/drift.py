"""Whether live summaries differ from the training set by more than chance: PSI and its limit.

The population stability index of two histograms p and q over the same k bins is the sum of
(p - q) ln(p / q). Without any change it is about (k - 1)(1/n + 1/m) for n live and m training
values, so that no fixed limit means the same for few values and for many. The limit here is what
chance exceeds once in a thousand looks: the quantile among random splits of both samples together
(a permutation test), and at least 0.1, below which a difference is small however sure it is
(Siddiqi, "Credit Risk Scorecards", 2006).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from goldbrief.core.documents import Record

FALSE_ALARMS = 0.001
"""Probability that a look at unchanged summaries gives an alarm, for one feature."""
SMALL = 0.1
FEWEST = 30
"""Training values, and live ones, below which nothing is said."""
_MOST_BINS = 10
_TRAINING_A_BIN = 10
_LIVE_A_BIN = 5
_SPLITS = 10_000
_SMOOTHING = 0.5
"""Added to each bin, since an empty one would make the index infinite."""

Counts = npt.NDArray[np.int64]
Verdict = Literal["steady", "drifted", "not enough"]
Feature = Literal["article_tokens", "summary_words", "topic", "novelty", "score"]
"""Estimated tokens of the article, words of the summary, nearest topic and distance to its centre,
and the judge's overall score."""


class Histogram(Record):
    """How often training values fall into each bin."""

    edges: tuple[float, ...]
    """Between the bins, ascending; a value at an edge is in the bin above."""
    counts: tuple[int, ...]
    """One more than edges."""

    def live_counts(self, values: Iterable[float]) -> tuple[int, ...]:
        """How often other values fall into each."""
        counts = [0] * len(self.counts)
        for value in values:
            counts[bisect_right(self.edges, value)] += 1
        return tuple(counts)

    @property
    def live_needed(self) -> int:
        """Live values from which something can be said."""
        return max(FEWEST, _LIVE_A_BIN * len(self.counts))


@dataclass(frozen=True, slots=True)
class Drift:
    """How far live values are from those of training."""

    verdict: Verdict
    live: int
    """Live values."""
    needed: int
    """Live values that it takes; 0 where training has too few."""
    psi: float = 0.0
    limit: float = 0.0
    """Of the index; both are 0 where nothing can be said."""


def histogram(values: Sequence[float]) -> Histogram | None:
    """Bin training values so that the bins hold about as many each.

    Args:
        values: Of the training set.

    Returns:
        At most 10 bins of 10 values or more; None for too few values, or where all are equal.
    """
    if len(values) < FEWEST:
        return None
    bins = min(_MOST_BINS, len(values) // _TRAINING_A_BIN)
    inner = np.quantile(values, np.arange(1, bins) / bins, method="higher")
    edges = tuple(float(edge) for edge in np.unique(inner) if edge > min(values))
    return _counted(edges, values) if edges else None


def category_histogram(values: Sequence[int], number: int) -> Histogram | None:
    """Count categories, numbers from 0; None for too few values or but one category."""
    if len(values) < FEWEST or number < 2:
        return None
    return _counted(tuple(place + 0.5 for place in range(number - 1)), values)


def compare(
    training: Histogram | None, values: Sequence[float], false_alarms: float = FALSE_ALARMS
) -> Drift:
    """Compare live values with those of training.

    Args:
        training: None where there are too few.
        values: Live ones, independent of each other.
        false_alarms: Probability of an alarm where nothing has changed.

    Returns:
        The index, its limit, and what follows; the same values give the same.
    """
    if training is None:
        return Drift("not enough", len(values), 0)
    if len(values) < training.live_needed:
        return Drift("not enough", len(values), training.live_needed)
    before = np.asarray(training.counts, dtype=np.int64)
    live = np.asarray(training.live_counts(values), dtype=np.int64)
    psi = float(_psi(before, live))
    limit = max(SMALL, _by_chance(before, live, false_alarms))
    verdict: Verdict = "drifted" if psi > limit else "steady"
    return Drift(verdict, len(values), training.live_needed, psi, limit)


def _counted(edges: tuple[float, ...], values: Sequence[float]) -> Histogram:
    empty = Histogram(edges=edges, counts=(0,) * (len(edges) + 1))
    return empty.model_copy(update={"counts": empty.live_counts(values)})


def _by_chance(before: Counts, live: Counts, false_alarms: float) -> float:
    """The index that random splits of both samples together exceed so seldom."""
    both = before + live
    chance = np.random.default_rng(0)
    drawn = chance.multivariate_hypergeometric(both, int(live.sum()), size=_SPLITS)
    return float(np.quantile(_psi(both - drawn, drawn), 1 - false_alarms))


def _psi(first: Counts, second: Counts) -> npt.NDArray[np.float64]:
    p, q = _shares(first), _shares(second)
    found: npt.NDArray[np.float64] = ((p - q) * np.log(p / q)).sum(axis=-1)
    return found


def _shares(counts: Counts) -> npt.NDArray[np.float64]:
    smooth = counts + _SMOOTHING
    shares: npt.NDArray[np.float64] = smooth / smooth.sum(axis=-1, keepdims=True)
    return shares
