"""What applications see: real RPCs against a fake engine."""

import threading

import grpc
import pytest

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1.summarize_pb2_grpc import (
    SummarizeServiceStub,
    add_SummarizeServiceServicer_to_server,
)
from goldbrief.core.errors import (
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.platform.rpc.channel import connect
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.server import SummarizeServicer
from goldbrief.summarize.writing import SummaryWriter

from .samples import ARTICLE, SUMMARY, EndlessEngine, FakeEngine, FakeRegistry, wait_for


class Gateway:
    """A gateway on a port of its own, with room for one summary in work and one waiting."""

    def __init__(self, engine):
        self.engine = engine
        writer = SummaryWriter(engine, ModelDirectory(FakeRegistry()))
        servicer = SummarizeServicer(writer, Admission(concurrency=1, waiting=1))
        service = Service(
            "goldbrief.api.summarize.v1.SummarizeService",
            lambda server: add_SummarizeServiceServicer_to_server(servicer, server),
        )
        self.server = RpcServer("127.0.0.1", 0, [service])
        self.address = f"127.0.0.1:{self.server.start()}"
        self.channel = connect(self.address)
        self.stub = SummarizeServiceStub(self.channel)

    def summarize(self, article=ARTICLE, model="briefs", persona=""):
        return self.stub.Summarize(request(article, model, persona))

    def stream(self, timeout=30):
        message = pb.StreamSummarizeRequest(request=request())
        return self.stub.StreamSummarize(message, timeout=timeout)

    def close(self):
        self.engine.go.set()
        self.channel.close()
        self.server.stop()


def request(article=ARTICLE, model="briefs", persona=""):
    return pb.SummarizeRequest(article_text=article, model=model, persona=persona)


@pytest.fixture
def make_gateway():
    gateways = []

    def make(engine):
        gateways.append(Gateway(engine))
        return gateways[-1]

    yield make
    for gateway in gateways:
        gateway.close()


@pytest.fixture
def gateway(make_gateway):
    return make_gateway(FakeEngine())


def test_an_answer_has_the_summary_its_checks_and_its_lineage(gateway):
    answer = gateway.summarize()
    assert answer.text == SUMMARY
    assert answer.overview.startswith("Revenue rose 8.4%")
    assert [section.name for section in answer.sections] == ["overview", "takeaways", "actions"]
    assert list(answer.sections[1].items) == list(answer.takeaways)
    assert (len(answer.takeaways), list(answer.actions)) == (2, ["Review the fuel contracts."])
    assert answer.structure_valid
    assert [figure.text for figure in answer.figures if not figure.supported] == ["$99 million"]
    assert answer.finish_reason == pb.FINISH_REASON_STOP
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (70, 30)
    assert (answer.model, answer.version, answer.persona) == ("briefs", "2", "CFO")
    assert (answer.finetuning_run_id, answer.run_id) == ("fine-1", "run-1")
    assert (answer.prompt_template, answer.strategy) == ("brief-1", "select")
    assert answer.article_share == 1.0
    assert answer.request_id != gateway.summarize().request_id


def test_a_stream_s_deltas_make_up_the_text_of_its_final_message(gateway):
    *deltas, last = gateway.stream()
    assert len(deltas) > 10
    assert "".join(step.delta for step in deltas) == last.final.text == SUMMARY
    assert last.final.version == "2"


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("eos_token", pb.FINISH_REASON_STOP),
        ("length", pb.FINISH_REASON_LENGTH),
        ("abort", pb.FINISH_REASON_UNSPECIFIED),
    ],
)
def test_the_words_of_engines_become_one_set_of_reasons(make_gateway, word, reason):
    answer = make_gateway(FakeEngine(finish_reason=word)).summarize()
    assert answer.finish_reason == reason
    assert answer.structure_valid == (word != "length")


def test_articles_that_cannot_be_summarized_are_invalid_arguments(gateway):
    for article, reason in (("  ", "ARTICLE_EMPTY"), ("a" * 1048577, "ARTICLE_TOO_LARGE")):
        with pytest.raises(InvalidInputError) as caught:
            gateway.summarize(article)
        assert caught.value.reason == reason
    with pytest.raises(InvalidInputError) as unknown:
        gateway.summarize(persona="CTO")
    assert unknown.value.reason == "UNKNOWN_PERSONA"


def test_a_message_over_the_limit_of_grpc_is_refused_unread(gateway):
    with pytest.raises(ResourceExhaustedError):
        gateway.summarize("a" * 5_000_000)


def test_an_unknown_model_is_not_found_by_both_calls(gateway):
    with pytest.raises(NotFoundError) as caught:
        gateway.summarize(model="reports")
    assert caught.value.reason == "MODEL_NOT_FOUND"
    message = pb.StreamSummarizeRequest(request=request(model="reports"))
    with pytest.raises(NotFoundError):
        list(gateway.stub.StreamSummarize(message))


def test_a_call_without_a_deadline_is_an_invalid_argument(gateway):
    with grpc.insecure_channel(gateway.address) as channel:
        stub = SummarizeServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.Summarize(request())
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.RpcError) as streamed:
            list(stub.StreamSummarize(pb.StreamSummarizeRequest(request=request())))
        assert streamed.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_an_engine_that_is_down_is_unavailable(make_gateway):
    engine = FakeEngine()
    engine.error = TransientError("no answer", reason="ENGINE_UNREACHABLE")
    with pytest.raises(TransientError) as caught:
        list(make_gateway(engine).stream())
    assert caught.value.reason == "ENGINE_UNREACHABLE"


def test_more_than_the_places_are_refused_with_a_time_to_return(gateway):
    gateway.engine.go.clear()
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(gateway.summarize())) for _ in range(2)
    ]
    threads[0].start()
    wait_for(lambda: gateway.engine.calls)
    threads[1].start()

    def is_full():
        with pytest.raises((ResourceExhaustedError, TransientError)) as caught:
            gateway.stub.Summarize(request(), timeout=0.2)
        return isinstance(caught.value, ResourceExhaustedError) and caught.value

    wait_for(is_full)
    refusal = is_full()
    assert refusal.reason == "GATEWAY_BUSY"
    assert refusal.retry_after_s > 0
    gateway.engine.go.set()
    for thread in threads:
        thread.join()
    assert [answer.text for answer in answers] == [SUMMARY, SUMMARY]
    assert gateway.summarize().text == SUMMARY


def test_a_client_that_leaves_stops_the_engine_and_frees_the_place(make_gateway):
    gateway = make_gateway(EndlessEngine())
    stream = gateway.stream()
    assert next(stream).delta == "and "
    stream.close()
    assert gateway.engine.closed.wait(5)


def test_a_deadline_that_passes_stops_the_engine(make_gateway):
    gateway = make_gateway(EndlessEngine())
    with pytest.raises(TransientError) as caught:
        gateway.stub.Summarize(request(), timeout=0.3)
    assert caught.value.reason == "DEADLINE_EXCEEDED"
    assert gateway.engine.closed.wait(5)
