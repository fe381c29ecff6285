"""Objects in a bucket of any S3, by the minio client."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TypeVar

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from goldbrief.core.errors import (
    AwayError,
    GoldbriefError,
    NotFoundError,
    ResourceExhaustedError,
    RestingError,
    TransientError,
)
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.storage.keys import checked_key

_FULL = ("XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded")
"""No standard names them: MinIO's and Ceph's codes."""

_READS = 3
"""How often an object is asked for whose answer breaks off in its middle; where none began, the
client's pool of connections asks again."""
_CLOCK_WAIT_S = 5.0
"""After which another machine may take what a wrong clock kept from one."""

_T = TypeVar("_T")


class S3Store:
    """An `ObjectStore` in a bucket.

    Args:
        client: Connected client; its HTTP pool sets the timeouts.
        bucket: Bucket name; made when missing.
    """

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        try:
            if not client.bucket_exists(bucket):
                client.make_bucket(bucket)
        except S3Error as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise_mapped(error, bucket)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, bucket)

    def put(self, key: str, data: bytes) -> None:
        """See ObjectStore.put; raises TransientError when the store does not answer."""
        try:
            self._client.put_object(self._bucket, checked_key(key), io.BytesIO(data), len(data))
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, key)

    def put_file(self, key: str, path: Path) -> None:
        """See ObjectStore.put_file; raises TransientError when the store does not answer."""
        try:
            self._client.fput_object(self._bucket, checked_key(key), str(path))
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, key)

    def get(self, key: str) -> bytes:
        """See ObjectStore.get."""
        try:
            return read_object(self._client, self._bucket, checked_key(key))
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, key)

    def get_file(self, key: str, path: Path) -> None:
        """See ObjectStore.get_file."""
        try:
            _whole(lambda: self._client.fget_object(self._bucket, checked_key(key), str(path)))
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, key)

    def exists(self, key: str) -> bool:
        """See ObjectStore.exists."""
        try:
            self._client.stat_object(self._bucket, checked_key(key))
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                return False
            raise_mapped(error, key)
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, key)
        return True

    def list(self, prefix: str) -> Iterator[str]:
        """See ObjectStore.list."""
        try:
            beginning = checked_key(prefix) if prefix else ""
            for entry in self._client.list_objects(self._bucket, beginning, recursive=True):
                if entry.object_name:
                    yield entry.object_name
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, prefix)

    def delete(self, key: str) -> None:
        """See ObjectStore.delete."""
        try:
            self._client.remove_object(self._bucket, checked_key(key))
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise_mapped(error, key)


def read_object(
    client: Minio, bucket: str, key: str, etag: str = "", max_bytes: int | None = None
) -> bytes:
    """Read an object, and again what breaks off in its middle.

    Args:
        client: Of the store.
        bucket: Its bucket.
        key: Its key.
        etag: What it must still have; empty takes any.
        max_bytes: Most that are read; None for all.

    Returns:
        Its bytes.
    """

    def read() -> bytes:
        headers = {"If-Match": f'"{etag}"'} if etag else None
        response = client.get_object(bucket, key, request_headers=headers)
        try:
            return bytes(response.read(max_bytes))
        finally:
            response.close()
            response.release_conn()

    return _whole(read)


def _whole(read: Callable[[], _T]) -> _T:
    for _ in range(_READS - 1):
        with suppress(urllib3.exceptions.ProtocolError):
            return read()
    return read()


def raise_mapped(error: Exception, key: str) -> NoReturn:
    """Raise what a failure of the minio client means.

    Args:
        error: The failure.
        key: What was asked for, for the message.

    Raises:
        NotFoundError: There is no such object or bucket.
        ResourceExhaustedError: The store is full.
        RestingError: This machine's clock is wrong, so that the store trusts no signature of it:
            its work waits for other machines.
        GoldbriefError: The store refused access.
        AwayError: It cannot be reached, or answers nothing but that it fails.
        TransientError: It failed otherwise.
    """
    if isinstance(error, S3Error):
        if error.code in ("NoSuchKey", "NoSuchObject", "NoSuchBucket"):
            raise NotFoundError(
                f"Object {key} does not exist.", reason="OBJECT_NOT_FOUND"
            ) from error
        if error.code in ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"):
            raise GoldbriefError(
                f"The object store refused access to {key}: {error.message}",
                reason="OBJECT_STORE_DENIED",
                remedy="Check GOLDBRIEF_S3_ACCESS_KEY, GOLDBRIEF_S3_SECRET_KEY and the clock here.",
            ) from error
        if error.code == "RequestTimeTooSkewed":
            raise RestingError(
                "The clock of this machine differs from the object store's by more than it allows.",
                retry_after_s=_CLOCK_WAIT_S,
                reason="CLOCK_WRONG",
                remedy="Set this machine's clock; let it follow a time server.",
            ) from error
        if error.code in _FULL:
            raise ResourceExhaustedError(
                f"The object store is full: {key} could not be written.",
                reason="DISK_FULL",
                remedy="Enlarge its volume or quota, then run the same command: it goes on from"
                " here.",
            ) from error
    remedy = certificate_remedy(error)
    # the pool has asked several times; but no time mends a certificate
    is_away = isinstance(error, urllib3.exceptions.MaxRetryError) and not remedy
    raise (AwayError if is_away else TransientError)(
        f"The object store failed on {key}: {error}",
        reason="OBJECT_STORE_UNAVAILABLE",
        remedy=remedy,
    ) from error
