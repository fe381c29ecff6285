"""How far raters of the same things agree: rank correlation, weighted kappa, alpha.

Each is 1 for full agreement and 0 for what chance gives. Where it is undefined, as for a rater who
gives everything the same grade, it is 0: such a rater agrees with nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation, ties sharing their mean rank; 0 when one is constant."""
    x, y = _ranks(first), _ranks(second)
    x, y = x - x.mean(), y - y.mean()
    norm = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / norm if norm else 0.0


def weighted_kappa(first: Sequence[float], second: Sequence[float], levels: int = 5) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968).

    Args:
        first: Grades, rounded to whole numbers from 1 to `levels`.
        second: Another rater's of the same things.
        levels: Of the scale.

    Returns:
        At most 1; 0 when both are constant.
    """
    x = np.clip(np.rint(first), 1, levels).astype(int) - 1
    y = np.clip(np.rint(second), 1, levels).astype(int) - 1
    observed = float(((x - y) ** 2).mean())
    expected = float(((x[:, None] - y[None, :]) ** 2).mean())
    return 1 - observed / expected if expected else 0.0


def krippendorff_alpha(units: Sequence[Sequence[float]]) -> float:
    """Krippendorff's alpha for ordinal grades (Krippendorff 2004), with any number missing.

    Args:
        units: For each thing the grades that it got, rounded to whole numbers; things with fewer
            than two are left out.

    Returns:
        At most 1; 0 when nothing can be compared or all grades are the same.
    """
    graded = [unit for unit in units if len(unit) > 1]
    grades = np.rint([grade for unit in graded for grade in unit])
    levels, places = np.unique(grades, return_inverse=True)
    if len(levels) < 2:
        return 0.0
    counts = np.zeros((len(graded), len(levels)))
    np.add.at(counts, (np.repeat(np.arange(len(graded)), [len(u) for u in graded]), places), 1)
    weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
    coincidences = weighted.T @ counts - np.diag(weighted.sum(axis=0))
    totals = coincidences.sum(axis=1)
    distances = _ordinal_distances(totals)
    observed = float((coincidences * distances).sum())
    expected = float((np.outer(totals, totals) * distances).sum())
    return 1 - (float(totals.sum()) - 1) * observed / expected


def _ordinal_distances(totals: _Floats) -> _Floats:
    """Squared distances between levels: by how many grades lie between them."""
    places = np.cumsum(totals) - totals / 2
    return np.asarray((places[:, None] - places[None, :]) ** 2, float)


def _ranks(values: Sequence[float]) -> _Floats:
    array = np.asarray(values, float)
    order = np.argsort(array, kind="stable")
    ranks = np.empty(len(array))
    starts = [0, *(np.flatnonzero(np.diff(array[order])) + 1).tolist(), len(array)]
    for start, end in pairwise(starts):
        ranks[order[start:end]] = (start + end - 1) / 2
    return ranks
