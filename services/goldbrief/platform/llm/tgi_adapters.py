"""The adapters that every pod of TGI was started with, where the registry sees to that.

TGI cannot be asked. So who starts its pods puts an object for each adapter that all of them have,
and takes it away before they lose it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from goldbrief.core.seams import ObjectStore

_PREFIX = "tgi-adapters/"
_FRESH_S = 1.0


class StoredAdapters:
    """Names of the adapters in the object store, as of a second ago.

    Args:
        store: Holds them.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._names: frozenset[str] = frozenset()
        self._read_at = -_FRESH_S

    def __contains__(self, name: object) -> bool:
        return name in self._read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def replace(self, names: frozenset[str]) -> None:
        """Make these the adapters that all pods have."""
        known = set(self._store.list(_PREFIX))
        keys = {_PREFIX + name for name in names}
        for key in known - keys:
            self._store.delete(key)
        for key in keys - known:
            self._store.put(key, b"{}")
        self._names, self._read_at = names, time.monotonic()

    def _read(self) -> frozenset[str]:
        if time.monotonic() - self._read_at >= _FRESH_S:
            self._names = frozenset(key.removeprefix(_PREFIX) for key in self._store.list(_PREFIX))
            self._read_at = time.monotonic()
        return self._names
