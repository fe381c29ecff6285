"""Drift: alarms come as seldom by chance as promised, and come when something has changed."""

from __future__ import annotations

import numpy as np
import pytest

from goldbrief.evaluation.live.drift import (
    FEWEST,
    SMALL,
    category_histogram,
    compare,
    histogram,
)

CHANCE = np.random.default_rng(11)


def lengths(count: int, longer: float = 1.0) -> list[float]:
    """Lengths of articles, which are about log-normal."""
    return list(np.rint(CHANCE.lognormal(6.5, 0.6, count) * longer))


@pytest.mark.parametrize(("training", "live"), [(30, 30), (150, 60), (400, 250)])
def test_unchanged_summaries_raise_as_many_alarms_as_promised(training: int, live: int) -> None:
    looks, promised = 300, 0.05
    alarms = sum(
        compare(histogram(lengths(training)), lengths(live), promised).verdict == "drifted"
        for _ in range(looks)
    )
    # 5 % and less where the least limit is above what chance does; 4.1 standard errors above
    assert alarms / looks <= 0.10


def test_the_limit_grows_with_the_chance_that_few_values_leave() -> None:
    few = compare(histogram(lengths(50)), lengths(60))
    many = compare(histogram(lengths(400)), lengths(4000))
    assert few.limit > 2 * many.limit
    assert many.limit == SMALL  # by chance alone it would be less


def test_longer_articles_are_seen() -> None:
    training = histogram(lengths(200))
    assert compare(training, lengths(100)).verdict == "steady"
    drifted = compare(training, lengths(100, longer=2))
    assert drifted.verdict == "drifted"
    assert drifted.psi > drifted.limit


def test_a_topic_that_takes_over_is_seen() -> None:
    training = category_histogram([0, 1, 2] * 20, 3)
    assert compare(training, [0, 1, 2] * 15).verdict == "steady"
    assert compare(training, [2] * 45).verdict == "drifted"


def test_a_bin_that_nothing_falls_into_leaves_a_finite_index() -> None:
    found = compare(histogram(lengths(100)), [1e6] * 60)
    assert found.verdict == "drifted"
    assert np.isfinite(found.psi)


def test_few_values_say_nothing_and_how_many_it_takes() -> None:
    assert histogram(lengths(FEWEST - 1)) is None
    assert histogram([7.0] * 100) is None
    none = compare(None, lengths(100))
    assert (none.verdict, none.needed) == ("not enough", 0)
    training = histogram(lengths(200))
    assert training is not None
    few = compare(training, lengths(49))
    assert (few.verdict, few.live, few.needed) == ("not enough", 49, 50)


def test_bins_hold_about_as_many_training_values_each() -> None:
    values = lengths(400)
    found = histogram(values)
    assert found is not None
    assert sum(found.counts) == 400
    assert len(found.counts) == 10
    assert min(found.counts) > 30
    assert found.live_counts(values) == found.counts


def test_equal_values_share_a_bin() -> None:
    found = histogram([3.0] * 50 + [4.0] * 20 + [9.0] * 30)
    assert found is not None
    assert found.counts == (50, 20, 30)
