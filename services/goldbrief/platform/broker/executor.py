"""The threads that do what messages ask for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from goldbrief.core.errors import GoldbriefError

_log = logging.getLogger(__name__)

_LOOK_S = 0.5
"""Between two looks of one who waits for a free thread whether the end has come."""


class BoundedExecutor:
    """Threads for which one waits: nothing is taken in before one is free.

    So messages stay in the broker, where other workers find them.

    Args:
        threads: How many.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="stage")
        self._free = threading.Semaphore(threads)
        self._closing = threading.Event()

    def hand_over(self, do: Callable[[str], None], argument: str) -> bool:
        """Wait for a free thread and have it call `do`; False when `close` came first."""
        while not self._free.acquire(timeout=_LOOK_S):
            if self._closing.is_set():
                return False
        try:
            self._pool.submit(self._do, do, argument)
        except RuntimeError:  # it is closed
            return False
        return True

    def close(self) -> None:
        """Take nothing more in, and wait for what was."""
        self._closing.set()
        self._pool.shutdown()

    def _do(self, do: Callable[[str], None], argument: str) -> None:
        try:
            do(argument)
        except GoldbriefError as error:
            _log.warning("the message %s is left to the sweeper: %s", argument, error)
        except Exception:  # noqa: BLE001 - the thread has others to serve
            _log.exception("the message %s failed", argument)
        finally:
            self._free.release()
