"""An object store that is waited for: minutes without it must not cost hours of training."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from goldbrief.core.errors import TransientError
from goldbrief.core.seams import ObjectStore
from goldbrief_training.interruption import Interruption

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

PATIENCE_S = 300.0
"""How long a call is tried again. A GPU waits meanwhile, so that after longer the process leaves
(exit code 75) and its launcher starts it again without counting."""
_PAUSE_S = 2.0


class PatientStore:
    """Tries calls again while the store behind it does not answer.

    Args:
        store: The store.
        interruption: Ends the waiting, too.
        patience_s: How long a call is tried, in seconds.
    """

    def __init__(
        self, store: ObjectStore, interruption: Interruption, patience_s: float = PATIENCE_S
    ) -> None:
        self._store = store
        self._interruption = interruption
        self._patience_s = patience_s

    def put(self, key: str, data: bytes) -> None:
        """See ObjectStore.put; raises TransientError when the patience is at its end."""
        self._tried(lambda: self._store.put(key, data))

    def get(self, key: str) -> bytes:
        """See ObjectStore.get."""
        return self._tried(lambda: self._store.get(key))

    def exists(self, key: str) -> bool:
        """See ObjectStore.exists."""
        return self._tried(lambda: self._store.exists(key))

    def list(self, prefix: str) -> Iterator[str]:
        """See ObjectStore.list; the keys are read before the first is given."""
        yield from self._tried(lambda: [*self._store.list(prefix)])

    def put_file(self, key: str, path: Path) -> None:
        """See ObjectStore.put_file."""
        self._tried(lambda: self._store.put_file(key, path))

    def get_file(self, key: str, path: Path) -> None:
        """See ObjectStore.get_file."""
        self._tried(lambda: self._store.get_file(key, path))

    def delete(self, key: str) -> None:
        """See ObjectStore.delete."""
        self._tried(lambda: self._store.delete(key))

    def _tried(self, call: Callable[[], _T]) -> _T:
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return call()
            except TransientError as error:
                if time.monotonic() >= deadline or self._interruption.requested:
                    raise
                _log.warning("%s Trying again.", error)
                time.sleep(_PAUSE_S)
