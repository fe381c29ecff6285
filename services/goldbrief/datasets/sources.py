"""Where articles come from beside uploads: web pages and objects of S3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.datasets.decoding import to_utf8
from goldbrief.platform.fetching import FetchedPage, Fetcher
from goldbrief.platform.storage import Buckets

S3 = "s3://"
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
}
_TELLING_NOTHING = ("", "application/octet-stream", "binary/octet-stream", "application/gzip")


class Source(NamedTuple):
    """A file to import."""

    name: str
    """As the user knows it."""
    sha256: str = ""
    """Of its upload; empty when it is fetched."""
    uri: str = ""
    """Where it is fetched from: a web address, or `s3://bucket/key#etag`."""


@dataclass(frozen=True, slots=True)
class Content:
    """What was fetched."""

    data: bytes
    suffix: str
    """Of a file of its type, such as `.html`."""

    @property
    def sha256(self) -> str:
        """Of the bytes: what they are stored under."""
        return sha256_bytes(self.data)


class Sources:
    """Reads sources.

    Args:
        fetcher: Of web pages.
        buckets: Of S3.
        max_bytes: Largest object of S3.
    """

    def __init__(self, fetcher: Fetcher, buckets: Buckets, max_bytes: int) -> None:
        self._fetcher = fetcher
        self._buckets = buckets
        self._max_bytes = max_bytes

    def list(self, uri: str) -> Iterator[Source]:
        """List the objects below a prefix.

        Args:
            uri: `s3://bucket` or `s3://bucket/prefix`.

        Yields:
            A source an object, by key; hidden ones, whose names begin with a dot, are left out.

        Raises:
            InvalidInputError: It is no such address.
            NotFoundError: There is no such bucket.
        """
        bucket, prefix = _parts(uri)
        for found in self._buckets.list(bucket, prefix):
            name = found.key.removeprefix(prefix).lstrip("/") or found.key
            if not PurePosixPath(name).name.startswith(".") and not found.key.endswith("/"):
                yield Source(name, uri=f"{S3}{bucket}/{found.key}#{found.etag}")

    def read(self, uri: str) -> Content:
        """Fetch a source.

        Args:
            uri: See `Source.uri`.

        Returns:
            Its bytes and type.

        Raises:
            InvalidInputError: It may not be fetched, or is of no type that is read.
            NotFoundError: It is gone.
            TransientError: It cannot be reached now.
        """
        if not uri.startswith(S3):
            return _page_content(self._fetcher.fetch(uri))
        where, _, etag = uri.rpartition("#")
        bucket, key = _parts(where)
        return Content(self._buckets.read(bucket, key, etag, self._max_bytes), _suffix(key))


def _parts(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix(S3).partition("/")
    if not uri.startswith(S3) or not bucket:
        raise InvalidInputError(
            f"{uri} is no address like s3://bucket/prefix.", reason="INVALID_SOURCE"
        )
    return bucket, key


def _suffix(path: str) -> str:
    """All suffixes that tell a type, such as `.jsonl.gz`."""
    name = PurePosixPath(path.lower())
    return "".join(name.suffixes[-2:]) if name.suffix == ".gz" else name.suffix


def _page_content(page: FetchedPage) -> Content:
    suffix = _TYPES.get(page.content_type)
    path = urlsplit(page.url).path
    if page.content_type == "text/plain" and _suffix(path) in (".md", ".markdown", ".jsonl"):
        suffix = _suffix(path)
    if page.content_type in _TELLING_NOTHING:
        suffix = _suffix(path)
    if not suffix:
        raise InvalidInputError(
            f"the server calls it {page.content_type or 'nothing'}, which is not read",
            reason="UNSUPPORTED_TYPE",
        )
    is_text = suffix not in (".pdf", ".docx", ".jsonl.gz")
    return Content(to_utf8(page.data, page.charset) if is_text else page.data, suffix)
