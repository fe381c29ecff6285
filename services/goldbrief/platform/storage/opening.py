"""Choosing the object store from settings."""

from __future__ import annotations

from pathlib import Path

import urllib3
from minio import Minio

from goldbrief.core.egress import require_allowed
from goldbrief.core.seams import ObjectStore
from goldbrief.core.settings import Settings
from goldbrief.platform.storage.directory import DirectoryStore
from goldbrief.platform.storage.s3 import S3Store

_CONNECT_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 60.0
_CONNECTIONS_KEPT = 128
"""More than a worker has threads: each that is not kept is made anew."""


def open_store(settings: Settings) -> ObjectStore:
    """Open the store that `settings.objects` names.

    Args:
        settings: Gives a folder, or `s3://bucket` and the endpoint with its keys.

    Returns:
        A store that is safe to use from several threads.

    Raises:
        PermissionDeniedError: Text may not be sent to the endpoint (see `core.egress`).
    """
    location = settings.resolved_objects
    if not location.startswith("s3://"):
        return DirectoryStore(Path(location))
    return S3Store(connect(settings), location.removeprefix("s3://").strip("/"))


def connect(settings: Settings) -> Minio:
    """Make a client of the S3 endpoint that the settings name, where text may be sent there."""
    require_allowed(settings.s3_endpoint, "the object store")
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT_TIMEOUT_S, read=_READ_TIMEOUT_S),
        retries=urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        maxsize=_CONNECTIONS_KEPT,
    )
    return Minio(
        endpoint=settings.s3_endpoint,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        secure=settings.s3_secure,
        http_client=pool,
    )
