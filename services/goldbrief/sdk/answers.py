"""What servers answer, in plain terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from goldbrief.api.common.v1 import work_pb2
from goldbrief.core.errors import TransientError

_T = TypeVar("_T")

WATCH_S = 600.0
"""Deadline of a call that streams; whoever goes on watching calls again."""


def state_of(value: int) -> str:
    """The plain name of an API state."""
    return work_pb2.State.Name(value).removeprefix("STATE_")


def until_deadline(stream: Iterator[_T]) -> Iterator[_T]:
    """Yield what a streaming call answers; that its deadline ends it is no error.

    Args:
        stream: The call's answers.

    Yields:
        The answers.

    Raises:
        TransientError: The server does not answer any more.
    """
    try:
        yield from stream
    except TransientError as error:
        if error.reason != "DEADLINE_EXCEEDED":
            raise
