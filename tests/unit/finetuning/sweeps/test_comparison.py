"""Which trial wins, and by how much."""

import pytest

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.finetuning.sweeps.comparison import JudgedTrial, compare


def trial(index, *scores, training_s=60.0):
    return JudgedTrial(index, {f"row {i}": s for i, s in enumerate(scores) if s}, training_s)


def test_the_highest_mean_wins_and_the_others_are_behind_by_pairs():
    first, second = compare([trial(0, *[2, 3, 4] * 3), trial(1, *[3, 4, 5] * 3)])
    assert (first.index, first.score.mean, first.behind) == (1, 4.0, None)
    assert (second.index, second.score.mean) == (0, 3.0)
    # every row differs by 1, however much the rows differ among themselves
    assert (second.behind.mean, second.behind.low, second.behind.high) == (1.0, 1.0, 1.0)
    assert second.is_distinguishable


def test_of_equals_the_one_that_trained_for_less_time_wins():
    standings = compare([trial(0, 3, 4, training_s=90), trial(1, 4, 3, training_s=30)])
    assert [one.index for one in standings] == [1, 0]
    assert not standings[1].is_distinguishable


def test_a_difference_that_chance_could_make_is_no_verdict():
    _, second = compare([trial(0, 5, 1, 5, 1, 5, 1), trial(1, 1, 5, 1, 5, 1, 4)])
    assert second.behind.low < 0 < second.behind.high
    assert not second.is_distinguishable


def test_five_rows_are_no_verdict_even_if_all_agree():
    _, second = compare([trial(0, *[4] * 5), trial(1, *[2] * 5)])
    assert not second.is_distinguishable


def test_rows_that_the_judge_failed_on_in_one_trial_count_in_none():
    standings = compare([trial(0, 5, 2, 2), trial(1, None, 3, 3)])
    assert [(one.index, one.score.mean, one.score.n) for one in standings] == [
        (1, 3.0, 2), (0, 2.0, 2),
    ]  # fmt: skip


def test_trials_without_a_row_in_common_cannot_be_compared():
    with pytest.raises(FailedPreconditionError, match="no held-out row"):
        compare([trial(0, 5, None), trial(1, None, 5)])
