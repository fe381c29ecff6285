"""A statistic of a card with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from goldbrief.core.judge_cards import Interval
from goldbrief.platform.statistics import estimate_statistic

_T = TypeVar("_T")


def interval(
    units: Sequence[_T], group: Callable[[_T], str], statistic: Callable[[Sequence[_T]], float]
) -> Interval:
    """Estimate a statistic, with its 95% interval.

    Args:
        units: What it is taken over.
        group: Names what a unit belongs to, usually its article: those of one are drawn together.
        statistic: Computes it.

    Returns:
        Three decimals.
    """
    found = estimate_statistic(units, [group(unit) for unit in units], statistic)
    return Interval(
        value=round(found.mean, 3), low=round(found.low, 3), high=round(found.high, 3), n=found.n
    )
