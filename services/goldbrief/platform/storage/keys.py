"""What may be the key of an object, in a folder and in a bucket alike."""

from __future__ import annotations

from goldbrief.core.errors import InvalidInputError

_MOST_BYTES = 1024
"""Of a key; S3's limit."""
_MOST_PART_BYTES = 255
"""Between two slashes; the limit of file systems, and of MinIO."""


def checked_key(key: str) -> str:
    """Return a key, or the beginning of keys; raises InvalidInputError (INVALID_KEY)."""
    parts = key.split("/")
    if (
        not key.strip("/")
        or key.startswith("/")
        or any(part in (".", "..") for part in parts)
        or not key.isprintable()
        or len(key.encode()) > _MOST_BYTES
        or any(len(part.encode()) > _MOST_PART_BYTES for part in parts)
    ):
        raise InvalidInputError(f"{key[:200]!r} is not an object key.", reason="INVALID_KEY")
    return key
