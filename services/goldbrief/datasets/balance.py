"""Weights that let rare personas, sources and lengths count as much as frequent ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from goldbrief.datasets.material import Row
from goldbrief.datasets.strata import length_band

DIMENSIONS = ("persona", "source", "length")
MAX_WEIGHT = 4.0
"""Most times that an epoch shows a row: up to four, repeated data are nearly as good as new ones
(Muennighoff et al. 2023, Scaling Data-Constrained Language Models)."""

_ROUNDS = 20
_DIGITS = 2
_UNKNOWN = "(unknown)"

Cell = tuple[str, ...]
"""What a row is in each of the dimensions."""


def cell_of(row: Row) -> Cell:
    """Persona, source and length band of a row."""
    return (row.material.persona, row.article.source or _UNKNOWN, length_band(row.article_tokens))


def balanced_weights(rows: Sequence[Row]) -> list[float]:
    """Weigh rows so that in each dimension every value has the same weight.

    Iterative proportional fitting (Deming and Stephan 1940): each dimension in turn is set
    right until all are. Then the least weight is made 1 and none is over `MAX_WEIGHT`, so that
    no row is left out and none is learnt by heart.

    Args:
        rows: To train on.

    Returns:
        How often an epoch should see each row, from 1 to `MAX_WEIGHT`.
    """
    cells = [cell_of(row) for row in rows]
    counts = dict(sorted(Counter(cells).items()))
    weights = dict.fromkeys(counts, 1.0)
    for turn in range(_ROUNDS * len(DIMENSIONS)):
        _set_right(weights, counts, turn % len(DIMENSIONS))
    least = min(weights.values(), default=1.0)
    final = {
        cell: round(min(weight / least, MAX_WEIGHT), _DIGITS) for cell, weight in weights.items()
    }
    return [final[cell] for cell in cells]


def balanced(rows: Sequence[Row]) -> list[Row]:
    """The rows, those to train on weighed by `balanced_weights`, times their own weight."""
    weights = iter(balanced_weights([row for row in rows if row.split == "train"]))
    return [
        replace(row, weight=round(row.weight * next(weights), _DIGITS))
        if row.split == "train"
        else row
        for row in rows
    ]


def weight_shares(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float]]]:
    """Rows and weight of each value of each dimension, for manifest and card."""
    found: dict[str, dict[str, dict[str, float]]] = {name: {} for name in DIMENSIONS}
    for row in rows:
        for name, value in zip(DIMENSIONS, cell_of(row), strict=True):
            share = found[name].setdefault(value, {"rows": 0, "weight": 0.0})
            share["rows"] += 1
            share["weight"] = round(share["weight"] + row.weight, _DIGITS)
    return {name: dict(sorted(values.items())) for name, values in found.items()}


def _set_right(weights: dict[Cell, float], counts: Mapping[Cell, int], dimension: int) -> None:
    """Scale the weights so that all values of a dimension weigh the same."""
    sums: dict[str, float] = {}
    for cell, count in counts.items():
        sums[cell[dimension]] = sums.get(cell[dimension], 0.0) + count * weights[cell]
    even = sum(sums.values()) / len(sums)
    for cell in weights:
        weights[cell] *= even / sums[cell[dimension]]
