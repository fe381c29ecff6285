"""Servers speak TLS where settings name a certificate, and refuse one that cannot be used."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.settings import Settings
from goldbrief.platform.rpc.channel import connect, connect_async
from goldbrief.platform.rpc.server import RpcServer
from goldbrief.platform.tls import tls_files
from goldbrief.platform.web.server import HttpServer, listen

from .certificates import write_certificate


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "server.pem"
    write_certificate(path, datetime.now(UTC) + timedelta(days=1))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def settings(certificate: object = "", key: object = "") -> Settings:
    return Settings(tls_certificate=str(certificate), tls_key=str(key))


def test_rpcs_over_tls(pem: Path) -> None:
    server = RpcServer("127.0.0.1", 0, [], tls=tls_files(settings(pem, pem)))
    address = f"https://127.0.0.1:{server.start()}"
    ask = health_pb2.HealthCheckRequest()

    async def ask_async() -> Any:
        async with connect_async(address) as channel:
            return await health_pb2_grpc.HealthStub(channel).Check(ask, timeout=20)

    try:
        with connect(address) as channel:
            assert health_pb2_grpc.HealthStub(channel).Check(ask, timeout=20).status == 1
        assert asyncio.run(ask_async()).status == 1
    finally:
        server.stop()


def test_http_over_tls(pem: Path) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    server = HttpServer(app, listen("127.0.0.1", 0, ""), 1.0, tls_files(settings(pem, pem)))
    server.start()
    try:
        assert server.url.startswith("https://")
        assert httpx.get(server.url, verify=str(pem), trust_env=False).status_code == 204
    finally:
        server.stop()


def test_without_settings_there_is_no_tls() -> None:
    assert tls_files(settings()) is None


def test_what_cannot_be_used_is_said_at_the_start(pem: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    write_certificate(other, datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(InvalidInputError, match="only one is set"):
        tls_files(settings(pem))
    with pytest.raises(FailedPreconditionError, match=r"nothing\.pem"):
        tls_files(settings(pem, tmp_path / "nothing.pem"))
    with pytest.raises(FailedPreconditionError, match=r"(?i)key.values.mismatch"):
        tls_files(settings(pem, other))
