"""Means with bootstrap intervals, and paired differences, for evaluations and sweeps alike.

Intervals are percentile intervals of the bootstrap (Efron 1979) over articles, seeded, so
that the same scores give the same interval. With few articles they are too narrow, which
is why fewer than six pairs never make a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")

RESAMPLES = 2000
_CLUSTER_RESAMPLES = 500
"""Fewer, as any statistic may be slow to compute; the ends of intervals move in the third digit."""
CONFIDENCE = 0.95
MIN_PAIRS = 6
"""Fewest pairs for a verdict: with five, even a unanimous sign test stays above 5%."""
_SEED = 20_260_101


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
