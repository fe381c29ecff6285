"""Turns at the engine: several summaries at once, but of one system only."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable


class Turns:
    """Shares the engine out so that latencies compare.

    The summaries of one system may be written together, as a server under load writes
    them; those of two systems never, since each would slow the other down.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holder: Hashable = None
        self._active = 0

    def take(self, holder: Hashable, most: int, patience_s: float) -> bool:
        """Wait for a turn.

        Args:
            holder: Who generates: an evaluation's system.
            most: Turns that it may have at once.
            patience_s: Seconds to wait at most.

        Returns:
            Whether a turn was had; give it back after use.
        """
        deadline = time.monotonic() + patience_s
        with self._changed:
            while self._active and (self._holder != holder or self._active >= most):
                if not self._changed.wait(deadline - time.monotonic()):
                    return False
            self._holder = holder
            self._active += 1
            return True

    def give_back(self) -> None:
        """End a turn."""
        with self._changed:
            self._active -= 1
            self._changed.notify_all()
