"""What is a span, below which other, and what it tells."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.api.judge.v1 import judge_pb2, judge_pb2_grpc
from goldbrief.core.errors import InvalidInputError, NotFoundError, TransientError
from goldbrief.core.seams import Message
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Finish, NewWork, Transition
from goldbrief.platform.llm.backups import BackupPolicy
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.rpc.channel import connect, connect_async
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.tracing.carrying import ContextPool
from goldbrief.platform.tracing.spans import span
from goldbrief.testing.fake_openai import Fail, FakeOpenAI, Hang
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

SECRET = "The merger with Aldermoor is not announced yet."
GET_JUDGE = "goldbrief.api.judge.v1.JudgeService/GetJudge"


class Judge(judge_pb2_grpc.JudgeServiceServicer):
    """Answers as it is told."""

    def __init__(self, answer: Callable[[], str]) -> None:
        self.answer = answer

    def GetJudge(self, request: Any, context: Any) -> judge_pb2.GetJudgeResponse:  # noqa: N802
        return judge_pb2.GetJudgeResponse(judge=self.answer())


@contextmanager
def serving(answer: Callable[[], str]) -> Iterator[str]:
    """The address of a judge that answers so."""
    name = judge_pb2.DESCRIPTOR.services_by_name["JudgeService"].full_name
    judge = Judge(answer)
    service = Service(
        name, lambda server: judge_pb2_grpc.add_JudgeServiceServicer_to_server(judge, server)
    )
    server = RpcServer("127.0.0.1", 0, [service])
    try:
        yield f"127.0.0.1:{server.start()}"
    finally:
        server.stop()


def ask(address: str) -> str:
    with connect(address) as channel:
        stub = judge_pb2_grpc.JudgeServiceStub(channel)
        return str(stub.GetJudge(judge_pb2.GetJudgeRequest()).judge)


def place_of(one: ReadableSpan) -> SpanContext:
    context = one.get_span_context()
    assert context is not None
    return context


def parent_of(child: ReadableSpan, spans: list[ReadableSpan]) -> ReadableSpan:
    assert child.parent is not None
    (found,) = (one for one in spans if place_of(one).span_id == child.parent.span_id)
    return found


def told_by(spans: list[ReadableSpan]) -> str:
    return "".join(one.to_json() for one in spans)


def test_a_call_through_two_services_is_one_trace(spans: list[ReadableSpan]) -> None:
    with ExitStack() as stack:
        inner = stack.enter_context(serving(lambda: "j"))
        outer = stack.enter_context(serving(lambda: ask(inner)))
        with span("who asks"):
            assert ask(outer) == "j"
    innermost = next(one for one in spans if one.kind is SpanKind.SERVER)
    way = [innermost]
    while way[-1].parent is not None:
        way.append(parent_of(way[-1], spans))
    assert [(one.name, one.kind) for one in way] == [
        (GET_JUDGE, SpanKind.SERVER),
        (GET_JUDGE, SpanKind.CLIENT),
        (GET_JUDGE, SpanKind.SERVER),
        (GET_JUDGE, SpanKind.CLIENT),
        ("who asks", SpanKind.INTERNAL),
    ]


def test_an_asynchronous_client_hands_its_place_on(spans: list[ReadableSpan]) -> None:
    async def ask_async(address: str) -> None:
        async with connect_async(address) as channel:
            stub = judge_pb2_grpc.JudgeServiceStub(channel)
            await stub.GetJudge(judge_pb2.GetJudgeRequest(), timeout=10)

    with serving(lambda: "j") as address, span("who asks"):
        asyncio.run(ask_async(address))
    (server,) = [one for one in spans if one.kind is SpanKind.SERVER]
    assert parent_of(server, spans).name == "who asks"


def test_a_client_s_mistake_fails_its_own_span_alone(spans: list[ReadableSpan]) -> None:
    def refuse() -> str:
        raise NotFoundError(f"There is no {SECRET}", reason="NO_SUCH")

    with serving(refuse) as address, pytest.raises(NotFoundError):
        ask(address)
    failed = {one.kind: not one.status.is_unset for one in spans}
    assert failed == {SpanKind.SERVER: False, SpanKind.CLIENT: True}
    codes = {(one.attributes or {})["rpc.response.status_code"] for one in spans}
    assert codes == {"NOT_FOUND"}
    assert SECRET not in told_by(spans)


def test_a_model_s_tries_are_spans_and_its_server_goes_on_in_the_trace(
    spans: list[ReadableSpan],
) -> None:
    with FakeOpenAI(lambda _: SECRET) as server:
        chat = OpenAIChat(server.url, server.models[0], server.api_key)
        server.script(Fail(500, SECRET))
        with span("who asks"):
            chat.chat([Message("user", SECRET)], max_tokens=10)
    failed, answered, _ = spans
    assert (failed.name, answered.name) == ("chat fake-model", "chat fake-model")
    assert (failed.attributes or {})["error.type"] == "LLM_SERVER_ERROR"
    told = answered.attributes or {}
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert int(str(told["gen_ai.usage.output_tokens"])) > 0
    sent = [headers["traceparent"].split("-")[1:3] for headers in server.headers]
    assert sent == [
        [f"{place_of(one).trace_id:032x}", f"{place_of(one).span_id:016x}"]
        for one in (failed, answered)
    ]
    assert SECRET not in told_by(spans)


def test_a_call_and_its_backup_are_spans_of_who_asked(spans: list[ReadableSpan]) -> None:
    with FakeOpenAI(lambda _: SECRET) as server:
        soon = BackupPolicy(fewest=1, earliest_s=0.2, look_s=0.02)
        chat = OpenAIChat(server.url, server.models[0], server.api_key, backups=soon)
        chat.chat([Message("user", SECRET)], max_tokens=10)
        server.script(Hang())
        spans.clear()
        with span("who asks"):
            chat.chat([Message("user", SECRET)], max_tokens=10)
    backup, given_up, asked = spans
    assert (backup.attributes or {})["goldbrief.backup"] is True
    assert (given_up.attributes or {})["error.type"] == "LLM_OUTRUN"
    assert parent_of(backup, spans) == parent_of(given_up, spans) == asked


def test_an_item_that_fails_says_why_by_a_reason_alone(
    spans: list[ReadableSpan], tmp_path: Path
) -> None:
    ledger = make_ledger(tmp_path)
    broker = make_broker(tmp_path, ledger)

    def write(stage: StageContext) -> Transition:
        if stage.claim.item.attempt == 0:
            raise TransientError(SECRET, reason="AWAY")
        if stage.index == 1:
            raise InvalidInputError(SECRET, reason="BAD")
        return Finish()

    broker.on_stage("test.write", write)
    work = ledger.works.create(
        NewWork(
            kind="test", request_id="r", spec={"text": SECRET}, items=[{}, {"text": SECRET}],
            stages={"write": "test.write"},
        )
    )  # fmt: skip
    run_to_end(broker, work.id)
    tried = [
        (told["goldbrief.item"], told["goldbrief.attempt"], told.get("error.type"))
        for one in spans
        if one.name == "test.write" and (told := one.attributes or {})
    ]
    assert sorted(tried, key=str) == [
        (0, 0, "AWAY"), (0, 1, None), (1, 0, "AWAY"), (1, 1, "BAD"),
    ]  # fmt: skip
    assert len({place_of(one).trace_id for one in spans}) == 1
    assert SECRET not in told_by(spans)


def test_threads_go_on_where_their_work_was_given(spans: list[ReadableSpan]) -> None:
    def work(name: str) -> None:
        with span(name):
            pass

    with span("who asks"), ContextPool(2) as pool:
        list(pool.map(work, ["one", "two"]))
    *children, _ = spans
    assert {parent_of(child, spans).name for child in children} == {"who asks"}


def test_a_stream_that_nobody_reads_is_cancelled_and_so_is_its_span(
    spans: list[ReadableSpan],
) -> None:
    class Endless(evaluation_pb2_grpc.EvaluationServiceServicer):
        async def GetReport(self, request: Any, context: Any) -> Any:  # noqa: N802
            while True:
                yield evaluation_pb2.GetReportResponse()
                await asyncio.sleep(0.01)

    name = evaluation_pb2.DESCRIPTOR.services_by_name["EvaluationService"].full_name
    service = Service(
        name,
        lambda server: evaluation_pb2_grpc.add_EvaluationServiceServicer_to_server(
            Endless(), server
        ),
    )
    server = RpcServer("127.0.0.1", 0, [service])
    try:
        with connect(f"127.0.0.1:{server.start()}") as channel:
            stub = evaluation_pb2_grpc.EvaluationServiceStub(channel)
            stub.GetReport(evaluation_pb2.GetReportRequest(), timeout=60)
            # its end is told by a thread of grpc's own
            deadline = time.monotonic() + 30
            while not (called := [one for one in spans if one.kind is SpanKind.CLIENT]):
                assert time.monotonic() < deadline, "the call goes on"
                time.sleep(0.01)
    finally:
        server.stop()
    assert [(one.attributes or {})["rpc.response.status_code"] for one in called] == ["CANCELLED"]
