"""Agreement, against values that are known and against other implementations."""

from __future__ import annotations

import random

import numpy as np
import pytest

from goldbrief.platform.agreement import krippendorff_alpha, spearman, weighted_kappa
from goldbrief.platform.statistics import estimate_statistic

KRIPPENDORFF = """
1 1 * 1
2 2 3 2
3 3 3 3
3 3 3 3
2 2 2 2
1 2 3 4
4 4 4 4
1 1 2 1
2 2 2 2
* 5 5 5
* * 1 1
* * 3 *
"""
"""The example of Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), section C."""


def _grades(seed: int, n: int = 60) -> list[int]:
    return [random.Random(f"{seed}:{i}").randint(1, 5) for i in range(n)]


def test_alpha_of_krippendorffs_example() -> None:
    units = [
        [float(grade) for grade in line.split() if grade != "*"]
        for line in KRIPPENDORFF.strip().splitlines()
    ]
    assert krippendorff_alpha(units) == pytest.approx(0.815, abs=0.001)


def test_spearman_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    x = _grades(1)
    y = [a + b for a, b in zip(x, _grades(2), strict=True)]
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_weighted_kappa_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    x = _grades(3)
    y = [min(5, max(1, grade + step)) for grade, step in zip(x, _grades(4), strict=True)]
    known = metrics.cohen_kappa_score(x, y, weights="quadratic")
    assert weighted_kappa(x, y) == pytest.approx(known)


def test_a_rater_who_gives_everything_the_same_grade_agrees_with_nobody() -> None:
    people, five = _grades(5), [5] * 60
    assert spearman(five, people) == 0
    assert weighted_kappa(five, people) == pytest.approx(0)
    assert krippendorff_alpha([[a, b] for a, b in zip(five, people, strict=True)]) < 0
    assert krippendorff_alpha([[5, 5]] * 9) == 0


def test_full_agreement_is_one() -> None:
    x = _grades(6)
    assert spearman(x, x) == pytest.approx(1)
    assert weighted_kappa(x, x) == 1
    assert krippendorff_alpha([[grade, grade] for grade in x]) == 1


def test_the_interval_of_a_statistic_draws_whole_groups() -> None:
    values = [float(np.sin(i // 10)) for i in range(100)]
    alone = estimate_statistic(values, [str(i) for i in range(100)], lambda v: float(np.mean(v)))
    grouped = estimate_statistic(
        values, [str(i // 10) for i in range(100)], lambda v: float(np.mean(v))
    )
    assert grouped.mean == alone.mean == pytest.approx(np.mean(values))
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
