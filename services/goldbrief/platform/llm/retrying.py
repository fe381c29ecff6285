"""Trying again: full jitter, a deadline over all attempts, and the server's own wish."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from goldbrief.core.errors import (
    GoldbriefError,
    ResourceExhaustedError,
    RestingError,
    TransientError,
)

_T = TypeVar("_T")

FINAL_REASONS = frozenset({"LLM_QUOTA"})
"""Reasons that no waiting cures."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to try.

    Waits are drawn evenly between 0 and a bound that doubles, so that clients that were
    refused together do not come back together.
    """

    attempts: int = 5
    first_s: float = 0.5
    """Bound of the first wait."""
    longest_s: float = 20.0
    """Bound that the doubling stops at; a server's Retry-After may be longer."""
    deadline_s: float = 600.0
    """For all attempts and waits together."""


def retry(
    policy: RetryPolicy,
    attempt: Callable[[float], _T],
    may_retry: Callable[[], bool] = lambda: True,
) -> _T:
    """Call `attempt` until it succeeds or trying again is pointless.

    Args:
        policy: When to give up.
        attempt: Called with the seconds left until the deadline.
        may_retry: Asked before each further attempt; False gives up.

    Returns:
        What the first successful attempt returned.

    Raises:
        TransientError: The last attempt's, or any that leaves no time or retry for another.
        ResourceExhaustedError: Likewise.
    """
    deadline = time.monotonic() + policy.deadline_s
    for number in range(1, policy.attempts + 1):
        try:
            return attempt(deadline - time.monotonic())
        except (TransientError, ResourceExhaustedError) as error:
            wait = _wait(policy, number, error)
            out_of_time = time.monotonic() + wait >= deadline
            if number == policy.attempts or out_of_time or _is_final(error) or not may_retry():
                raise
        time.sleep(wait)
    raise AssertionError("a policy has at least one attempt")


def _is_final(error: GoldbriefError) -> bool:
    return error.reason in FINAL_REASONS or isinstance(error, RestingError)


def _wait(
    policy: RetryPolicy, number: int, error: TransientError | ResourceExhaustedError
) -> float:
    jitter = random.uniform(0, min(policy.longest_s, policy.first_s * 2 ** (number - 1)))
    asked = error.retry_after_s if isinstance(error, ResourceExhaustedError) else None
    return jitter if asked is None else asked + jitter
