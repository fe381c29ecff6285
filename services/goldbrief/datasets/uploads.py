"""Uploaded files, stored once under the hash of their bytes."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.object_keys import upload_key
from goldbrief.core.seams import ObjectStore

MAX_BYTES = 1024 * 1024 * 1024
"""Largest file: training data of 100,000 rows of 4,000 tokens, compressed, are about as large."""
MAX_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file."""

    sha256: str
    size: int
    """In bytes."""


def store_upload(store: ObjectStore, name: str, chunks: Iterable[bytes]) -> Upload:
    """Store a file as it arrives, without holding it in memory.

    Args:
        store: Where to.
        name: File name, for messages.
        chunks: Its bytes in order.

    Returns:
        Its hash and size; the same bytes are stored once.

    Raises:
        InvalidInputError: It or a chunk of it is too large. An empty file is stored: the
            import rejects it by name, and the other files go on.
    """
    digest = hashlib.sha256()
    size = 0
    with tempfile.TemporaryDirectory(prefix="goldbrief-upload-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                _check_size(name, len(chunk), size)
                digest.update(chunk)
                file.write(chunk)
        key = upload_key(digest.hexdigest())
        if not store.exists(key):
            store.put_file(key, path)
    return Upload(digest.hexdigest(), size)


def _check_size(name: str, chunk: int, size: int) -> None:
    if chunk > MAX_CHUNK_BYTES:
        raise InvalidInputError(
            f"{name} was sent in chunks of over {MAX_CHUNK_BYTES >> 20} MiB.",
            reason="CHUNK_TOO_LARGE",
            remedy="Send smaller chunks.",
        )
    if size > MAX_BYTES:
        raise InvalidInputError(
            f"{name} is over {MAX_BYTES >> 20} MiB.",
            reason="FILE_TOO_LARGE",
            remedy="Split it, or compress JSONL as .jsonl.gz.",
        )
