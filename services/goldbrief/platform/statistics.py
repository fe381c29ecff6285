"""Means with bootstrap intervals, paired differences and their tests, for evaluations and sweeps.

Intervals are percentile intervals of the bootstrap (Efron 1979) over articles, seeded, so
that the same scores give the same interval. With few articles they are too narrow, which
is why fewer than six pairs never make a verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T")

RESAMPLES = 2000
_CLUSTER_RESAMPLES = 500
"""Fewer, as any statistic may be slow to compute; the ends of intervals move in the third digit."""
CONFIDENCE = 0.95
MIN_PAIRS = 6
"""Fewest pairs for a verdict: with five, even a unanimous sign test stays above 5%."""
_EXACT_PAIRS = 100
"""Most pairs for which a rank test counts all signs; beyond, the normal distribution will do."""
POWER = 0.8
"""Chance of showing a difference that is there, in what is said of power."""
_SEED = 20_260_101
_POWER_FACTOR = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) + NormalDist().inv_cdf(POWER)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over articles and its 95% interval."""

    mean: float
    low: float
    high: float
    n: int


def estimate(values: Sequence[float]) -> Estimate:
    """Estimate a mean.

    Args:
        values: One an article; at least one.

    Returns:
        The mean and its interval; of a single value the interval is the value itself.
    """
    array = np.asarray(values, dtype=float)
    picks = np.random.default_rng(_SEED).integers(0, len(array), (RESAMPLES, len(array)))
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(array[picks].mean(axis=1), [tail, 100 - tail])
    return Estimate(float(array.mean()), float(low), float(high), len(array))


def paired_difference(first: Mapping[str, float], second: Mapping[str, float]) -> Estimate | None:
    """Estimate the mean of first minus second, article by article.

    Args:
        first: Article to value.
        second: Article to value.

    Returns:
        The difference over the articles that both have; None when there is none.
    """
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    return estimate([first[article] - second[article] for article in shared])


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Two systems on one metric, article by article: first minus second."""

    difference: Estimate
    deviation: float
    """Standard deviation of the differences; 0 for a single pair."""
    p_value: float
    """Two-sided, of Wilcoxon's signed-rank test (1945); 1 where no pair differs."""
    effect: float
    """Matched-pairs rank-biserial correlation, -1 to 1 (Kerby 2014): share of the ranks that speak
    for the first, less the share that speaks for the second."""
    wins: int
    """Articles on which the first has the larger value."""
    ties: int
    losses: int


def compare_paired(
    first: Mapping[str, float], second: Mapping[str, float]
) -> PairedComparison | None:
    """Compare two systems over the articles that both have.

    Args:
        first: Article to value.
        second: Article to value.

    Returns:
        The comparison; None when they share no article.
    """
    difference = paired_difference(first, second)
    if difference is None:
        return None
    shared = sorted(first.keys() & second.keys())
    # rounded, so that 0.3 - 0.2 and 0.2 - 0.1 are the same difference
    found = np.round([first[article] - second[article] for article in shared], 9)
    p_value, effect = _signed_ranks(found[found != 0])
    return PairedComparison(
        difference=difference,
        deviation=float(found.std(ddof=1)) if len(found) > 1 else 0.0,
        p_value=p_value,
        effect=effect,
        wins=int((found > 0).sum()),
        ties=int((found == 0).sum()),
        losses=int((found < 0).sum()),
    )


def _signed_ranks(differences: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Wilcoxon's p and the rank-biserial correlation of differences other than zero.

    Of our own, as scipy would be a third of a service's image; a test holds it to scipy's.
    """
    if not len(differences):
        return 1.0, 0.0
    _, place, counts = np.unique(np.abs(differences), return_inverse=True, return_counts=True)
    twice = (2 * counts.cumsum() - counts + 1)[place]  # mid-ranks, doubled to be whole
    positive, total = int(twice[differences > 0].sum()), int(twice.sum())
    effect = (2 * positive - total) / total
    if len(twice) <= _EXACT_PAIRS:
        return _exact_p(twice, min(positive, total - positive)), effect
    deviation = math.sqrt(float((twice.astype(np.float64) ** 2).sum())) / 2
    return 2 * NormalDist().cdf(-abs(positive - total / 2) / deviation), effect


def _exact_p(ranks: npt.NDArray[np.int64], smaller: int) -> float:
    """Chance, over all signs of the ranks, that one side's sum is `smaller` at most; two-sided."""
    chances = np.zeros(int(ranks.sum()) + 1)
    chances[0] = 1.0
    for rank in ranks:
        chances[rank:] = (chances[rank:] + chances[:-rank]) / 2
        chances[:rank] /= 2
    return min(1.0, 2 * float(chances[: smaller + 1].sum()))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Correct p values for having asked several questions (Holm 1979).

    Args:
        p_values: One a question.

    Returns:
        Adjusted values: those below 0.05 stay significant when all questions together may err
        once in twenty times.
    """
    adjusted: dict[str, float] = {}
    largest = 0.0
    for place, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[name]))
        adjusted[name] = largest
    return adjusted


def detectable_difference(deviation: float, pairs: int) -> float:
    """Smallest true difference that `pairs` articles show four times in five.

    By the normal approximation of the paired test (Cohen 1988), two-sided at 95%.

    Args:
        deviation: Standard deviation of the paired differences.
        pairs: How many articles; at least one.

    Returns:
        The difference.
    """
    return _POWER_FACTOR * deviation / math.sqrt(pairs)


def pairs_needed(difference: float, deviation: float) -> int | None:
    """How many articles show a true difference four times in five; see detectable_difference.

    Args:
        difference: The difference wanted, of either sign.
        deviation: Standard deviation of the paired differences.

    Returns:
        At least MIN_PAIRS; None for no difference, which no number of articles shows.
    """
    if not difference:
        return None
    pairs = (_POWER_FACTOR * deviation / difference) ** 2
    return max(MIN_PAIRS, math.ceil(round(pairs, 6)))


def is_shown(difference: Estimate) -> bool:
    """Whether a paired difference is more than chance would give: enough pairs, zero outside."""
    excludes_zero = difference.low > 0 or difference.high < 0
    return difference.n >= MIN_PAIRS and excludes_zero


def estimate_statistic(
    units: Sequence[_T], groups: Sequence[str], statistic: Callable[[Sequence[_T]], float]
) -> Estimate:
    """Estimate any statistic, with an interval over groups of units that belong together.

    Args:
        units: What it is computed from; at least one.
        groups: The group of each, such as its article; whole groups are drawn.
        statistic: Of a sequence of units; must take any draw, also one with repeats.

    Returns:
        The statistic as `mean`, its interval, and the number of units.
    """
    members: dict[str, list[_T]] = {}
    for unit, group in zip(units, groups, strict=True):
        members.setdefault(group, []).append(unit)
    clusters = list(members.values())
    picks = np.random.default_rng(_SEED).integers(
        0, len(clusters), (_CLUSTER_RESAMPLES, len(clusters))
    )
    drawn = [statistic([unit for i in pick for unit in clusters[i]]) for pick in picks]
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Estimate(statistic(units), float(low), float(high), len(units))
