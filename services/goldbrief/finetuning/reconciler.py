"""Keeps a fine-tuning run and its training process in step: launch, follow, stop, register."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    TransientError,
)
from goldbrief.core.seams import JobLauncher, ObjectStore, TrainingJob
from goldbrief.core.states import State
from goldbrief.core.training import JobResources, TrainingSpec, result_prefix, spec_key
from goldbrief.finetuning.event_carrier import EventCarrier
from goldbrief.finetuning.mirroring import mirror
from goldbrief.finetuning.next_step import Known, Step, ended, next_step
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Hold, Later, Transition
from goldbrief.platform.tracing.carrying import environment_of
from goldbrief.platform.tracing.works import work_context

_log = logging.getLogger(__name__)

_CHECK = "-check"
"""What the id of the job that checks has behind the run's."""
_RETRY_S = 5.0
"""Until the next look after the store or the registry did not answer."""
_FRESH = asdict(Known())


@dataclass(frozen=True, slots=True)
class Adapter:
    """What is registered: the adapter of a run, and where it comes from."""

    model: str
    finetuning_run_id: str
    run_id: str
    dataset_digest: str


class Reconciler:
    """The stages of a fine-tuning run.

    Args:
        store: Where spec, events and adapter lie.
        launcher: Starts training processes.
        register: Registers an adapter and returns its version.
    """

    def __init__(
        self, store: ObjectStore, launcher: JobLauncher, register: Callable[[Adapter], str]
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._register = register
        self._events = EventCarrier(store)

    def check(self, context: StageContext) -> Transition:
        """Let a job without accelerator check the data, where that spares one; ends a dry run.

        Args:
            context: Of a fine-tuning work; its id is the run's.

        Returns:
            As `train`, but what follows is `train`, or the end of a dry run.

        Raises:
            InvalidInputError: The job says that spec or data are wrong.
            GoldbriefError: It failed more often than it is started again.
        """
        dry_run = context.spec["dry_run"]
        if not dry_run and not (context.spec["validate"] and self._launcher.checks_apart):
            return Advance("train")
        job = TrainingJob(
            f"{context.work_id}{_CHECK}",
            spec_key(context.work_id),
            checks_only=True,
            resources=_resources(context),
            environment=_environment(context),
        )
        after = Finish(result={"waiting": ""}) if dry_run else Advance("train", _FRESH)
        return self._guarded(context, job, lambda _: after)

    def train(self, context: StageContext) -> Transition:
        """Look after the training process once; the stage comes back until it has ended.

        Args:
            context: Of a fine-tuning work; its id is the run's.

        Returns:
            `Later` while the process runs, `Hold` once it has stopped for a pause or
            cancellation, `Advance` when the adapter is there.

        Raises:
            InvalidInputError: The process says that spec or data are wrong.
            GoldbriefError: It failed more often than it is started again.
            FailedPreconditionError: It ran for longer than its budget.
            DataCorruptionError: It ended well without an adapter.
        """
        job = TrainingJob(
            context.work_id,
            spec_key(context.work_id),
            resources=_resources(context),
            max_seconds=_seconds_left(context),
            environment=_environment(context),
        )
        return self._guarded(context, job, self._done)

    def register(self, context: StageContext) -> Transition:
        """Register the adapter, however long the registry is away."""
        if _is_stopping(context):
            return Hold()
        adapter = Adapter(
            model=context.spec["training"]["register_to"],
            finetuning_run_id=context.work_id,
            run_id=context.claim.work.group_id,
            dataset_digest=context.spec["dataset_digest"],
        )
        try:
            version = self._register(adapter)
        except TransientError as error:
            _log.warning("%s is not registered for now: %s", context.work_id, error)
            return Later(_RETRY_S)
        mirror(context.ledger.works, context.claim.work, version)
        return Finish(result={"model_version": version})

    def _guarded(
        self,
        context: StageContext,
        job: TrainingJob,
        on_done: Callable[[StageContext], Transition],
    ) -> Transition:
        try:
            return self._look_after(context, job, on_done)
        except TransientError as error:
            # no failure of the training, which goes on meanwhile
            _log.warning("%s is not looked after for now: %s", job.id, error)
            return Later(_RETRY_S, _tell_waiting(context, str(error)))
        except Exception:
            self._launcher.stop(job.id)  # nobody would look after it any more
            raise

    def _look_after(
        self,
        context: StageContext,
        job: TrainingJob,
        on_done: Callable[[StageContext], Transition],
    ) -> Transition:
        # the status first: what ends a process was written before it ended
        status = self._launcher.status(job.id)
        data, is_complete = self._events.carry(context)
        if context.claim.item.cause is not None:
            # somebody lets a failed run try again: how it ended then counts no more
            data.update(_FRESH)
        if not is_complete:
            return Later(0.0, data)
        known = Known.of(data)
        step, failures = next_step(status, known, _is_stopping(context))
        if step is Step.REST:
            return Hold()
        if step is Step.CONCLUDE:
            return on_done(context)
        if step is Step.LAUNCH:
            if failures > known.failures:
                _log.warning("%s is started again after %s", job.id, ended(status))
            return self._launch(context, job, data, failures)
        if step is Step.STOP:
            self._launcher.stop(job.id)
            data["stopped"] = True
        data.update(_tell_waiting(context, status.detail))
        data.update(_account(context, is_running=not status.detail))
        return Later(self._launcher.poll_s, {**data, "launched": True})

    def _launch(
        self, context: StageContext, job: TrainingJob, data: dict[str, Any], failures: int
    ) -> Transition:
        self._write_spec(context)
        self._launcher.launch(job)
        data.update(asdict(Known(launched=True, failures=failures)), looked_at=time.time())
        return Later(self._launcher.poll_s, data)

    def _done(self, context: StageContext) -> Transition:
        method = context.spec["training"].get("method", "lora")
        prefix = result_prefix(context.work_id, method)
        if not self._store.exists(f"{prefix}manifest.json"):
            raise DataCorruptionError(
                f"Training ended well, yet {prefix} has no manifest.", reason="ADAPTER_INCOMPLETE"
            )
        result = {"adapter_prefix": prefix, "waiting": ""}
        if "register" not in context.claim.work.stages:  # a sweep's trial
            mirror(context.ledger.works, context.claim.work)
            return Finish(result=result)
        context.ledger.works.set_result(context.work_id, result)
        return Advance("register")

    def _write_spec(self, context: StageContext) -> None:
        training = dict(context.spec["training"])
        if key := context.spec.get("eval_prompts_key"):
            training["eval_prompts"] = json.loads(self._store.get(key))
        spec = TrainingSpec(run_id=context.work_id, **training)
        self._store.put(spec_key(context.work_id), spec.model_dump_json().encode())


def run_of(job_id: str) -> str:
    """The run that a job is of."""
    return job_id.removesuffix(_CHECK)


def _resources(context: StageContext) -> JobResources:
    return JobResources.model_validate(context.spec["resources"])


def _environment(context: StageContext) -> dict[str, str]:
    """What the process is part of, for its logs and spans; the same however often it is begun."""
    run_id = context.claim.work.group_id
    place = environment_of(work_context(context.work_id, run_id))
    return {"GOLDBRIEF_RUN_ID": run_id, **place} if run_id else place


def _seconds_left(context: StageContext) -> float:
    """What is left of the budget; 0 when there is none."""
    budget = float(context.spec["budget_hours"]) * 3600
    return max(1.0, budget - context.data.get("ran_s", 0.0)) if budget else 0.0


def _account(context: StageContext, is_running: bool) -> dict[str, float]:
    """Add the time since the last look to what the training took; raises when that is too much."""
    now = time.time()
    ran = float(context.data.get("ran_s", 0.0))
    if is_running:
        # a look that comes late, after a restart of ours, counts in full: training went on
        ran += max(0.0, now - context.data.get("looked_at", now))
    budget = float(context.spec["budget_hours"])
    if budget and ran > budget * 3600:
        raise FailedPreconditionError(
            f"Training has taken its budget of {budget:g} hours.",
            reason="BUDGET_EXHAUSTED",
            remedy="Its checkpoints are kept. Ask for a larger budget, or a shorter duration.",
        )
    return {"ran_s": ran, "looked_at": now}


def _tell_waiting(context: StageContext, cause: str) -> dict[str, Any]:
    """Let the work's result say what training waits for; returns the item's data about it."""
    if cause != context.data.get("waiting", ""):
        context.ledger.works.set_result(context.work_id, {"waiting": cause})
    return {"waiting": cause}


def _is_stopping(context: StageContext) -> bool:
    return context.work_state in (State.PAUSED, State.CANCELLING)
