"""The probe of containers, against real servers of both kinds."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from goldbrief.platform.hosting import probe
from goldbrief.platform.rpc.server import RpcServer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def probed(url: str) -> tuple[int, str]:
    """Exit code and message, of a process as bare as in a container."""
    result = subprocess.run(
        [sys.executable, "-S", str(probe.__file__), url],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert result.stdout == ""
    return result.returncode, result.stderr


@pytest.fixture
def checks() -> Iterator[tuple[str, health.HealthServicer]]:
    """A server of grpc's other implementation, and what sets its health."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"grpc://127.0.0.1:{port}", servicer
    server.stop(None).wait()


def test_a_service_of_ours_is_healthy() -> None:
    server = RpcServer("127.0.0.1", 0, [])
    port = server.start()
    try:
        assert probed(f"grpc://127.0.0.1:{port}") == (0, "")
    finally:
        server.stop()


def test_a_server_that_does_not_serve_is_not_healthy(
    checks: tuple[str, health.HealthServicer],
) -> None:
    url, servicer = checks
    servicer.set("", SERVING)
    assert probed(url) == (0, "")
    servicer.set("", NOT_SERVING)
    assert probed(url) == (1, f"{url}: not serving\n")


def test_a_grpc_server_without_health_service_is_told() -> None:
    server = grpc.server(ThreadPoolExecutor(2))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        code, message = probed(f"grpc://127.0.0.1:{port}")
    finally:
        server.stop(None).wait()
    assert code == 1
    assert "has no health service" in message


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_a_web_server_is_healthy_when_it_answers_200(status: int, code: int) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        found, message = probed(f"http://127.0.0.1:{server.server_port}/health")
    assert found == code
    assert ("HTTP/1.0" in message) == bool(code)


def test_grpc_asked_of_a_web_server_fails_with_one_line() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        code, message = probed(f"grpc://127.0.0.1:{server.server_port}")
    assert code == 1
    assert message.count("\n") == 1


@pytest.mark.parametrize("url", ["", "127.0.0.1:7700", "ftp://127.0.0.1:21", "grpc://127.0.0.1"])
def test_what_is_no_url_of_ours_shows_the_usage(url: str) -> None:
    assert probed(url)[0] == 1
    assert "usage" in probed(url)[1]
