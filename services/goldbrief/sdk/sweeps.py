"""Sweeps, as an object that knows its sweep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.client import Client
from goldbrief.sdk.waiting import wait_for_success


@dataclass(frozen=True, slots=True)
class SweepTrial:
    """One combination of a sweep's values."""

    index: int
    values: dict[str, Any]
    state: str
    """QUEUED, RUNNING, SUCCEEDED (once it is judged), FAILED, CANCELLING or CANCELLED; empty after
    a dry run."""
    cause: str
    """Why it failed; empty otherwise."""
    run_id: str
    """Its fine-tuning run; empty before it is begun."""
    waiting: str
    """What it waits for; empty while it does not wait."""
    training_s: float
    """Seconds that its training took so far."""
    score: float | None
    """Mean score of its answers, 1 to 5; None before it is judged."""


class Sweep:
    """A sweep as it was when last looked at; `refresh` looks again.

    Args:
        client: Reaches the server.
        message: The sweep, as the API has it.
    """

    def __init__(self, client: Client, message: finetuning_pb2.Sweep) -> None:
        self._client = client
        self.message = message

    def __repr__(self) -> str:
        return f"Sweep({self.id}, {self.state}, {len(self.trials)} trials)"

    @property
    def work(self) -> work_pb2.Work:
        """State, cause, times, and what the judge used."""
        return self.message.work

    @property
    def id(self) -> str:
        """Identifies the sweep; empty after a dry run."""
        return self.work.id

    @property
    def state(self) -> str:
        """QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLING or CANCELLED."""
        return state_of(self.work.state)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.work.HasField("end_time")

    @property
    def trials(self) -> list[SweepTrial]:
        """The trials, by index."""
        return [_trial(message) for message in self.message.trials]

    @property
    def winner(self) -> SweepTrial | None:
        """The trial with the highest mean score; None before the comparison."""
        return self.trials[self.message.winner] if self.message.HasField("winner") else None

    @property
    def model_version(self) -> str:
        """Version that the winner is registered as; empty before."""
        return self.message.model_version

    @property
    def stopped(self) -> str:
        """Why trials were stopped or not begun; empty when none was."""
        return self.message.stopped

    def refresh(self) -> Sweep:
        """Look at the sweep again; returns itself."""
        request = finetuning_pb2.GetSweepRequest(id=self.id)
        self.message = self._client.finetuning.GetSweep(request).sweep
        return self

    def wait(self, timeout_s: float = float("inf")) -> Sweep:
        """Wait for the end of the sweep.

        Args:
            timeout_s: Longest wait, in seconds.

        Returns:
            The sweep itself, SUCCEEDED.

        Raises:
            FinetuningFailedError: All trials failed, or it was cancelled.
            TimeoutError: It has not ended in time; it goes on.
        """
        wait_for_success(self, timeout_s)
        return self

    def cancel(self) -> Sweep:
        """Stop the sweep and its runs for good. Returns itself."""
        request = finetuning_pb2.CancelSweepRequest(id=self.id)
        self.message = self._client.finetuning.CancelSweep(request).sweep
        return self

    def report(self) -> str:
        """The comparison of all trials as Markdown; raises FailedPreconditionError before it."""
        return str(self._report().markdown)

    def results(self) -> dict[str, Any]:
        """What the report is made of: see `finetuning.sweeps.report.as_results`."""
        found: dict[str, Any] = json.loads(self._report().results_json)
        return found

    def _report(self) -> finetuning_pb2.GetSweepReportResponse:
        request = finetuning_pb2.GetSweepReportRequest(id=self.id)
        found: finetuning_pb2.GetSweepReportResponse = self._client.finetuning.GetSweepReport(
            request
        )
        return found


def _trial(message: finetuning_pb2.SweepTrial) -> SweepTrial:
    cause = message.cause
    return SweepTrial(
        index=message.index,
        values=json.loads(message.values_json),
        state=state_of(message.state) if message.state else "",
        cause=f"{cause.reason}: {cause.message}" if message.HasField("cause") else "",
        run_id=message.finetuning_run_id,
        waiting=message.waiting,
        training_s=message.training_s,
        score=message.score if message.HasField("score") else None,
    )
