"""Admission: how many summaries are in work, how many wait, and when to say no."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from typing import TypeVar

from goldbrief.core.errors import DeadlineError, ResourceExhaustedError
from goldbrief.platform.tracing.carrying import ContextPool

T = TypeVar("T")
_END = object()
_LEAST_PAUSE_S = 1.0
"""Until a refused client returns, however little time the last summary took."""


class Admission:
    """Runs blocking generators in threads and hands on what they yield.

    Args:
        concurrency: Generators at once.
        waiting: How many more may wait for their turn.
    """

    def __init__(self, concurrency: int, waiting: int) -> None:
        self.concurrency = concurrency
        self._threads = ContextPool(concurrency, thread_name_prefix="summarize")
        self._places = concurrency + waiting
        self._taken = 0
        self._lock = threading.Lock()
        self._last_s = 1.0

    @property
    def taken(self) -> int:
        """Summaries in work and waiting now."""
        return self._taken

    @property
    def waiting(self) -> int:
        """Summaries that wait for their turn now."""
        return max(0, self._taken - self.concurrency)

    async def run(
        self, start: Callable[[float], Generator[T | None, None, None]], timeout_s: float
    ) -> AsyncGenerator[T, None]:
        """Run a generator when its turn comes, and yield what it yields.

        Leaving the iterator closes the generator at its next step, or keeps it from
        starting. A step that yields None is only there for that.

        Args:
            start: Makes the generator; gets the seconds that are left by then.
            timeout_s: Until when the result is wanted, waiting included.

        Yields:
            The generator's values; its errors pass.

        Raises:
            DeadlineError: The time is over; the generator is closed at its next step.
            ResourceExhaustedError: All places are taken; says when to try again.
        """
        self._enter()
        steps: asyncio.Queue[object] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        left = threading.Event()
        deadline = time.monotonic() + timeout_s

        def tell(step: object) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, step)

        future = self._threads.submit(self._pump, start, deadline, left, tell)
        future.add_done_callback(lambda _: self._leave())
        late = loop.call_later(timeout_s, steps.put_nowait, _late())
        try:
            while (step := await steps.get()) is not _END:
                if isinstance(step, Exception):
                    raise step
                yield step  # type: ignore[misc]
        finally:
            late.cancel()
            left.set()
            future.cancel()

    def _pump(
        self,
        start: Callable[[float], Generator[T | None, None, None]],
        deadline: float,
        left: threading.Event,
        tell: Callable[[object], None],
    ) -> None:
        started = time.monotonic()
        if left.is_set() or started > deadline:
            return  # nobody waits for it any more
        generator = start(deadline - started)
        try:
            for step in generator:
                if left.is_set():
                    return
                if step is not None:
                    tell(step)
            tell(_END)
        except Exception as error:  # noqa: BLE001 - raised again where the steps are read
            tell(error)
        finally:
            generator.close()
            self._last_s = time.monotonic() - started

    def _enter(self) -> None:
        with self._lock:
            if self._taken >= self._places:
                raise ResourceExhaustedError(
                    f"All {self._places} places for summaries are taken.",
                    reason="GATEWAY_BUSY",
                    # as long as the last summary took: by then one place is free
                    retry_after_s=max(self._last_s, _LEAST_PAUSE_S),
                    remedy="Try again later, or raise GOLDBRIEF_SUMMARIZE_WAITING.",
                )
            self._taken += 1

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1


def _late() -> DeadlineError:
    return DeadlineError(
        "The summary was not written in the time that the request gives.",
        remedy="Give it more time, or try again when less is asked of the engine.",
    )
