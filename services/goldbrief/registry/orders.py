"""Orders in the object store: which adapters every engine should have.

The registry writes them; beside each engine a syncer carries them out. So the registry
needs no way into the engines' folders, and an engine that starts finds what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import ValidationError

from goldbrief.core.documents import Record
from goldbrief.core.errors import DataCorruptionError
from goldbrief.core.seams import ObjectStore

_PREFIX = "served/"
_KEY = re.compile(rf"{_PREFIX}(?P<name>[A-Za-z0-9][\w.-]*--[0-9]+)\.json", re.ASCII)


class Order(Record):
    """Where an adapter's files are, and the hash of the manifest that vouches for them."""

    prefix: str
    manifest_sha256: str


def is_ordered(store: ObjectStore, served_name: str) -> bool:
    """Whether engines should have the adapter of that name."""
    return store.exists(_key(served_name))


def put_order(store: ObjectStore, served_name: str, order: Order) -> None:
    """Let every engine have an adapter."""
    store.put(_key(served_name), order.model_dump_json().encode())


def ordered_names(store: ObjectStore) -> Iterator[str]:
    """Yield the names of the adapters that engines should have; other objects are passed over."""
    for key in store.list(_PREFIX):
        match = _KEY.fullmatch(key)
        if match is not None:
            yield match["name"]


def read_order(store: ObjectStore, served_name: str) -> Order:
    """Read an order; raises DataCorruptionError."""
    try:
        return Order.model_validate_json(store.get(_key(served_name)))
    except ValidationError as error:
        raise DataCorruptionError(
            f"The order {_key(served_name)} cannot be read: {error}",
            reason="ORDER_CORRUPT",
            remedy="Delete it, then deliver the version again.",
        ) from error


def _key(served_name: str) -> str:
    return f"{_PREFIX}{served_name}.json"
