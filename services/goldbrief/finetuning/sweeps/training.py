"""The first stage of a trial: its fine-tuning run, begun, followed and stopped in time."""

from __future__ import annotations

from goldbrief.core.errors import CancelledError, GoldbriefError
from goldbrief.core.states import State
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.sweeps.budgets import BUDGET_EXHAUSTED, exhausted_budget, stopped
from goldbrief.finetuning.sweeps.sweeps import trial_run_id
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Hold, Later, Transition, Work

_DELAY_A_TRIAL_S = 0.5
"""Keeps the looks at two a second, however many trials there are."""


class TrialTraining:
    """Looks after the runs of trials.

    Args:
        runs: Where they are.
    """

    def __init__(self, runs: FinetuningRuns) -> None:
        self._runs = runs

    def train(self, context: StageContext) -> Transition:
        """Look after the run of one trial; the stage comes back until the run has ended.

        Args:
            context: Of a sweep's item; its index is the trial's.

        Returns:
            `Later` while the run waits or goes on, `Advance` to the judge when it succeeded, `Hold`
            when the sweep stops and the run has ended.

        Raises:
            FailedPreconditionError: A budget of the sweep is used up.
            CancelledError: Somebody cancelled the run.
            GoldbriefError: The run failed; reason and message are its own.
        """
        if context.work_state == State.PAUSED:
            return Hold()
        run = self._runs.find(trial_run_id(context.work_id, context.index))
        if run is not None and run.ended_at is None:
            return self._follow(context, run)
        if context.work_state == State.CANCELLING:
            return Hold()
        if run is None:
            return self._begin(context)
        if run.state == State.SUCCEEDED:
            return Advance("judge")
        raise self._failure(context, run)

    def _begin(self, context: StageContext) -> Transition:
        if reason := exhausted_budget(context, self._runs):
            raise stopped(context, reason)
        if _has_place(context):
            trial = context.spec["trials"][context.index]
            run = context.spec["run"]
            self._runs.create_trial(
                trial_run_id(context.work_id, context.index),
                {
                    **run,
                    "training": trial["training"],
                    "experiment_path": run["experiment_path"] or context.work_id,
                },
                group_id=context.claim.work.group_id,
            )
        return _later(context)

    def _follow(self, context: StageContext, run: Work) -> Transition:
        if context.work_state == State.CANCELLING or exhausted_budget(context, self._runs):
            self._runs.cancel(run.id)
        return _later(context)

    def _failure(self, context: StageContext, run: Work) -> GoldbriefError:
        if run.cause is not None and run.cause["reason"] != BUDGET_EXHAUSTED:
            return GoldbriefError(
                run.cause["message"], reason=run.cause["reason"], remedy=run.cause["remedy"]
            )
        if reason := exhausted_budget(context, self._runs):
            return stopped(context, reason)
        return CancelledError(f"{run.id} was cancelled.", reason="TRIAL_CANCELLED")


def _later(context: StageContext) -> Later:
    return Later(_DELAY_A_TRIAL_S * len(context.spec["trials"]))


def _has_place(context: StageContext) -> bool:
    """Whether the trial may train beside those before it.

    Trials leave this stage and never come back, so that the trials before it only become
    fewer: however many workers look at once, no more than `max_parallel` train.
    """
    most = context.spec["max_parallel"]
    ahead = [
        item
        for item in context.ledger.works.items(context.work_id)[: context.index]
        if item.stage == "train" and not State(item.state).is_terminal
    ]
    return not most or len(ahead) < most
