"""How often one client may ask: a bucket that fills up again with time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from goldbrief.core.errors import ResourceExhaustedError

_MOST_CLIENTS = 10_000


class RateLimit:
    """Counts what each client asks for.

    Args:
        most: Requests at once.
        per_minute: Requests that come back in a minute.
        clock: Seconds.
    """

    def __init__(
        self, most: int, per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = float(most)
        self._per_s = per_minute / 60
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Count a request; raises ResourceExhaustedError with the seconds until the next."""
        now = self._clock()
        with self._lock:
            if len(self._left) >= _MOST_CLIENTS:
                self._left = {
                    name: at for name, at in self._left.items() if not self._full(at, now)
                }
            left, since = self._left.get(client, (self._most, now))
            left = min(self._most, left + (now - since) * self._per_s)
            self._left[client] = (max(0.0, left - 1), now)
        if left < 1:
            raise ResourceExhaustedError(
                "That were too many requests.",
                reason="RATE_LIMITED",
                remedy="Wait a moment, then try again: nothing is lost.",
                retry_after_s=(1 - left) / self._per_s,
            )

    def give_back(self, client: str) -> None:
        """Take a request out of the count again."""
        with self._lock:
            left, since = self._left.get(client, (self._most, 0.0))
            self._left[client] = (min(self._most, left + 1), since)

    def _full(self, at: tuple[float, float], now: float) -> bool:
        left, since = at
        return left + (now - since) * self._per_s >= self._most
