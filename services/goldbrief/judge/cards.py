"""Where judge cards are kept: in the object store, the newest of a judge version last."""

from __future__ import annotations

import threading
import time

from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.seams import ObjectStore

_FOLDER = "judge-cards"
_LOOK_EVERY_S = 30.0
"""A judgment should not cost a listing of the store; a new card is noticed within this time."""


class CardShelf:
    """Keeps and finds judge cards; safe to use from several threads.

    Args:
        store: The object store.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, tuple[str, JudgeCard] | None]] = {}

    def put(self, card: JudgeCard) -> str:
        """Keep a card; returns its key."""
        data = canonical_json(card.model_dump(mode="json"))
        name = f"{card.created}-{sha256_bytes(data)[:8]}.json"
        key = f"{_FOLDER}/{card.version}/cards/{name}"
        self._store.put(key, data)
        with self._lock:
            self._found.pop(card.version, None)
        return key

    def newest(self, version: str) -> tuple[str, JudgeCard] | None:
        """The newest card of a judge version and its key; None when it has none."""
        with self._lock:
            looked, found = self._found.get(version, (float("-inf"), None))
        if time.monotonic() - looked < _LOOK_EVERY_S:
            return found
        keys = list(self._store.list(f"{_FOLDER}/{version}/cards/"))
        found = None
        if keys:
            found = keys[-1], JudgeCard.model_validate_json(self._store.get(keys[-1]))
        with self._lock:
            self._found[version] = time.monotonic(), found
        return found
