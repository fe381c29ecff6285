"""Buckets of users, read only: where articles may lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.settings import Settings
from goldbrief.platform.storage.opening import connect
from goldbrief.platform.storage.s3 import raise_mapped, read_object


@dataclass(frozen=True, slots=True)
class BucketObject:
    """An object of a bucket."""

    key: str
    etag: str
    """Changes with its bytes."""
    size: int
    """In bytes."""


class Buckets:
    """The buckets that the keys in the settings may read.

    Args:
        settings: Name the endpoint and its keys.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def list(self, bucket: str, prefix: str) -> Iterator[BucketObject]:
        """List the objects below a prefix, by key; raises NotFoundError, TransientError."""
        try:
            for entry in self._client.list_objects(bucket, prefix=prefix, recursive=True):
                if entry.object_name and not entry.is_dir:
                    etag = (entry.etag or "").strip('"')
                    yield BucketObject(entry.object_name, etag, entry.size or 0)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, f"s3://{bucket}/{prefix}")

    def read(self, bucket: str, key: str, etag: str, max_bytes: int) -> bytes:
        """Read an object.

        Args:
            bucket: Its bucket.
            key: Its key.
            etag: As it was listed; other bytes are not taken for it.
            max_bytes: Most that are read.

        Returns:
            Its bytes; one more than `max_bytes` when there are more.

        Raises:
            InvalidInputError: It has changed since.
            NotFoundError: It is gone.
            TransientError: The store does not answer.
        """
        where = f"s3://{bucket}/{key}"
        try:
            return read_object(self._client, bucket, key, etag, max_bytes + 1)
        except S3Error as error:
            if error.code == "PreconditionFailed":
                raise InvalidInputError(
                    "it has changed since it was listed", reason="SOURCE_CHANGED"
                ) from error
            raise_mapped(error, where)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, where)

    @cached_property
    def _client(self) -> Minio:
        if not self._settings.s3_endpoint:
            raise FailedPreconditionError(
                "Articles cannot be read from S3: the server knows no S3 endpoint.",
                reason="S3_NOT_CONFIGURED",
                remedy="Set GOLDBRIEF_S3_ENDPOINT, GOLDBRIEF_S3_ACCESS_KEY and"
                " GOLDBRIEF_S3_SECRET_KEY where the services run.",
            )
        return connect(self._settings)
