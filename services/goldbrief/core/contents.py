"""Objects whose keys end in the hash of their bytes, so that damage shows."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from goldbrief.core.errors import DataCorruptionError
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.seams import ObjectStore

_READS = 3
"""A transfer that was cut is whole the next time; what is damaged where it lies stays so."""


def put_content(store: ObjectStore, folder: str, value: Any) -> str:
    """Store a JSON value; returns its key, `<folder>/<sha256>.json`."""
    data = canonical_json(value)
    key = f"{folder}/{sha256_bytes(data)}.json"
    store.put(key, data)
    return key


def get_content(store: ObjectStore, key: str) -> bytes:
    """Read an object that `put_content` stored.

    Args:
        store: Where it is.
        key: Its key.

    Returns:
        Its bytes, which are those that were stored.

    Raises:
        NotFoundError: There is none.
        DataCorruptionError: Its bytes are not what its key says, however often they are read.
    """
    for _ in range(_READS):
        data = store.get(key)
        if sha256_bytes(data) == PurePosixPath(key).stem:
            return data
    raise DataCorruptionError(
        f"Object {key} has other bytes than were stored.",
        reason="OBJECT_DAMAGED",
        remedy="Look for faults of the object store's disks, and delete the object.",
    )
