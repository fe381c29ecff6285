"""Errors, deadlines and limits over a real server on loopback."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import (
    FailedPreconditionError,
    GoldbriefError,
    InvalidInputError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.requests import checked_request
from goldbrief.platform.rpc.server import HANDLER_THREADS, MAX_MESSAGE_BYTES, RpcServer, Service
from goldbrief.sdk import Client


class Judge(judge_pb2_grpc.JudgeServiceServicer):
    error: Exception | None = None
    delay_s = 0.0

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.read = 0

    def GetJudge(self, request: Any, context: Any) -> judge_pb2.GetJudgeResponse:  # noqa: N802
        if self.error is not None:
            raise self.error
        self.asked.set()
        time.sleep(self.delay_s)
        return judge_pb2.GetJudgeResponse(judge="j")

    def CalibrateJudge(  # noqa: N802
        self, request_iterator: Any, context: Any
    ) -> Iterator[judge_pb2.CalibrateJudgeResponse]:
        for _ in request_iterator:
            self.read += 1
        yield judge_pb2.CalibrateJudgeResponse()

    def JudgeSummary(self, request: Any, context: Any) -> judge_pb2.JudgeSummaryResponse:  # noqa: N802
        return judge_pb2.JudgeSummaryResponse()


@pytest.fixture
def judge() -> Judge:
    return Judge()


def make_server(judge: Judge, grace_s: float = 5.0) -> RpcServer:
    name = judge_pb2.DESCRIPTOR.services_by_name["JudgeService"].full_name
    service = Service(
        name, lambda server: judge_pb2_grpc.add_JudgeServiceServicer_to_server(judge, server)
    )
    return RpcServer("127.0.0.1", 0, [service], grace_s)


@pytest.fixture
def address(judge: Judge) -> Iterator[str]:
    server = make_server(judge)
    port = server.start()
    yield f"127.0.0.1:{port}"
    server.stop()


def call(address: str, **options: Any) -> judge_pb2.GetJudgeResponse:
    with connect(address) as channel:
        stub = judge_pb2_grpc.JudgeServiceStub(channel)
        response: judge_pb2.GetJudgeResponse = stub.GetJudge(judge_pb2.GetJudgeRequest(), **options)
    return response


def test_an_error_keeps_its_reason_remedy_and_retry_time_over_the_wire(
    address: str, judge: Judge
) -> None:
    judge.error = ResourceExhaustedError(
        "full", retry_after_s=1.5, reason="QUEUE_FULL", remedy="wait", metadata={"queue": "q"}
    )
    with pytest.raises(ResourceExhaustedError) as caught:
        call(address)
    error = caught.value
    assert (error.message, error.reason, error.remedy) == ("full", "QUEUE_FULL", "wait")
    assert (error.metadata, error.retry_after_s) == ({"queue": "q"}, 1.5)


def test_an_unexpected_error_shows_no_internals(address: str, judge: Judge) -> None:
    judge.error = ValueError("password=hunter2")
    with pytest.raises(GoldbriefError) as caught:
        call(address)
    assert caught.value.reason == "UNEXPECTED"
    assert "hunter2" not in str(caught.value)


def test_a_call_without_a_deadline_is_refused(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        stub = judge_pb2_grpc.JudgeServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetJudge(judge_pb2.GetJudgeRequest())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "no deadline" in caught.value.details()


def test_our_own_channel_always_sets_one(address: str) -> None:
    assert call(address).judge == "j"


def test_a_message_over_the_limit_is_refused(address: str) -> None:
    with connect(address) as channel:
        stub = judge_pb2_grpc.JudgeServiceStub(channel)
        with pytest.raises(ResourceExhaustedError):
            stub.JudgeSummary(judge_pb2.JudgeSummaryRequest(summary="x" * (MAX_MESSAGE_BYTES + 1)))


def test_bytes_that_are_no_message_are_refused_as_input(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        judge_summary = channel.unary_unary("/goldbrief.api.judge.v1.JudgeService/JudgeSummary")
        for cut in (b"\x0a\x07cut", b"\x0a\x01\xff"):
            with pytest.raises(grpc.RpcError) as caught:
                judge_summary(cut, timeout=20)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert "is no message of the type" in caught.value.details()


def test_so_are_those_in_the_middle_of_a_stream(address: str, judge: Judge) -> None:
    message = judge_pb2.CalibrateJudgeRequest(summary="Revenue rose.").SerializeToString()
    with grpc.insecure_channel(address) as channel:
        calibrate = channel.stream_stream("/goldbrief.api.judge.v1.JudgeService/CalibrateJudge")
        with pytest.raises(grpc.RpcError) as caught:
            list(calibrate(iter([message, b"\x0a\x07cut"]), timeout=20))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert judge.read == 1


def test_a_number_that_an_enum_does_not_have_is_refused_with_its_field() -> None:
    source = runs_pb2.CreateRunRequest(inputs=[{"role": 99}])  # type: ignore[list-item]
    with pytest.raises(InvalidInputError, match="99 is no value of Role") as caught:
        checked_request(source)
    assert caught.value.metadata == {"field": "role"}


def test_an_error_about_a_long_text_arrives_shortened(address: str, judge: Judge) -> None:
    long = "é" * 100_000
    judge.error = InvalidInputError(
        f"{long} is too long", reason="LONG", remedy=long, metadata={"field": long, "raw": long}
    )
    with pytest.raises(InvalidInputError) as caught:
        call(address)
    assert caught.value.reason == "LONG"
    assert caught.value.message == "é" * 498 + "…"
    assert caught.value.metadata["raw"].endswith("é…")


def test_health_needs_no_deadline(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        response = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert response.status == health_pb2.HealthCheckResponse.SERVING


def test_a_port_in_use_is_said(address: str) -> None:
    host, port = address.split(":")
    with pytest.raises(FailedPreconditionError, match="in use"):
        RpcServer(host, int(port), []).start()


def test_nobody_there_is_said_with_the_address() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1") as caught:
        call("127.0.0.1:1", timeout=3)
    assert "goldbrief up" in caught.value.remedy


def test_a_server_that_is_about_to_stop_says_so_and_still_takes_calls(judge: Judge) -> None:
    server = make_server(judge)
    port = server.start()
    client = Client(f"127.0.0.1:{port}")
    assert client.is_up()
    server.begin_stop()
    assert not client.is_up()
    assert call(f"127.0.0.1:{port}", timeout=5).judge == "j"
    server.stop()
    assert not client.is_up()


@pytest.mark.parametrize(("grace_s", "ends_well"), [(10.0, True), (0.0, False)])
def test_calls_in_flight_get_the_grace_when_a_server_stops(
    judge: Judge, grace_s: float, ends_well: bool
) -> None:
    judge.delay_s = 0.5
    server = make_server(judge, grace_s)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(call, f"127.0.0.1:{server.start()}")
        assert judge.asked.wait(10)
        server.stop()
        if ends_well:
            assert answer.result().judge == "j"
        else:
            with pytest.raises(TransientError):
                answer.result()


class Reports(evaluation_pb2_grpc.EvaluationServiceServicer):
    """Streams without end."""

    thread: threading.Thread

    def __init__(self) -> None:
        self.closed = threading.Semaphore(0)

    def GetReport(  # noqa: N802
        self, request: Any, context: Any
    ) -> Iterator[evaluation_pb2.GetReportResponse]:
        self.thread = threading.current_thread()
        try:
            while True:
                yield evaluation_pb2.GetReportResponse(chunk=b"x" * 100_000)
        finally:
            self.closed.release()


def test_a_stream_that_nobody_reads_does_not_outlive_the_server() -> None:
    reports = Reports()
    server = RpcServer("127.0.0.1", 0, [_reports_service(reports)], grace_s=0.1)
    with connect(f"127.0.0.1:{server.start()}") as channel:
        stub = evaluation_pb2_grpc.EvaluationServiceStub(channel)
        stream = stub.GetReport(evaluation_pb2.GetReportRequest(id="e"), timeout=60)
        assert next(stream).chunk
        server.stop()
    reports.thread.join(5)
    assert not reports.thread.is_alive()


def test_streams_that_clients_break_off_hold_no_threads() -> None:
    reports = Reports()
    server = RpcServer("127.0.0.1", 0, [_reports_service(reports)], grace_s=0.1)
    with connect(f"127.0.0.1:{server.start()}") as channel:
        stub = evaluation_pb2_grpc.EvaluationServiceStub(channel)
        for _ in range(2 * HANDLER_THREADS):
            stream = stub.GetReport(evaluation_pb2.GetReportRequest(id="e"), timeout=60)
            assert next(stream).chunk
            stream.close()
        assert all(reports.closed.acquire(timeout=20) for _ in range(2 * HANDLER_THREADS))
    server.stop()


def _reports_service(reports: Reports) -> Service:
    name = evaluation_pb2.DESCRIPTOR.services_by_name["EvaluationService"].full_name
    add = evaluation_pb2_grpc.add_EvaluationServiceServicer_to_server
    return Service(name, lambda server: add(reports, server))
