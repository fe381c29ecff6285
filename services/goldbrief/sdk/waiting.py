"""Waiting for the end of long work."""

from __future__ import annotations

import time
from typing import Protocol

from goldbrief.api.common.v1 import work_pb2
from goldbrief.core.errors import GoldbriefError
from goldbrief.sdk.answers import state_of

_LOOK_S = 1.0


class FinetuningFailedError(GoldbriefError):
    """A run or sweep ended without a result; the message is its cause."""

    default_reason = "FINETUNING_FAILED"


class LongWork(Protocol):
    """What can be waited for."""

    @property
    def work(self) -> work_pb2.Work:
        """The head of the resource, as it was when last looked at."""

    def refresh(self) -> object:
        """Look again."""


def wait_for_success(resource: LongWork, timeout_s: float) -> None:
    """Wait for the end of long work.

    Args:
        resource: The work.
        timeout_s: Longest wait, in seconds.

    Raises:
        FinetuningFailedError: It failed or was cancelled.
        TimeoutError: It has not ended in time; it goes on.
    """
    deadline = time.monotonic() + timeout_s
    resource.refresh()
    while not resource.work.HasField("end_time"):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{resource.work.id} has not ended after {timeout_s:g} s.")
        time.sleep(_LOOK_S)
        resource.refresh()
    state = state_of(resource.work.state)
    if state != "SUCCEEDED":
        cause = resource.work.cause
        raise FinetuningFailedError(
            f"{resource.work.id} {state.lower()}: {cause.message or 'on request'}",
            reason=cause.reason or state,
            remedy=cause.remedy,
        )
