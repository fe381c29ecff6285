"""The gateway itself, which the RPCs and the HTTP interface share: admit, write, answer."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing

from goldbrief.summarize.admission import Admission
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.canaries import Steps, Writer
from goldbrief.summarize.counting import counted
from goldbrief.summarize.failures import guarded
from goldbrief.summarize.sampling import Sampler


class Gateway:
    """Writes summaries for callers on any event loop.

    Args:
        writer: Writes one summary.
        admission: Says how many at once.
        sampler: Draws answers to be judged; None draws none.
    """

    def __init__(
        self, writer: Writer, admission: Admission, sampler: Sampler | None = None
    ) -> None:
        self._writer = writer
        self._admission = admission
        self._sampler = sampler

    @property
    def concurrency(self) -> int:
        """Summaries that are written at once."""
        return self._admission.concurrency

    def stream(
        self, assignment: Assignment, timeout_s: float
    ) -> AsyncGenerator[str | Answer, None]:
        """Write one summary; leaving the iterator stops the engine.

        Args:
            assignment: What to summarize.
            timeout_s: Until when it is wanted, waiting for a place included.

        Returns:
            Pieces of the text, then the answer; raises what SummaryWriter.write and Admission.run
            raise, in words for clients.
        """
        write = self._writing(assignment)
        return self._admission.run(lambda left_s: guarded(write(left_s)), timeout_s)

    async def answer(self, assignment: Assignment, timeout_s: float) -> Answer:
        """Write one summary and return it whole; see `stream`."""
        write = self._writing(assignment)
        steps = self._admission.run(
            lambda left_s: _without_pieces(guarded(write(left_s))), timeout_s
        )
        async with aclosing(steps):
            return await anext(steps)

    def _writing(self, assignment: Assignment) -> Callable[[float], Steps]:
        started, model = time.monotonic(), assignment.model.partition("@")[0]

        def write(left_s: float) -> Steps:
            steps = counted(self._writer.write(assignment, left_s), model, started)
            return self._sampler.watched(steps, assignment) if self._sampler else steps

        return write


def _without_pieces(
    steps: Generator[str | Answer | None, None, None],
) -> Generator[Answer | None, None, None]:
    """Spare the event loop the pieces of a text that is wanted whole."""
    with closing(steps):
        for step in steps:
            yield step if isinstance(step, Answer) else None
