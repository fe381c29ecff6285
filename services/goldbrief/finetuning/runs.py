"""Fine-tuning runs as a resource: create, look at, cancel, watch."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldbrief.core.errors import NotFoundError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.core.training import generations_key
from goldbrief.finetuning.invalid_fields import invalid_field
from goldbrief.finetuning.training_requests import RequestResolver, TrainingRequest
from goldbrief.platform.ledger import Event, NewWork, Work, Works

KIND = "finetuning"
STAGES = {
    "check": "finetuning.check",
    "train": "finetuning.train",
    "register": "finetuning.register",
}
_TRIAL_STAGES = {name: task for name, task in STAGES.items() if name != "register"}
"""A trial's adapter is registered by its sweep, when it is the best."""
_LOOK_INTERVAL_S = 0.3
_LISTED = 100
"""Runs that a list has when the caller sets no limit."""


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; empty fields let all pass."""

    group_id: str = ""
    """Pipeline run."""
    experiment_path: str = ""
    states: frozenset[State] = frozenset()
    model: str = ""
    register_to: str = ""
    created_after: float = 0.0
    """Seconds since 1970, inclusive."""
    created_before: float = 0.0
    """Seconds since 1970, exclusive; 0 for no end."""
    limit: int = 0
    """0 means 100."""

    def matches(self, work: Work) -> bool:
        """Whether a run passes, its group and the limit aside."""
        spec = work.spec
        return (
            self.experiment_path in ("", spec["experiment_path"])
            and (not self.states or State(work.state) in self.states)
            and self.model in ("", spec["model"])
            and self.register_to in ("", spec["training"]["register_to"])
            and work.created_at >= self.created_after
            and (not self.created_before or work.created_at < self.created_before)
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A stored state of a run."""

    step: int
    tokens: int
    prefix: str
    """Of its object keys."""
    generations_json: str
    """Answers to the evaluation prompts as a JSON list; empty without such prompts."""


class FinetuningRuns:
    """Operations on fine-tuning runs.

    Args:
        works: Where they are recorded.
        resolver: Checks requests.
        store: Holds what training wrote.
    """

    def __init__(self, works: Works, resolver: RequestResolver, store: ObjectStore) -> None:
        self._works = works
        self._resolver = resolver
        self._store = store

    def create(self, request: TrainingRequest) -> Work:
        """Start a run.

        Args:
            request: What the caller asks for.

        Returns:
            The run; the one it started when the same request came before.

        Raises:
            InvalidInputError: The request cannot work.
            AlreadyExistsError: The request id was used for another request.
        """
        return self._works.create(
            NewWork(
                kind=KIND,
                request_id=request.request_id,
                spec=self._resolver.work_spec(request),
                stages=STAGES,
                items=[{}],
                group_id=request.run_id,
                supervised=True,
            )
        )

    def create_trial(self, run_id: str, spec: Mapping[str, Any], group_id: str) -> Work:
        """Start a run that does not register what it makes.

        Args:
            run_id: Its id.
            spec: From `RequestResolver.work_spec`; `eval_prompts_key` may name an object that has
                the evaluation prompts.
            group_id: Pipeline run; empty for none.

        Returns:
            The run; the one that has the id already.

        Raises:
            AlreadyExistsError: The id has another spec.
        """
        return self._works.create(
            NewWork(
                kind=KIND,
                id=run_id,
                request_id=run_id,
                spec=spec,
                stages=_TRIAL_STAGES,
                items=[{}],
                group_id=group_id,
                supervised=True,
            )
        )

    def get(self, run_id: str) -> Work:
        """Return a run; raises NotFoundError."""
        return self._works.get(run_id, KIND)

    def find(self, run_id: str) -> Work | None:
        """Return a run; None when there is none."""
        try:
            return self.get(run_id)
        except NotFoundError:
            return None

    def training_s(self, run_id: str) -> float:
        """Seconds that training took so far, waiting for a place left out; 0 for no such run."""
        return sum(float(item.data.get("ran_s", 0.0)) for item in self._works.items(run_id))

    def answers(self, run_id: str) -> Sequence[str]:
        """Return the answers to a run's evaluation prompts by what it made; none before.

        Args:
            run_id: A run that succeeded.

        Returns:
            One text a prompt, of the best step after early stopping, else of the last.
        """
        measured = [event for event in self._works.events(run_id) if event.type == "MEASURED"]
        if measured:
            step = measured[-1].data["best_step"]
        else:
            keys = self._store.list(generations_key(run_id, 0).rpartition("step-")[0])
            steps = [int(key.rpartition("step-")[2].removesuffix(".json")) for key in keys]
            step = max(steps, default=0)
        key = generations_key(run_id, step)
        answers: list[str] = json.loads(self._store.get(key)) if self._store.exists(key) else []
        return answers

    def list(self, wanted: RunFilter) -> Sequence[Work]:
        """Return the runs that match, newest first."""
        return self._matching(wanted)[: wanted.limit or _LISTED]

    def cancel(self, run_id: str) -> Work:
        """Stop a run for good; raises NotFoundError."""
        self.get(run_id)
        self._works.cancel(work_id=run_id)
        return self.get(run_id)

    def cancel_experiment(self, experiment_path: str) -> Sequence[Work]:
        """Stop the runs of an experiment.

        Args:
            experiment_path: The experiment.

        Returns:
            The runs that had not ended.

        Raises:
            InvalidInputError: No experiment is named.
        """
        if not experiment_path:
            raise invalid_field("experiment_path", "is empty", "Name the experiment to stop.")
        works = self._matching(RunFilter(experiment_path=experiment_path))
        return [self.cancel(work.id) for work in works if work.ended_at is None]

    def delete(self, run_id: str) -> None:
        """Remove a run that has ended, with everything stored of it.

        Args:
            run_id: The run; versions that were registered from it have their own files.

        Raises:
            NotFoundError: There is no such run.
            FailedPreconditionError: It has not ended.
        """
        self.get(run_id)
        self._works.delete(run_id)
        for key in [*self._store.list(f"runs/{run_id}/")]:
            self._store.delete(key)

    def checkpoints(self, run_id: str) -> Sequence[Checkpoint]:
        """List the checkpoints of a run, newest first; raises NotFoundError."""
        self.get(run_id)
        prefix = f"runs/{run_id}/checkpoints/"
        keys = [key for key in self._store.list(prefix) if key.endswith("/manifest.json")]
        found = [self._checkpoint(run_id, key) for key in keys]
        return sorted(found, key=lambda checkpoint: -checkpoint.step)

    def _matching(self, wanted: RunFilter) -> Sequence[Work]:
        works = self._works.of_kind(KIND, wanted.group_id)
        return [work for work in works if wanted.matches(work)]

    def _checkpoint(self, run_id: str, key: str) -> Checkpoint:
        manifest = json.loads(self._store.get(key))
        generations = generations_key(run_id, manifest["step"])
        stored = self._store.get(generations) if self._store.exists(generations) else b""
        return Checkpoint(
            step=manifest["step"],
            tokens=manifest["tokens"],
            prefix=key.removesuffix("manifest.json"),
            generations_json=stored.decode(),
        )

    def watch(
        self, run_id: str, from_number: int, is_wanted: Callable[[], bool]
    ) -> Iterator[Event]:
        """Yield the events of a run while they come.

        Args:
            run_id: The run.
            from_number: First event to yield.
            is_wanted: Asked after each look; the iterator ends when it says no.

        Yields:
            Events in order, until the run has ended.

        Raises:
            NotFoundError: There is no such run.
        """
        while True:
            # the state first: all events of a run that has ended are there
            ended = self.get(run_id).ended_at is not None
            for event in self._works.events(run_id, from_number):
                yield event
                from_number = event.number + 1
            if ended or not is_wanted():
                return
            time.sleep(_LOOK_INTERVAL_S)
