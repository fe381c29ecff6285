"""Intervals and paired differences, against values that are known."""

from __future__ import annotations

import random

import numpy as np
import pytest

from goldbrief.platform.statistics import (
    MIN_PAIRS,
    Estimate,
    compare_paired,
    detectable_difference,
    estimate,
    holm,
    is_shown,
    paired_difference,
    pairs_needed,
)


def _scores(seed: int, n: int = 40) -> dict[str, float]:
    source = random.Random(seed)
    return {f"a{i}": source.gauss(3.0, 0.8) for i in range(n)}


def test_the_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = list(_scores(1, n=200).values())
    found = estimate(values)
    half_width = 1.96 * 0.8 / 200**0.5
    assert found.mean == pytest.approx(sum(values) / 200)
    assert found.high - found.mean == pytest.approx(half_width, rel=0.2)
    assert found.n == 200


def test_the_same_scores_give_the_same_interval() -> None:
    values = list(_scores(2).values())
    assert estimate(values) == estimate(values)


def test_a_constant_shift_is_found_exactly() -> None:
    base = _scores(3)
    tuned = {article: score + 0.5 for article, score in base.items()}
    difference = paired_difference(tuned, base)
    assert difference is not None
    assert (difference.mean, difference.low, difference.high) == pytest.approx((0.5, 0.5, 0.5))
    assert is_shown(difference)


def test_identical_systems_show_no_difference() -> None:
    difference = paired_difference(_scores(4), _scores(4))
    assert difference == Estimate(0.0, 0.0, 0.0, 40)
    assert not is_shown(difference)


def test_noise_alone_shows_a_difference_about_as_often_as_promised() -> None:
    shown = 0
    for seed in range(100):
        difference = paired_difference(_scores(seed), _scores(seed + 1000))
        assert difference is not None
        shown += is_shown(difference)
    assert shown <= 12  # 5% are expected; 12 of 100 happen once in 200 times


def test_articles_that_one_system_lacks_are_left_out() -> None:
    difference = paired_difference({"a": 4.0, "b": 1.0}, {"a": 3.0, "c": 5.0})
    assert difference == Estimate(1.0, 1.0, 1.0, 1)
    assert paired_difference({"a": 1.0}, {"b": 1.0}) is None


def test_five_pairs_are_no_verdict() -> None:
    assert not is_shown(Estimate(mean=1.0, low=0.9, high=1.1, n=5))
    assert is_shown(Estimate(mean=1.0, low=0.9, high=1.1, n=6))


def test_a_comparison_counts_wins_and_weighs_ranks() -> None:
    first = {"a": 5.0, "b": 4.0, "c": 3.0, "d": 1.0}
    found = compare_paired(first, {"a": 2.0, "b": 2.0, "c": 3.0, "d": 2.0})
    assert found is not None
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    assert found.effect == pytest.approx((3 + 2 - 1) / 6), "ranks 3 and 2 for, 1 against"
    assert found.difference.mean == 1.0


def test_wilcoxon_is_exact_for_few_pairs() -> None:
    found = compare_paired({str(n): n + 1.0 for n in range(6)}, {str(n): 0.0 for n in range(6)})
    assert found is not None
    assert found.p_value == pytest.approx(2 / 2**6), "one of 64 sign patterns, two-sided"
    assert found.effect == 1.0


@pytest.mark.parametrize("pairs", [2, 7, 30, 99, 101, 400])
def test_wilcoxon_is_that_of_scipy(pairs: int) -> None:
    stats = pytest.importorskip("scipy.stats", reason="no scipy to compare with")
    random = np.random.default_rng(pairs)
    for digits in (1, 6):  # with ties, and without
        first = {str(n): round(float(random.normal(0.2)), digits) for n in range(pairs)}
        found = compare_paired(first, dict.fromkeys(first, 0.0))
        differences = np.array([value for value in first.values() if value])
        method = stats.PermutationMethod(20_000, rng=random) if digits == 1 else "exact"
        expected = stats.wilcoxon(differences, method=method if pairs <= 100 else "approx")
        assert found is not None
        assert found.p_value == pytest.approx(expected.pvalue, abs=0.015 if digits == 1 else 1e-9)


def test_equal_systems_have_no_effect() -> None:
    found = compare_paired(_scores(5), _scores(5))
    assert found is not None
    assert (found.p_value, found.effect, found.deviation) == (1.0, 0.0, 0.0)
    assert found.ties == 40
    assert compare_paired({"a": 1.0}, {"b": 1.0}) is None


def test_a_single_pair_is_compared_without_a_verdict() -> None:
    found = compare_paired({"a": 4.0}, {"a": 3.0})
    assert found is not None
    assert (found.deviation, found.p_value, found.wins) == (0.0, 1.0, 1)


def test_holm_multiplies_the_smallest_by_all_and_never_goes_down() -> None:
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03})
    assert adjusted == pytest.approx({"a": 0.03, "c": 0.06, "b": 0.06})
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_the_power_that_is_promised_is_had() -> None:
    pairs, deviation = 50, 0.8
    true = detectable_difference(deviation, pairs)
    shown = 0
    for seed in range(100):
        source = random.Random(seed)
        first = {str(n): source.gauss(true, deviation) for n in range(pairs)}
        found = paired_difference(first, dict.fromkeys(first, 0.0))
        assert found is not None
        shown += is_shown(found)
    assert 68 <= shown <= 92  # 80 are expected, three standard errors either way


def test_articles_and_differences_answer_each_other() -> None:
    wanted = detectable_difference(0.8, 50)
    assert pairs_needed(wanted, 0.8) == 50
    assert pairs_needed(-wanted, 0.8) == 50
    assert pairs_needed(100.0, 0.8) == MIN_PAIRS
    assert pairs_needed(0.0, 0.8) is None
