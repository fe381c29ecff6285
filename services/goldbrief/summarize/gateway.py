"""The gateway itself, which the RPCs and the HTTP interface share: admit, write, answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from goldbrief.summarize.admission import Admission
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.canaries import Writer


class Gateway:
    """Writes summaries for callers on any event loop.

    Args:
        writer: Writes one summary.
        admission: Says how many at once.
    """

    def __init__(self, writer: Writer, admission: Admission) -> None:
        self._writer = writer
        self._admission = admission

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
            raise.
        """
        return self._admission.run(lambda left_s: self._writer.write(assignment, left_s), timeout_s)

    async def answer(self, assignment: Assignment, timeout_s: float) -> Answer:
        """Write one summary and return it whole; see `stream`."""
        answer = None
        async with aclosing(self.stream(assignment, timeout_s)) as steps:
            async for step in steps:
                answer = step
        assert isinstance(answer, Answer)  # noqa: S101 - the writer's last step
        return answer
