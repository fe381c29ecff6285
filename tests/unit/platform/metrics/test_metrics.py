"""What a process tells of itself when asked, as Prometheus reads it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.platform.ledger import Database
from goldbrief.platform.ledger.gauges import LedgerGauges
from goldbrief.platform.ledger.works import NewWork
from goldbrief.platform.metrics import server
from goldbrief.platform.metrics.server import MetricsServer
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.testing.ledgers import make_ledger


class Judge(judge_pb2_grpc.JudgeServiceServicer):
    def GetJudge(self, request, context):  # noqa: N802
        return judge_pb2.GetJudgeResponse(judge="j")

    def GetJudgeCard(self, request, context):  # noqa: N802
        raise NotFoundError("There is no card.")


@pytest.fixture
def url() -> Iterator[str]:
    server = MetricsServer("127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.port}/metrics"
    server.stop()


def samples(url: str) -> dict[str, float]:
    """Each sample by its name and labels, as `name{label=value}`."""
    text = httpx.get(url, trust_env=False).text
    return {
        f"{sample.name}{sample.labels or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_calls_are_counted_by_method_and_code(url: str) -> None:
    name = judge_pb2.DESCRIPTOR.services_by_name["JudgeService"].full_name
    add = judge_pb2_grpc.add_JudgeServiceServicer_to_server
    server = RpcServer("127.0.0.1", 0, [Service(name, lambda it: add(Judge(), it))])
    before = samples(url)
    with connect(f"127.0.0.1:{server.start()}") as channel:
        stub = judge_pb2_grpc.JudgeServiceStub(channel)
        for _ in range(3):
            stub.GetJudge(judge_pb2.GetJudgeRequest(), timeout=20)
        with pytest.raises(NotFoundError):
            stub.GetJudgeCard(judge_pb2.GetJudgeCardRequest(), timeout=20)
    server.stop()
    after = samples(url)

    def counted(rpc: str, code: str) -> float:
        labels = {"method": f"/{name}/{rpc}", "code": code}
        series = {f"goldbrief_rpc_duration_seconds_count{one}" for one in _orders(labels)}
        return sum(after.get(one, 0) - before.get(one, 0) for one in series)

    assert counted("GetJudge", "OK") == 3
    assert counted("GetJudgeCard", "NOT_FOUND") == 1


def _orders(labels: dict[str, str]) -> list[str]:
    return [str(dict(sorted(labels.items(), reverse=reverse))) for reverse in (False, True)]


def test_the_ledger_tells_what_waits_and_what_became_of_the_rest(url: str, tmp_path: Path) -> None:
    ledger, database = make_ledger(tmp_path), Database(f"sqlite:///{tmp_path / 'test.db'}")
    ledger.works.create(
        NewWork(
            kind="synthesis",
            request_id="r",
            spec={},
            stages={"write": "synthesis.write"},
            items=[{"article": n} for n in range(3)],
        )
    )
    gauges = LedgerGauges(database).register()
    try:
        told = samples(url)
    finally:
        gauges.unregister()
    assert told["goldbrief_works{'kind': 'synthesis', 'state': 'QUEUED'}"] == 1
    waiting = "{'kind': 'synthesis', 'stage': 'write', 'state': 'QUEUED'}"
    assert told[f"goldbrief_items{waiting}"] == 3
    assert told["goldbrief_outbox_messages"] >= 1
    assert not any(name.startswith("goldbrief_works") for name in samples(url))


def test_a_database_that_is_away_takes_only_the_gauges_along(url: str, tmp_path: Path) -> None:
    gauges = LedgerGauges(Database(f"sqlite:///{tmp_path / 'none' / 'test.db'}")).register()
    try:
        told = samples(url)
    finally:
        gauges.unregister()
    assert "process_start_time_seconds" in told
    assert not any(name.startswith("goldbrief_works") for name in told)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(FailedPreconditionError, match=f"127.0.0.1:{port}"):
            MetricsServer("127.0.0.1", port)


class Slow(Collector):
    """Takes a while, as a database does."""

    def __init__(self) -> None:
        self.looks = 0

    def collect(self) -> Iterator[Metric]:
        self.looks += 1
        time.sleep(0.2)
        yield Metric("slow", "Slow.", "gauge")


def test_a_storm_of_scrapes_is_answered_with_few_looks(url: str) -> None:
    slow = Slow()
    REGISTRY.register(slow)
    slow.looks = 0  # registering looks, too
    limits = httpx.Limits(max_connections=None)
    try:
        with (
            httpx.Client(trust_env=False, timeout=60, limits=limits) as http,
            ThreadPoolExecutor(50) as pool,
        ):
            answers = list(pool.map(http.get, [url] * 200))
    finally:
        REGISTRY.unregister(slow)
    assert {answer.status_code for answer in answers} == {200}
    assert all("slow" in answer.text for answer in answers)
    assert slow.looks < len(answers)


def test_clients_that_say_nothing_keep_nobody_from_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "_PATIENCE_S", 0.5)
    metrics = MetricsServer("127.0.0.1", 0)
    threads = threading.active_count()
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", metrics.port)))
        assert samples(f"http://127.0.0.1:{metrics.port}/metrics")
        deadline = time.monotonic() + 20
        while threading.active_count() > threads:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    metrics.stop()
