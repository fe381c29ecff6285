"""Every RPC wants a token with its scope, over a real server; so does every connection of ours."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.core.access import (
    SCOPES,
    TokenEntry,
    current_principal,
    new_token,
    required_scope,
    token_hash,
    write_tokens,
)
from goldbrief.core.errors import NotFoundError, PermissionDeniedError, UnauthenticatedError
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.rpc.channel import connect, connect_async
from goldbrief.platform.rpc.server import RpcServer, Service

API = Path(__file__).parents[4] / "services" / "goldbrief" / "api"
ROOMS = sorted(
    path.parent.parent.name
    for path in API.glob("*/v1/*_pb2_grpc.py")
    if path.parent.parent.name != "common"
)
TOKENS = {scope: new_token() for scope in SCOPES}
EXPIRED = new_token()
REFUSED = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


def who_calls(*_: Any) -> judge_pb2.GetJudgeResponse:
    return judge_pb2.GetJudgeResponse(judge=current_principal.get().name)


def refuse(*_: Any) -> None:
    raise NotFoundError("Nothing is here.")


def stream(*_: Any) -> Iterator[None]:
    yield from ()


def services_of(room: str) -> Iterator[tuple[Any, Service]]:
    """The services of a room with servicers that do nothing."""
    messages = importlib.import_module(f"goldbrief.api.{room}.v1.{room}_pb2")
    stubs = importlib.import_module(f"goldbrief.api.{room}.v1.{room}_pb2_grpc")
    for name, described in messages.DESCRIPTOR.services_by_name.items():
        base = getattr(stubs, f"{name}Servicer")
        idle = {rpc.name: stream if rpc.server_streaming else refuse for rpc in described.methods}
        servicer = type(
            name, (base,), idle | ({"GetJudge": who_calls} if room == "judge" else {})
        )()
        add = getattr(stubs, f"add_{name}Servicer_to_server")
        yield described, Service(described.full_name, lambda it, a=add, s=servicer: a(s, it))  # type: ignore[misc]


DESCRIBED = [described for room in ROOMS for described, _ in services_of(room)]
METHODS = [f"/{one.full_name}/{rpc.name}" for one in DESCRIBED for rpc in one.methods]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    entries = [
        TokenEntry(name=scope, sha256=token_hash(token), scopes=(scope,))
        for scope, token in TOKENS.items()
    ]
    past = datetime.now(UTC) - timedelta(seconds=1)
    entries.append(
        TokenEntry(name="old", sha256=token_hash(EXPIRED), scopes=("admin",), expires=past)
    )
    file = tmp_path_factory.mktemp("access") / "tokens.yaml"
    file.write_text(write_tokens(entries))
    services = [service for room in ROOMS for _, service in services_of(room)]
    server = RpcServer("127.0.0.1", 0, services, doorkeeper=Doorkeeper(file))
    yield f"127.0.0.1:{server.start()}"
    server.stop()


def code(address: str, method: str, authorization: str = "") -> grpc.StatusCode:
    """How a call with an empty message ends."""
    metadata = [("authorization", authorization)] if authorization else []
    with grpc.insecure_channel(address) as channel:
        calls = channel.unary_stream(method)(b"", timeout=20, metadata=metadata)
        try:
            list(calls)
        except grpc.RpcError as error:
            ended: grpc.StatusCode = error.code()
            return ended
    return grpc.StatusCode.OK


def test_there_are_rpcs_of_all_services() -> None:
    assert len(DESCRIBED) >= 8
    assert len(METHODS) >= 50


@pytest.mark.parametrize("method", METHODS)
def test_an_rpc_wants_a_token_with_its_scope(address: str, method: str) -> None:
    assert code(address, method) == grpc.StatusCode.UNAUTHENTICATED
    for wrong in ("Bearer gb_wrong", f"Bearer {EXPIRED}", f"Basic {TOKENS['admin']}", "Bearer"):
        assert code(address, method, wrong) == grpc.StatusCode.UNAUTHENTICATED
    needed = required_scope(method)
    for scope, token in TOKENS.items():
        ended = code(address, method, f"Bearer {token}")
        if scope in {needed, "admin"}:
            assert ended not in REFUSED
        else:
            assert ended == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize(
    ("rpc", "scope"),
    [
        ("SaveRating", "review"), ("GetAssignment", "review"), ("GetFindings", "read"),
        ("AssignReviewers", "write"), ("CreateAccount", "admin"), ("SignIn", "admin"),
    ],
)  # fmt: skip
def test_who_may_rate_may_not_make_accounts(rpc: str, scope: str) -> None:
    assert required_scope(f"/goldbrief.api.reviews.v1.ReviewsService/{rpc}") == scope


def test_health_is_told_to_anybody(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        checks = health_pb2_grpc.HealthStub(channel)
        assert checks.Check(health_pb2.HealthCheckRequest(), timeout=20).status == 1


def judge(channel: Any) -> Any:
    return judge_pb2_grpc.JudgeServiceStub(channel).GetJudge(
        judge_pb2.GetJudgeRequest(), timeout=20
    )


def test_a_client_calls_with_its_token_and_the_service_knows_who_calls(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert judge(connect(address, TOKENS["read"])).judge == "read"
    with pytest.raises(PermissionDeniedError, match="lacks the scope read"):
        judge(connect(address, TOKENS["summarize"]))
    with pytest.raises(UnauthenticatedError, match="no token"):
        judge(connect(address))
    monkeypatch.setenv("GOLDBRIEF_TOKEN", TOKENS["admin"])
    assert judge(connect(address)).judge == "admin"
    (tmp_path / "token").write_text(TOKENS["read"] + "\n")
    monkeypatch.setenv("GOLDBRIEF_TOKEN_FILE", str(tmp_path / "token"))
    assert judge(connect(address)).judge == "read"


def test_an_asynchronous_client_too(address: str) -> None:
    async def ask(token: str) -> str:
        async with connect_async(address, token) as channel:
            return str((await judge(channel)).judge)

    assert asyncio.run(ask(TOKENS["read"])) == "read"
    with pytest.raises(grpc.aio.AioRpcError, match="no token"):
        asyncio.run(ask(""))
