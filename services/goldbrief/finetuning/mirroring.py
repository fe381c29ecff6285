"""Fine-tuning in MLflow: the runs service, which owns it, is asked to mirror a run."""

from __future__ import annotations

from goldbrief.platform.ledger import NewWork, Work, WorkFacts, Works

_TASK = "runs.track_finetuning"


def mirror(works: Works, run: Work | WorkFacts, model_version: str = "") -> None:
    """Have a fine-tuning run that succeeded written to MLflow, by a work of its own.

    The run neither waits for MLflow nor fails with it. One that is a phase of a pipeline run is
    left alone: that run's own mirror has it.

    Args:
        works: Where the work is recorded; asking again changes nothing.
        run: The fine-tuning run.
        model_version: What it was registered as; empty for a trial that was not.
    """
    if run.group_id:
        return
    works.create(
        NewWork(
            kind="tracking",
            request_id=f"{run.id}/track/{model_version}",
            spec={"finetuning_run_id": run.id, "model_version": model_version},
            stages={"log": _TASK},
            items=[{}],
        )
    )
