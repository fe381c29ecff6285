"""What a sweep may spend."""

from __future__ import annotations

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.sweeps.sweeps import trial_run_id
from goldbrief.platform.broker import StageContext

BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"


def exhausted_budget(context: StageContext, runs: FinetuningRuns) -> str:
    """Say which budget of a sweep is used up.

    Args:
        context: Of an item of the sweep.
        runs: The trials' runs.

    Returns:
        A sentence; empty while there is something left of both.
    """
    hours = float(context.spec["budget_hours"])
    if hours and _has_trained_for(context, runs, hours * 3600):
        return f"The trials have taken the sweep's budget of {hours:g} hours."
    return exhausted_judge_budget(context)


def exhausted_judge_budget(context: StageContext) -> str:
    """Say whether the judge has used its tokens; empty while there are some left."""
    tokens = context.spec["budget_judge_tokens"]
    if tokens:
        counts = context.ledger.works.counts(context.work_id)
        if counts.prompt_tokens + counts.completion_tokens >= tokens:
            return f"The judge has used the sweep's budget of {tokens:,} tokens."
    return ""


def stopped(context: StageContext, reason: str) -> FailedPreconditionError:
    """Note in a sweep's result that a budget stopped it; returns what its trial fails with."""
    context.ledger.works.set_result(context.work_id, {"stopped": reason})
    return FailedPreconditionError(
        reason,
        reason=BUDGET_EXHAUSTED,
        remedy="Trials that had ended are compared. Ask for a larger budget, or fewer trials.",
    )


def _has_trained_for(context: StageContext, runs: FinetuningRuns, seconds: float) -> bool:
    trained_s = 0.0
    for index in range(len(context.spec["trials"])):
        run = runs.find(trial_run_id(context.work_id, index))
        if run is not None:
            if run.cause is not None and run.cause["reason"] == BUDGET_EXHAUSTED:
                return True  # a single run that took all of it
            trained_s += runs.training_s(run.id)
    return trained_s >= seconds
