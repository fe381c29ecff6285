"""Several articles in one request: each with its own result, as soon as it is there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass

from goldbrief.core.errors import GoldbriefError, InvalidInputError, ResourceExhaustedError
from goldbrief.platform.rpc.status import expected
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.gateway import Gateway

MAX_ITEMS = 100
_TIME_SHARE = 0.95
"""Of the time, what the items may take: those that it does not suffice for must still be told."""
_PAUSE_S = 1.0
"""Until a full queue is asked again where it does not say when."""


@dataclass(frozen=True, slots=True)
class Item:
    """One article of a batch, under the client's id."""

    id: str
    assignment: Assignment | GoldbriefError
    """Or what is wrong with the request for it, which is its result then."""

    @classmethod
    def of(cls, name: str, make: Callable[[], Assignment]) -> Item:
        """Make it from what makes its assignment, or finds that none can be made."""
        try:
            return cls(name, make())
        except InvalidInputError as error:
            return cls(name, error)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an item."""

    id: str
    outcome: Answer | GoldbriefError


def check_ids(ids: Sequence[str]) -> None:
    """Refuse a batch as a whole.

    Args:
        ids: Of all its items.

    Raises:
        InvalidInputError: There are none (BATCH_EMPTY), too many (BATCH_TOO_LARGE), or an id is
            empty or given twice (BATCH_ID).
    """
    if not ids:
        raise _invalid("has no items", "BATCH_EMPTY", "Send at least one article.")
    if len(ids) > MAX_ITEMS:
        many = f"has {len(ids)} items"
        raise _invalid(many, "BATCH_TOO_LARGE", f"Send at most {MAX_ITEMS} at once.")
    seen: set[str] = set()
    for name in ids:
        if not name or name in seen:
            wrong = f"has the id {name[:80]!r} twice" if name else "has an item without an id"
            raise _invalid(wrong, "BATCH_ID", "Give each item an id of its own.")
        seen.add(name)


async def summarize_batch(
    gateway: Gateway, items: Iterable[Item], timeout_s: float
) -> AsyncGenerator[Result, None]:
    """Write a summary of each item; leaving the iterator stops the engine.

    A batch takes half of the gateway's places, so that others get theirs, and waits where
    the queue is full. An item that fails, or that time does not suffice for, harms no other.

    Args:
        gateway: Writes the summaries.
        items: What to summarize.
        timeout_s: For all of it.

    Yields:
        A result for each item, in the order in which they end.
    """
    deadline = time.monotonic() + timeout_s * _TIME_SHARE
    places = asyncio.Semaphore(max(1, gateway.concurrency // 2))

    async def work_on(item: Item) -> Result:
        if isinstance(item.assignment, GoldbriefError):
            return Result(item.id, item.assignment)
        try:
            async with places:
                return Result(item.id, await _answer(gateway, item.assignment, deadline))
        except Exception as error:  # noqa: BLE001 - it is the item's result
            return Result(item.id, expected(error))

    tasks = [asyncio.create_task(work_on(item)) for item in items]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(gateway: Gateway, assignment: Assignment, deadline: float) -> Answer:
    while True:
        try:
            return await gateway.answer(assignment, deadline - time.monotonic())
        except ResourceExhaustedError as error:
            pause_s = error.retry_after_s or _PAUSE_S
            if time.monotonic() + pause_s > deadline:
                raise
            await asyncio.sleep(pause_s)


def _invalid(problem: str, reason: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        f"The batch {problem}.", reason=reason, remedy=remedy, metadata={"field": "items"}
    )
