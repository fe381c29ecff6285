"""Fine-tuning runs as a resource: create, look at, cancel, watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from goldbrief.finetuning.training_requests import RequestResolver, TrainingRequest
from goldbrief.platform.ledger import Event, NewWork, Work, Works

KIND = "finetuning"
STAGES = {"train": "finetuning.train", "register": "finetuning.register"}
_LOOK_INTERVAL_S = 0.3


class FinetuningRuns:
    """Operations on fine-tuning runs.

    Args:
        works: Where they are recorded.
        resolver: Checks requests.
    """

    def __init__(self, works: Works, resolver: RequestResolver) -> None:
        self._works = works
        self._resolver = resolver

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

    def get(self, run_id: str) -> Work:
        """Return a run; raises NotFoundError."""
        return self._works.get(run_id, KIND)

    def list(self, group_id: str) -> list[Work]:
        """Return the runs of a pipeline run, or all when that is empty, newest first."""
        return self._works.of_kind(KIND, group_id)

    def cancel(self, run_id: str) -> Work:
        """Stop a run for good; raises NotFoundError."""
        self.get(run_id)
        self._works.cancel(work_id=run_id)
        return self.get(run_id)

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
