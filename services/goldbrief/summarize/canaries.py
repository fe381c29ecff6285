"""Which version writes a summary while a canary has its share, and how that went."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Protocol

from goldbrief.core.errors import CancelledError, InvalidInputError, ResourceExhaustedError
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.models import ModelDirectory, ServedModel
from goldbrief.summarize.outcomes import OutcomeCounter

Steps = Generator[str | Answer | None, None, None]
_NOT_THE_VERSIONS = (InvalidInputError, ResourceExhaustedError, CancelledError)
"""Errors that another version would not have spared: the request's, and an engine that is full."""


class Writer(Protocol):
    """Writes one summary; see `SummaryWriter.write`."""

    def write(self, assignment: Assignment, timeout_s: float) -> Steps:
        """Write one summary; closing the generator stops the engine."""


class CanaryWriter:
    """Has each request written by the version that its share falls to, and counts the outcomes.

    Args:
        writer: Writes.
        models: Knows of canaries.
        outcomes: Gets what became of each request.
    """

    def __init__(self, writer: Writer, models: ModelDirectory, outcomes: OutcomeCounter) -> None:
        self._writer = writer
        self._models = models
        self._outcomes = outcomes

    def write(self, assignment: Assignment, timeout_s: float) -> Steps:
        """Write one summary; see `SummaryWriter.write`.

        Args:
            assignment: What to summarize.
            timeout_s: For all of it.

        Yields:
            What the writer yields; its errors pass.
        """
        request = f"{assignment.persona}\n{assignment.article_text}"
        model = self._models.find(assignment.model, request)
        if not model.canary_id:
            yield from self._writer.write(assignment, timeout_s)
            return
        # by its number, since the canary may end meanwhile
        assignment = replace(assignment, model=f"{model.model}@{model.version}")
        yield from self._counted(model, self._writer.write(assignment, timeout_s), timeout_s)

    def _counted(self, model: ServedModel, steps: Steps, timeout_s: float) -> Steps:
        started = time.monotonic()
        try:
            with closing(steps):
                for step in steps:
                    if isinstance(step, Answer) and not step.cached:
                        seconds = time.monotonic() - started
                        is_supported = not step.num_unsupported
                        self._outcomes.answered(model, seconds, is_supported=is_supported)
                    yield step
        except GeneratorExit:
            # who left had waited to the end: an engine that hangs is seen by this alone
            if time.monotonic() - started >= timeout_s:
                self._outcomes.failed(model)
            raise
        except _NOT_THE_VERSIONS:
            raise
        except Exception:
            self._outcomes.failed(model)
            raise
