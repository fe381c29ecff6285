"""Between HTTP requests on the event loop and jobs on the computing thread."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse

from goldbrief.core.errors import GoldbriefError
from goldbrief.inference.generation import Answer, Event, Generator, Job, Piece, Prompt
from goldbrief.inference.metrics import Metrics
from goldbrief.inference.replies import error_body
from goldbrief.platform.web.leaving import unless_left
from goldbrief.text.figure_guard import FigureGuard


@dataclass(slots=True)
class Ticket:
    """Jobs of one request and the events that they send."""

    jobs: list[Job]
    inbox: asyncio.Queue[tuple[int, Event]]
    metrics: Metrics

    async def events(self) -> AsyncIterator[tuple[int, Piece | Answer]]:
        """Follow the jobs until every one has answered.

        Yields:
            tuple[int, Piece | Answer]: The prompt's index and what happened to it.

        Raises:
            GoldbriefError: A job failed.
        """
        left = len(self.jobs)
        while left:
            index, event = await self.inbox.get()
            if isinstance(event, GoldbriefError):
                raise event
            left -= isinstance(event, Answer)
            yield index, event

    async def answers(self) -> list[Answer]:
        """Wait for all answers.

        Returns:
            In the order of the prompts.

        Raises:
            GoldbriefError: A job failed.
        """
        found = {index: event async for index, event in self.events() if isinstance(event, Answer)}
        return [found[index] for index in range(len(self.jobs))]

    def drop(self) -> None:
        """Stop whatever is still under way."""
        unfinished = [job for job in self.jobs if job.wanted()]
        for job in unfinished:
            job.cancel()
        self.metrics.add("cancelled", len(unfinished))


def submit(
    generator: Generator, metrics: Metrics, prompts: Sequence[Prompt], *, stream: bool
) -> Ticket:
    """Queue prompts from the event loop; raises what Generator.submit raises.

    Args:
        generator: Completes them.
        metrics: Where cancelled jobs are counted.
        prompts: What to complete.
        stream: Whether pieces are wanted too. Each wakes the event loop, which takes time from
            the computing thread.

    Returns:
        What follows the jobs.
    """
    loop = asyncio.get_running_loop()
    inbox: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()

    def emit(index: int, event: Event) -> None:
        if stream or not isinstance(event, Piece):
            loop.call_soon_threadsafe(inbox.put_nowait, (index, event))

    return Ticket(generator.submit(prompts, emit), inbox, metrics)


async def answers(request: Request, ticket: Ticket) -> list[Answer]:
    """Wait for the answers while the client does.

    Args:
        request: Tells when the client leaves.
        ticket: The jobs to wait for.

    Returns:
        In the order of the prompts.

    Raises:
        ClientLeftError: The client closed the connection; the jobs were stopped.
        GoldbriefError: A job failed.
    """
    try:
        return await unless_left(request, ticket.answers())
    finally:
        ticket.drop()


def event_stream(events: AsyncIterator[Any], ticket: Ticket, *, openai: bool) -> StreamingResponse:
    """Send JSON objects as server-sent events.

    Args:
        events: What to send; an error that it raises becomes the last event.
        ticket: Its jobs are stopped when the client leaves.
        openai: The dialect of errors, and whether a whole stream ends with `[DONE]`.

    Returns:
        The response, not yet begun.
    """

    async def lines() -> AsyncIterator[str]:
        try:
            async for event in events:
                yield _line(event)
            if openai:
                yield "data: [DONE]\n\n"
        except GoldbriefError as error:
            yield _line(error_body(error, openai=openai))
        finally:
            ticket.drop()

    return StreamingResponse(lines(), media_type="text/event-stream")


def _line(event: Any) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"


async def figure_guard(source: str | None) -> FigureGuard | None:
    """Read an article's figures, away from the event loop; None for none."""
    return None if source is None else await asyncio.to_thread(FigureGuard, source)


def seed_or_random(seed: int | None) -> int:
    """Return the caller's seed, or a fresh one."""
    return secrets.randbits(32) if seed is None else seed
