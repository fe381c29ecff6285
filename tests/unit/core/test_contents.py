"""What is stored under its hash is read as it was stored, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.core.contents import get_content, put_content
from goldbrief.core.errors import DataCorruptionError
from goldbrief.platform.storage import DirectoryStore


class CuttingStore(DirectoryStore):
    """Gives half of an object for so many reads."""

    def __init__(self, root: Path, cuts: int) -> None:
        super().__init__(root)
        self._cuts = cuts

    def get(self, key: str) -> bytes:
        data = super().get(key)
        self._cuts -= 1
        return data[: len(data) // 2] if self._cuts >= 0 else data


def test_the_same_value_has_the_same_key(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    keys = {put_content(store, "effects", value) for value in ({"a": 1, "b": 2}, {"b": 2, "a": 1})}
    assert len(keys) == 1
    assert get_content(store, keys.pop()) == b'{"a":1,"b":2}'


def test_a_transfer_that_was_cut_is_read_again(tmp_path: Path) -> None:
    store = CuttingStore(tmp_path, cuts=1)
    assert get_content(store, put_content(store, "effects", "an answer")) == b'"an answer"'


def test_what_stays_damaged_is_refused_and_named(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    key = put_content(store, "effects", "an answer")
    store.put(key, b'"another"')
    with pytest.raises(DataCorruptionError, match=key):
        get_content(store, key)
