"""Real servers, one of each for the session; a missing program skips its tests loudly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.testing import servers


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Redis."""
    yield from _served(servers.redis_server, tmp_path_factory.mktemp("redis"))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL."""
    yield from _served(servers.postgres_server, tmp_path_factory.mktemp("postgres"))


@pytest.fixture(scope="session")
def minio_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a real MinIO."""
    yield from _served(servers.minio_server, tmp_path_factory.mktemp("minio"))


def _served(start: object, folder: Path) -> Iterator[str]:
    try:
        with start(folder) as url:  # type: ignore[operator]
            yield url
    except servers.ServerMissingError as error:
        pytest.skip(str(error))
