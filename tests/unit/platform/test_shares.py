"""The interval of a share is that of the literature, and says something where all cases agree."""

import pytest

from goldbrief.platform.shares import wilson_interval


def test_is_newcombes_example():
    """Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 4: 81 of 263."""
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2535, 0.3682), abs=5e-5)


def test_never_leaves_the_range_and_stays_open_where_all_are_alike():
    """Same table: 0 of 20 and 29 of 29."""
    assert wilson_interval(0.0, 20) == pytest.approx((0.0, 0.2005), abs=5e-5)
    low, high = wilson_interval(1.0, 29)
    assert (low, high) == pytest.approx((0.8544, 1.0), abs=5e-5)
