"""One API server for all tests that need one."""

from collections.abc import Iterator

import pytest

from .api_server import ApiServer, api_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """One server for all tests."""
    with api_server(tmp_path_factory.mktemp("api-server")) as found:
        yield found
