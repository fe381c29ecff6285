"""Keeps a fine-tuning run and its training process in step: launch, follow, stop, register."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goldbrief.core.errors import (
    DataCorruptionError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from goldbrief.core.seams import JobLauncher, JobStatus, ObjectStore
from goldbrief.core.states import State
from goldbrief.core.training import (
    ExitCode,
    TrainingEvent,
    TrainingSpec,
    adapter_prefix,
    event_key,
    spec_key,
)
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Hold, Later, Transition

_log = logging.getLogger(__name__)

MAX_RELAUNCHES = 3
"""Times that a process which failed is started again."""
_POLL_S = 1.0
_RETRY_S = 5.0
"""Until the next look after the store or the registry did not answer."""
_EVENTS_PER_POLL = 200
_CANARIES = 2


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
            DataCorruptionError: It ended well without an adapter.
        """
        try:
            return self._look_after(context)
        except TransientError as error:
            # no failure of the training, which goes on meanwhile
            _log.warning("%s is not looked after for now: %s", context.work_id, error)
            return Later(_RETRY_S, _tell_waiting(context, str(error)))
        except Exception:
            self._launcher.stop(context.work_id)  # nobody would look after it any more
            raise

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
        return Finish(result={"model_version": version})

    def _look_after(self, context: StageContext) -> Transition:
        # the status first: what ends a process was written before it ended
        status = self._launcher.status(context.work_id)
        data, is_complete = self._carry_events(context)
        if context.claim.item.cause is not None:
            # somebody lets a failed run try again: how it ended then counts no more
            data.update(launched=False, failures=0, failure="")
        if not is_complete:
            return Later(0.0, data)
        stopping = _is_stopping(context)
        if status.exists and status.exit_code is None:
            if stopping:
                self._launcher.stop(context.work_id)
                data["stopped"] = True
            data.update(_tell_waiting(context, status.detail))
            return Later(_POLL_S, {**data, "launched": True})
        if stopping:
            return Hold()
        if status.exists and status.exit_code == ExitCode.DONE:
            return self._done(context)
        return self._relaunch(context, status, data)

    def _relaunch(
        self, context: StageContext, status: JobStatus, data: dict[str, Any]
    ) -> Transition:
        failures = data.get("failures", 0)
        if data.get("launched") and _counts(status, data):
            failures += 1
            _require_hope(context.work_id, status, data, failures)
        self._write_spec(context)
        self._launcher.launch(context.work_id, spec_key(context.work_id))
        fresh = {"launched": True, "stopped": False, "failure": ""}
        return Later(_POLL_S, {**data, **fresh, "failures": failures})

    def _done(self, context: StageContext) -> Transition:
        prefix = adapter_prefix(context.work_id)
        if not self._store.exists(f"{prefix}manifest.json"):
            raise DataCorruptionError(
                f"Training ended well, yet {prefix} has no manifest.", reason="ADAPTER_INCOMPLETE"
            )
        result = {"adapter_prefix": prefix, "intrinsic": self._intrinsic(context.work_id)}
        context.ledger.works.set_result(context.work_id, {**result, "waiting": ""})
        return Advance("register")

    def _intrinsic(self, run_id: str) -> dict[str, Any]:
        try:
            evaluation: dict[str, Any] = json.loads(self._store.get(f"runs/{run_id}/eval.json"))
        except NotFoundError:  # there were no held-out rows
            return {}
        return evaluation

    def _write_spec(self, context: StageContext) -> None:
        training = dict(context.spec["training"])
        prompts = self._prompts(training["eval_data"]) if training["eval_data"] else ()
        if not prompts:
            training["eval_data"] = ""
            # training rows, too, show whether the served adapter answers as the trained one
            prompts = self._prompts(training["train_data"])
        spec = TrainingSpec(run_id=context.work_id, canary_prompts=prompts, **training)
        self._store.put(spec_key(context.work_id), spec.model_dump_json().encode())

    def _prompts(self, key: str) -> tuple[str, ...]:
        lines = [line for line in self._store.get(key).splitlines() if line.strip()]
        try:
            return tuple(json.loads(line)["prompt"] for line in lines[:_CANARIES])
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(
                f"The first rows of {key} are not JSON objects with a prompt: {error!r}.",
                reason="INVALID_ROWS",
            ) from error

    def _carry_events(self, context: StageContext) -> tuple[dict[str, Any], bool]:
        """Bring new events into the ledger.

        Args:
            context: As for `train`.

        Returns:
            The item's data with what the events say, and whether all events were carried.
        """
        data = dict(context.data)
        progress: dict[str, Any] = {}
        carried = 0
        for event in self._new_events(context.work_id, data.get("next_event", 0)):
            moment = datetime.fromisoformat(event.time).timestamp()
            context.ledger.works.record_event(
                context.work_id, event.number, moment, event.type, event.message, event.data
            )
            carried += 1
            data["next_event"] = event.number + 1
            if event.type == "PROGRESS":
                progress = event.data
            elif event.type == "FAILED":
                data["failure"] = event.message
        if progress:
            context.ledger.works.set_result(context.work_id, {"progress": progress})
        return data, carried < _EVENTS_PER_POLL

    def _new_events(self, run_id: str, start: int) -> Iterator[TrainingEvent]:
        for number in range(start, start + _EVENTS_PER_POLL):
            try:
                yield TrainingEvent.model_validate_json(self._store.get(event_key(run_id, number)))
            except NotFoundError:
                return


def _counts(status: JobStatus, data: dict[str, Any]) -> bool:
    """Whether an end counts as a failure.

    Not when we asked for it, nor when the process vanished without an exit code: then
    the machine went down, or somebody killed the keeper too. A process that runs out of
    memory leaves its keeper behind, and with it an exit code.
    """
    if data.get("stopped") or status.exit_code == ExitCode.INTERRUPTED:
        return status.exit_code == ExitCode.BAD_SPEC
    return status.exists


def _require_hope(run_id: str, status: JobStatus, data: dict[str, Any], failures: int) -> None:
    """Raise when there is no point in starting the process again."""
    told = data.get("failure") or status.detail or "it left no word"
    if status.exit_code == ExitCode.BAD_SPEC:
        raise InvalidInputError(
            f"Training refused its spec or data: {told}", reason="TRAINING_REFUSED"
        )
    ended = f"exit code {status.exit_code}" if status.exists else "a kill"
    if failures > MAX_RELAUNCHES or status.is_final:
        times = "as often as its Job allows" if status.is_final else f"{failures} times"
        raise GoldbriefError(
            f"Training failed {times}, the last time with {ended}: {told}",
            reason="TRAINING_FAILED",
            remedy="See the log of the training process; its checkpoints are kept.",
        )
    _log.warning("training of %s is started again after %s", run_id, ended)


def _tell_waiting(context: StageContext, cause: str) -> dict[str, Any]:
    """Let the work's result say what training waits for; returns the item's data about it."""
    if cause != context.data.get("waiting", ""):
        context.ledger.works.set_result(context.work_id, {"waiting": cause})
    return {"waiting": cause}


def _is_stopping(context: StageContext) -> bool:
    return context.work_state in (State.PAUSED, State.CANCELLING)
