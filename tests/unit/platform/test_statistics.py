"""Intervals and paired differences, against values that are known."""

from __future__ import annotations

import random

import pytest

from goldbrief.platform.statistics import Estimate, estimate, is_shown, paired_difference


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
