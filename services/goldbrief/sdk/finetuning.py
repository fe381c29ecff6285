"""Fine-tuning runs, as an object that knows its run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.training import TrainingEstimate
from goldbrief.sdk.answers import WATCH_S, state_of, until_deadline
from goldbrief.sdk.client import Client
from goldbrief.sdk.waiting import wait_for_success


@dataclass(frozen=True, slots=True)
class TrainingCheckpoint:
    """A stored state of a run."""

    step: int
    """Optimizer steps done."""
    tokens: int
    """Training tokens seen."""
    prefix: str
    """Object key prefix of its files."""
    generations: list[str]
    """Answers to the run's `eval_prompts` at this step; empty without them."""


class FinetuningRun:
    """A fine-tuning run as it was when last looked at; `refresh` looks again.

    Args:
        client: Reaches the server.
        message: The run, as the API has it.
    """

    def __init__(self, client: Client, message: finetuning_pb2.FinetuningRun) -> None:
        self._client = client
        self.message = message

    def __repr__(self) -> str:
        return f"FinetuningRun({self.id}, {self.state}, {self.progress})"

    @property
    def work(self) -> work_pb2.Work:
        """State, cause and times."""
        return self.message.work

    @property
    def id(self) -> str:
        """Identifies the run."""
        return self.work.id

    @property
    def state(self) -> str:
        """QUEUED, RUNNING, PAUSED, SUCCEEDED, FAILED, CANCELLING or CANCELLED."""
        return state_of(self.message.work.state)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.message.work.HasField("end_time")

    @property
    def progress(self) -> str:
        """One line for people: what it waits for, how far it is, or how it ended."""
        run = self.message
        if run.work.HasField("cause"):
            return f"{run.work.cause.reason}: {run.work.cause.message}"
        if run.model_version:
            return f"registered as {run.register_to}@{run.model_version}"
        if run.dry_run and self.estimate:
            return (
                f"dry run: {self.estimate.steps:,} steps, {self.estimate.training_tokens:,} tokens"
            )
        if run.waiting:
            return f"waiting: {run.waiting}"
        if run.steps and not self.has_ended:
            return (
                f"step {run.step}/{run.steps}, loss {run.loss:.3f},"
                f" {run.tokens_per_s:,.0f} tokens/s, {run.remaining_s / 60:.0f} min left"
            )
        return ""

    @property
    def model_version(self) -> str:
        """Version that the adapter is registered as; empty before."""
        return self.message.model_version

    @property
    def estimate(self) -> TrainingEstimate | None:
        """What training was expected to take; None before the data were read."""
        text = self.message.estimate_json
        return TrainingEstimate.model_validate_json(text) if text else None

    @property
    def evaluation(self) -> dict[str, Any]:
        """Held-out measures before and after (core.training.IntrinsicEvaluation), or empty."""
        found: dict[str, Any] = json.loads(self.message.intrinsic_json or "{}")
        return found

    def refresh(self) -> FinetuningRun:
        """Look at the run again; returns itself."""
        request = finetuning_pb2.GetFinetuningRunRequest(id=self.id)
        self.message = self._client.finetuning.GetFinetuningRun(request).finetuning_run
        return self

    def wait(self, timeout_s: float = float("inf")) -> FinetuningRun:
        """Wait for the end of the run.

        Args:
            timeout_s: Longest wait, in seconds.

        Returns:
            The run itself, SUCCEEDED.

        Raises:
            FinetuningFailedError: It failed or was cancelled.
            TimeoutError: It has not ended in time; it goes on.
        """
        wait_for_success(self, timeout_s)
        return self

    def cancel(self) -> FinetuningRun:
        """Stop the run for good; its checkpoints are kept. Returns itself."""
        request = finetuning_pb2.CancelFinetuningRunRequest(id=self.id)
        self.message = self._client.finetuning.CancelFinetuningRun(request).finetuning_run
        return self

    def delete(self) -> None:
        """Remove a run that has ended; versions that were registered from it stay."""
        request = finetuning_pb2.DeleteFinetuningRunRequest(id=self.id)
        self._client.finetuning.DeleteFinetuningRun(request)

    def events(self, follow: bool = False, from_number: int = 0) -> Iterator[work_pb2.Event]:
        """Yield what happened.

        Args:
            follow: Whether to wait for more until the run ends.
            from_number: First event to yield.

        Yields:
            The events in order, each once.
        """
        while True:
            request = finetuning_pb2.WatchEventsRequest(
                id=self.id, from_number=from_number, no_follow=not follow
            )
            answers = self._client.finetuning.WatchEvents(request, timeout=WATCH_S)
            for answer in until_deadline(answers):
                yield answer.event
                from_number = answer.event.number + 1
            if not follow or self.refresh().has_ended:
                return

    def checkpoints(self) -> list[TrainingCheckpoint]:
        """List the run's checkpoints, newest first."""
        request = finetuning_pb2.ListCheckpointsRequest(id=self.id)
        return [
            TrainingCheckpoint(
                one.step, one.tokens, one.prefix, json.loads(one.generations_json or "[]")
            )
            for one in self._client.finetuning.ListCheckpoints(request).checkpoints
        ]
