"""Objects as files under one folder."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from goldbrief.core.errors import InvalidInputError, NotFoundError, ResourceExhaustedError
from goldbrief.platform.storage.keys import checked_key


class DirectoryStore:
    """An `ObjectStore` in a folder: write to a temporary file, sync, rename.

    Args:
        root: The folder; made when missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._partial = root / ".partial"
        self._partial.mkdir(parents=True, exist_ok=True)

    def put(self, key: str, data: bytes) -> None:
        """See ObjectStore.put; raises ResourceExhaustedError when the disk is full."""
        self._write(key, lambda file: file.write(data))

    def put_file(self, key: str, path: Path) -> None:
        """See ObjectStore.put_file; raises ResourceExhaustedError when the disk is full."""
        with path.open("rb") as source:
            self._write(key, lambda file: shutil.copyfileobj(source, file))

    def get(self, key: str) -> bytes:
        """See ObjectStore.get."""
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError):
            raise _missing(key) from None

    def get_file(self, key: str, path: Path) -> None:
        """See ObjectStore.get_file."""
        try:
            shutil.copyfile(self._path(key), path)
        except FileNotFoundError:
            raise _missing(key) from None

    def exists(self, key: str) -> bool:
        """See ObjectStore.exists."""
        return self._path(key).is_file()

    def list(self, prefix: str) -> Iterator[str]:
        """See ObjectStore.list."""
        folder = self.root / (checked_key(prefix).rpartition("/")[0] if prefix else "")
        keys = (
            path.relative_to(self.root).as_posix()
            for path in folder.rglob("*")
            if path.is_file() and self._partial not in path.parents
        )
        yield from sorted(key for key in keys if key.startswith(prefix))

    def delete(self, key: str) -> None:
        """See ObjectStore.delete."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(checked_key(key)).parts
        if parts[0] == self._partial.name:
            raise InvalidInputError(f"{key!r} is not an object key.", reason="INVALID_KEY")
        return self.root.joinpath(*parts)

    def _write(self, key: str, fill: Callable[[IO[bytes]], object]) -> None:
        target = self._path(key)
        partial = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._partial, delete=False) as file:
                partial = Path(file.name)
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            if partial is not None:
                partial.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise ResourceExhaustedError(
                    f"The disk of {self.root} is full: {key} could not be written.",
                    reason="DISK_FULL",
                    remedy="Free some space, then run the same command: it goes on from here.",
                ) from error
            raise


def _missing(key: str) -> NotFoundError:
    return NotFoundError(f"Object {key} does not exist.", reason="OBJECT_NOT_FOUND")
