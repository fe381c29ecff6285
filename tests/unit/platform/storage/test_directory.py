import errno
import os
from pathlib import Path

import pytest

from goldbrief.core.errors import InvalidInputError, NotFoundError, ResourceExhaustedError
from goldbrief.platform.storage import DirectoryStore


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "objects")


def test_what_is_put_can_be_got_listed_and_deleted(store: DirectoryStore) -> None:
    store.put("a/b/2.json", b"two")
    store.put("a/b/1.json", b"one")
    store.put("a/c.json", b"three")
    assert list(store.list("a/b/")) == ["a/b/1.json", "a/b/2.json"]
    assert list(store.list("a/")) == ["a/b/1.json", "a/b/2.json", "a/c.json"]
    assert store.get("a/b/1.json") == b"one"
    store.delete("a/b/1.json")
    assert not store.exists("a/b/1.json")
    with pytest.raises(NotFoundError):
        store.get("a/b/1.json")


@pytest.mark.parametrize(
    "key",
    [
        "../x", "/etc/passwd", "a/../../x", "./a", "", ".partial/x", "a\0", "a\n", "x" * 256,
        "x/" * 600,
    ],
    ids=lambda key: repr(key)[:20],
)  # fmt: skip
def test_a_key_cannot_leave_the_folder_nor_be_what_no_file_can(
    store: DirectoryStore, key: str
) -> None:
    for use in (lambda: store.put(key, b""), lambda: store.get(key), lambda: store.exists(key)):
        with pytest.raises(InvalidInputError):
            use()


@pytest.mark.parametrize("prefix", ["../", "/etc/", "a/../../", "a\0"])
def test_nothing_outside_of_the_folder_is_listed(store: DirectoryStore, prefix: str) -> None:
    (store.root.parent / "secret").touch()
    with pytest.raises(InvalidInputError):
        list(store.list(prefix))


def test_a_full_disk_says_so_and_leaves_nothing_behind(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(ResourceExhaustedError, match="full"):
        store.put("a", b"data")
    assert list(store.list("")) == []
    assert not any((store.root / ".partial").iterdir())
