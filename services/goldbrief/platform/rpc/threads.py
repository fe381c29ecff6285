"""Streams of answers from plain generators, a thread for each step and none between two.

grpc.aio itself gives such a generator a thread until its last answer was taken. A client that goes
away takes no more, so that the thread is lost: as many broken-off streams as there are threads, and
the server answers nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, Protocol

_END = object()


class AnswerStream(Protocol):
    """A handler that yields its answers."""

    def __call__(self, request: Any, context: Any) -> Generator[Any]:
        """Answer."""


class _ThreadContext:
    """What plain handlers use of a call's context, which grpc.aio names otherwise."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def add_callback(self, callback: Callable[[], object]) -> None:
        self._context.add_done_callback(lambda _: callback())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


async def answer_in_threads(
    handler: AnswerStream, request: Any, context: Any, threads: Executor
) -> AsyncGenerator[Any]:
    """Run a handler step by step.

    Args:
        handler: Its errors pass.
        request: A message, or the asynchronous stream of them that grpc.aio gives.
        context: That grpc.aio gives to coroutines.
        threads: Run the steps, all of them in one copy of the present context variables.

    Yields:
        Its answers. Once nobody takes them any more, the handler is closed.
    """
    loop, variables, one_at_a_time = asyncio.get_running_loop(), copy_context(), threading.Lock()
    requests = _from_loop(request, loop) if hasattr(request, "__aiter__") else request
    answers = handler(requests, _ThreadContext(context))

    def step() -> Any:
        with one_at_a_time:
            return variables.run(next, answers, _END)

    def close() -> None:
        with one_at_a_time:
            variables.run(answers.close)

    try:
        while (answer := await loop.run_in_executor(threads, step)) is not _END:
            yield answer
    finally:
        threads.submit(close)


def _from_loop(messages: AsyncIterator[Any], loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    """A stream of the event loop, for a thread."""
    messages = aiter(messages)

    async def take() -> Any:
        return await anext(messages, _END)

    while (message := asyncio.run_coroutine_threadsafe(take(), loop).result()) is not _END:
        yield message
