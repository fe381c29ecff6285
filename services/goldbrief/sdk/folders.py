"""Folders that exports write: complete, or not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from goldbrief.core.errors import AlreadyExistsError


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Write a folder that appears when all is written.

    Args:
        folder: Does not exist yet, or is empty.

    Yields:
        Where to write.

    Raises:
        AlreadyExistsError: The folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AlreadyExistsError(
            f"{folder} already holds something.", remedy="Name a folder that is empty or new."
        )
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        part = Path(beside, folder.name)
        part.mkdir()
        yield part
        part.rename(folder)
