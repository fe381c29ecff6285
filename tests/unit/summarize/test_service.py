"""The service as a process starts it."""

import grpc
import httpx
import pytest

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import RpcServer
from goldbrief.summarize.service import build
from goldbrief.testing.servers import free_port


@pytest.fixture
def port(monkeypatch):
    port = free_port()
    monkeypatch.setenv("GOLDBRIEF_SUMMARIZE_HTTP_PORT", str(port))
    return port


@pytest.fixture
def start(tmp_path, port):
    resources = Resources(Settings(home=tmp_path))
    servers = []

    def start():
        servers.append(RpcServer("127.0.0.1", 0, [build(resources)], grace_s=1.0))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()
    resources.close()


def test_it_answers_json_beside_its_rpcs_on_a_port_of_its_own(start, port):
    assert start() != port
    assert httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200


def test_a_taken_port_stops_the_start_and_is_named_with_its_setting(start, port):
    first = start()
    with pytest.raises(FailedPreconditionError) as caught:
        start()
    assert caught.value.reason == "PORT_IN_USE"
    assert str(port) in caught.value.message
    assert "GOLDBRIEF_SUMMARIZE_HTTP_PORT" in caught.value.remedy
    with grpc.insecure_channel(f"127.0.0.1:{first}") as channel:
        grpc.channel_ready_future(channel).result(5)


def test_a_wrong_setting_is_named_with_what_it_may_be(start, monkeypatch):
    monkeypatch.setenv("GOLDBRIEF_SUMMARIZE_FIGURE_POLICY", "ignore")
    with pytest.raises(InvalidInputError) as caught:
        start()
    assert "GOLDBRIEF_SUMMARIZE_FIGURE_POLICY" in caught.value.message
    assert "'withhold'" in caught.value.message
