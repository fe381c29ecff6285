"""What is done about a training process depends on what is, not on how it came about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.core.seams import JobStatus
from goldbrief.core.training import ExitCode
from goldbrief.finetuning.next_step import MAX_RELAUNCHES, Known, Step, next_step

RUNS = JobStatus(exists=True, exit_code=None)
GONE = JobStatus(exists=False, exit_code=None)
knowns = st.builds(Known, st.booleans(), st.booleans(), st.integers(0, MAX_RELAUNCHES))
ends = st.sampled_from([0, 1, 64, 75, 137]).map(lambda code: JobStatus(True, code))
statuses = st.one_of(st.sampled_from([RUNS, GONE]), ends)


def ending(code, is_final=False):
    return JobStatus(exists=True, exit_code=code, is_final=is_final)


def step_of(status, known, stopping=False):
    try:
        return next_step(status, known, stopping)[0]
    except GoldbriefError as error:
        return error.reason


@given(knowns, st.booleans())
def test_what_runs_is_never_started_beside_itself(known, stopping):
    assert step_of(RUNS, known, stopping) == (Step.STOP if stopping else Step.FOLLOW)


@given(statuses, knowns)
def test_a_run_that_is_to_stop_starts_nothing_and_fails_of_nothing(status, known):
    assert step_of(status, known, stopping=True) in (Step.STOP, Step.REST)


@given(knowns)
def test_what_ended_well_is_concluded_whatever_is_remembered(known):
    assert step_of(ending(ExitCode.DONE), known) == Step.CONCLUDE


@given(statuses)
def test_how_an_earlier_job_ended_does_not_count(status):
    expected = {RUNS: Step.FOLLOW, ending(ExitCode.DONE): Step.CONCLUDE}.get(status, Step.LAUNCH)
    assert step_of(status, Known()) == expected


@given(st.lists(st.sampled_from([RUNS, GONE, ending(75)]), max_size=50))
def test_interruptions_and_losses_never_add_up(statuses):
    known = Known(launched=True)
    for status in statuses:
        _, failures = next_step(status, known, stopping=False)
        assert failures == 0


@given(st.lists(st.sampled_from([GONE, ending(75), ending(1), ending(137)]), max_size=50))
def test_a_run_fails_with_the_first_failure_beyond_those_that_are_forgiven(statuses):
    known, failed = Known(launched=True), 0
    for status in statuses:
        failed += status.exit_code in (1, 137)
        if failed > MAX_RELAUNCHES:
            assert step_of(status, known) == "TRAINING_FAILED"
            return
        step, failures = next_step(status, known, stopping=False)
        assert (step, failures) == (Step.LAUNCH, failed)
        known = Known(launched=True, failures=failures)


@pytest.mark.parametrize("stopped", [True, False])
def test_a_refused_spec_fails_at_once_also_where_we_asked_it_to_leave(stopped):
    with pytest.raises(InvalidInputError):
        next_step(ending(64), Known(launched=True, stopped=stopped), stopping=False)


def test_a_launcher_that_has_tried_by_itself_is_believed():
    assert step_of(ending(1, is_final=True), Known(launched=True)) == "TRAINING_FAILED"


def test_a_kill_that_we_asked_for_is_no_failure():
    assert next_step(ending(137), Known(launched=True, stopped=True), False) == (Step.LAUNCH, 0)
