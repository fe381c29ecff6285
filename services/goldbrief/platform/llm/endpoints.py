"""What all calls of a process to one endpoint share: slots, a pace, retries, and its health."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from goldbrief.core.errors import ResourceExhaustedError, RestingError, TransientError

_LOG = logging.getLogger(__name__)

_LOOK_S = 1.0
"""Longest sleep of a waiting call: shares change without a word."""
_PATIENCE_S = 5.0
"""Longest wait for the end of a rest: then a worker's thread is better used elsewhere, or ended."""
_CALLS_A_RETRY = 5
_FIRST_RETRIES = 10
"""More retries than one in five calls, and ten to begin with, would multiply the load of an
endpoint that is in trouble. The SRE book ("Handling Overload") keeps clients at one in ten; here
an item that gives up comes back later anyway."""


@dataclass(frozen=True, slots=True)
class EndpointLimits:
    """What an endpoint may be asked at once, and how it is left alone when it fails."""

    in_flight: int = 64
    """Most calls at once, over all processes that share them."""
    requests_per_minute: float = 0.0
    """Most calls begun in a minute, over all processes; 0 for no limit."""
    failures: int = 10
    """Failures in a row after which the endpoint is left alone for a while."""
    first_rest_s: float = 1.0
    """Length of the first rest; doubles with each probe that fails."""
    longest_rest_s: float = 30.0


class Endpoint:
    """Turns and health of one endpoint; safe to use from several threads.

    A call waits for its turn: a free slot, and the pace. After `failures` in a row, whatever
    their kind, the endpoint rests; then one call probes it, and the others go on when that
    succeeds (a circuit breaker).

    Args:
        limits: For all processes together; this one may use them whole until `grant`.
    """

    def __init__(self, limits: EndpointLimits | None = None) -> None:
        self._limits = limits or EndpointLimits()
        self._share = 1.0
        self._changed = threading.Condition()
        self._in_flight = 0
        self._callers = 0
        self._most_callers = 0
        self._next_start = 0.0
        self._failures_in_row = 0
        self._rests_until = 0.0
        self._is_probed = False
        self._why_resting = ""
        self._calls_for_retries = _FIRST_RETRIES * _CALLS_A_RETRY

    @contextmanager
    def turn(self, longest_wait_s: float) -> Iterator[None]:
        """Wait for a turn, and learn from how the block ends.

        Args:
            longest_wait_s: For the turn.

        Yields:
            Once the call may be made.

        Raises:
            RestingError: The endpoint rests for longer than is worth waiting (LLM_RESTING).
            ResourceExhaustedError: Other calls took all turns (LLM_NO_TURN).
        """
        with self._counted():
            is_probe = self._enter(longest_wait_s)
            try:
                yield
            except (TransientError, ResourceExhaustedError) as error:
                self._leave(is_probe, error)
                raise
            except BaseException:
                self._leave(is_probe, None)  # a refusal too is an answer
                raise
            self._leave(is_probe, None)

    def has_spare_turn(self) -> bool:
        """Whether a call could begin at once, the endpoint is well, and nobody waits for a turn."""
        with self._changed:
            nobody_waits = self._callers == self._in_flight
            return nobody_waits and not self._is_suspect and not self._wait_s(time.monotonic())

    def demand(self) -> int:
        """Most calls that were in flight or waiting at once since this was last asked.

        No more than the limit: beyond it numbers go up and down, and shares would with them.
        """
        with self._changed:
            most, self._most_callers = self._most_callers, self._callers
            return min(most, self._limits.in_flight)

    def held(self) -> float:
        """Part of the limit that calls in flight take, 0 to 1."""
        with self._changed:
            return self._in_flight / self._limits.in_flight

    def grant(self, share: float) -> None:
        """Use this part of the limits from now on, 0 to 1; any part allows one call at a time."""
        with self._changed:
            self._share = share
            self._changed.notify_all()

    def may_retry(self) -> bool:
        """Take one of the retries that the calls so far have earned; False when none is left."""
        with self._changed:
            if self._calls_for_retries < _CALLS_A_RETRY:
                return False
            self._calls_for_retries -= _CALLS_A_RETRY
            return True

    @property
    def _is_suspect(self) -> bool:
        return self._failures_in_row >= self._limits.failures

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._callers += 1
            self._most_callers = max(self._most_callers, self._callers)
        try:
            yield
        finally:
            with self._changed:
                self._callers -= 1

    def _enter(self, longest_wait_s: float) -> bool:
        """Take a slot; returns whether the call is the probe of a suspect endpoint."""
        began = time.monotonic()
        with self._changed:
            while (wait_s := self._wait_s(time.monotonic())) > 0:
                waited_s = time.monotonic() - began
                if self._is_suspect and waited_s >= min(_PATIENCE_S, longest_wait_s):
                    raise self._resting()
                if waited_s >= longest_wait_s:
                    self._changed.notify()  # of the turn that woke this call, perhaps
                    raise ResourceExhaustedError(
                        "Other calls to the language model's endpoint took all turns.",
                        reason="LLM_NO_TURN",
                        remedy="Allow more calls at once or in a minute, or wait.",
                    )
                self._changed.wait(min(wait_s, _LOOK_S))
            self._in_flight += 1
            self._next_start = max(self._next_start, time.monotonic()) + self._pause_s()
            self._is_probed = self._is_suspect
            return self._is_probed

    def _wait_s(self, now: float) -> float:
        """Seconds until it is worth to look again; 0 when a call may begin."""
        if self._is_suspect:
            return _LOOK_S if self._is_probed else max(0.0, self._rests_until - now)
        if self._in_flight >= self._slots():
            return _LOOK_S
        return max(0.0, self._next_start - now)

    def _slots(self) -> int:
        """Calls that may be in flight now; none while other processes hold the whole limit."""
        return max(1, math.floor(self._limits.in_flight * self._share)) if self._share else 0

    def _pause_s(self) -> float:
        """Seconds between the beginnings of two calls."""
        pace = self._limits.requests_per_minute * self._share
        return 60 / pace if pace else 0.0

    def _leave(self, is_probe: bool, error: TransientError | ResourceExhaustedError | None) -> None:
        with self._changed:
            self._in_flight -= 1
            was_suspect = self._is_suspect
            if is_probe:
                self._is_probed = False
            if error is None:
                self._failures_in_row = 0
                most = _FIRST_RETRIES * _CALLS_A_RETRY
                self._calls_for_retries = min(most, self._calls_for_retries + 1)
            elif is_probe or not self._is_suspect:  # others began before the rest
                self._failures_in_row += 1
                if self._is_suspect:
                    self._rest(error)
            # a free slot is for one: with scores of waiting threads, waking all costs more than
            # the call
            self._changed.notify_all() if was_suspect else self._changed.notify()

    def _rest(self, error: TransientError | ResourceExhaustedError) -> None:
        doublings = min(self._failures_in_row - self._limits.failures, 16)
        rest_s = min(self._limits.longest_rest_s, self._limits.first_rest_s * 2**doublings)
        if isinstance(error, ResourceExhaustedError) and error.retry_after_s:
            rest_s = max(rest_s, error.retry_after_s)
        self._rests_until = time.monotonic() + rest_s
        self._why_resting = error.message
        _LOG.warning(
            "after %d failures in a row no call is made for %.0f s: %s",
            self._failures_in_row,
            rest_s,
            error,
        )

    def _resting(self) -> RestingError:
        return RestingError(
            f"After {self._failures_in_row} failures in a row the language model's endpoint is "
            f"left alone for a while. The last: {self._why_resting}",
            retry_after_s=max(_LOOK_S, self._rests_until - time.monotonic()),
            reason="LLM_RESTING",
            remedy="Mend the endpoint; what waits for it goes on by itself.",
        )
