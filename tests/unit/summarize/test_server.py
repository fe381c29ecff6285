"""What applications see: real RPCs against a fake engine."""

import threading

import grpc
import pytest

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1.summarize_pb2_grpc import SummarizeServiceStub
from goldbrief.core.errors import (
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
)

from .samples import ARTICLE, SUMMARY, EndlessEngine, FakeEngine, events, request, wait_for


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
    assert (answer.article_share, answer.truncated) == (1.0, False)
    assert (answer.base_model, answer.base_revision) == ("acme/tiny@9f1c", "9f1c")
    assert (answer.raw_finish_reason, answer.usage.calls, answer.withheld) == ("stop", 1, False)
    assert answer.request_id != gateway.summarize().request_id


def test_each_figure_says_where_it_stands_in_summary_and_article(gateway):
    article = f"\u201cA record\u201d\r\n\r\n{ARTICLE}"
    answer = gateway.summarize(article)
    figures = {figure.text: figure for figure in answer.figures}
    for text, figure in figures.items():
        assert answer.text[figure.summary_span.start : figure.summary_span.end] == text
    share, invented = figures["8.4%"], figures["$99 million"]
    assert (share.support, share.supported) == (pb.FIGURE_SUPPORT_SUPPORTED, True)
    assert [article[span.start : span.end] for span in share.article_spans] == ["8.4%"]
    assert (invented.support, invented.supported) == (pb.FIGURE_SUPPORT_UNSUPPORTED, False)
    assert not invented.article_spans


def test_a_policy_of_the_request_goes_before_that_of_the_server(make_gateway):
    gateway = make_gateway(FakeEngine(), "withhold")
    withheld = gateway.summarize()
    assert (withheld.withheld, withheld.text, withheld.overview) == (True, "", "")
    assert [f.text for f in withheld.figures if not f.supported] == ["$99 million"]
    asked = request()
    asked.figure_policy = pb.FIGURE_POLICY_ANNOTATE
    assert gateway.stub.Summarize(asked).text == SUMMARY


def test_a_policy_that_the_server_does_not_know_is_refused_and_not_taken_for_its_own(gateway):
    asked = request()
    asked.figure_policy = 9
    with pytest.raises(InvalidInputError) as caught:
        gateway.stub.Summarize(asked)
    assert caught.value.reason == "UNKNOWN_ENUM_VALUE"
    assert caught.value.metadata["field"] == "figure_policy"
    answer = gateway.post(figure_policy="ignore")
    assert (answer.status_code, answer.json()["error"]["metadata"]["field"]) == (
        400,
        "figure_policy",
    )


def test_no_text_is_streamed_that_may_be_withheld(make_gateway):
    gateway = make_gateway(FakeEngine(), "withhold")
    (last,) = gateway.stream()
    assert last.final.withheld
    assert [name for name, _ in events(gateway.post(stream=True))] == ["final"]
    named = [name for name, _ in events(gateway.post(stream=True, figure_policy="annotate"))]
    assert (named[0], named[-1]) == ("delta", "final")


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
    for thread in threads:
        thread.start()
    wait_for(lambda: gateway.admission.taken == 2)
    with pytest.raises(ResourceExhaustedError) as caught:
        gateway.summarize()
    assert caught.value.reason == "GATEWAY_BUSY"
    assert caught.value.retry_after_s > 0
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
