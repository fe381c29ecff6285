"""What clients get of a real vLLM: the version that was trained, promoted and rolled back to."""

from contextlib import closing

import grpc
import pytest

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1.summarize_pb2_grpc import SummarizeServiceStub
from goldbrief.core.errors import NotFoundError, TransientError
from goldbrief.sdk.summaries import summarize_request

from .product import wait_for
from .trained import ARTICLES, MODEL, SUMMARIES, train

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

ARTICLE = ARTICLES[0]
RAMBLING = f"{MODEL}@3"


def test_the_promoted_version_answers_as_it_was_trained(product):
    answer = product.client.summarize(ARTICLE, fresh=True)
    assert (answer.version, answer.text) == ("1", SUMMARIES["1"])
    assert answer.structure_valid
    assert answer.finish_reason == pb.FINISH_REASON_STOP
    assert answer.usage.prompt_tokens > answer.usage.completion_tokens > 0
    assert answer.finetuning_run_id == "ft-1"


def test_what_is_streamed_is_the_same_text(product):
    *steps, last = product.client.stream_summarize(ARTICLE, fresh=True)
    assert "".join(step.delta for step in steps) == last.final.text == SUMMARIES["1"]


def test_another_version_is_promoted_and_taken_back(product):
    promoted = product.promote("2")
    assert promoted.promoted, promoted
    second = product.client.summarize(ARTICLE, fresh=True)
    product.client.roll_back(MODEL)
    first = product.client.summarize(ARTICLE, fresh=True)
    assert (second.version, second.text) == ("2", SUMMARIES["2"])
    assert (first.version, first.text) == ("1", SUMMARIES["1"])
    # what was taken back still answers those who ask for it
    assert product.client.summarize(ARTICLE, model=f"{MODEL}@2").text == SUMMARIES["2"]


def test_a_version_answers_while_another_one_writes(product, vllm):
    with closing(product.client.stream_summarize(ARTICLE, model=RAMBLING, fresh=True)) as rambling:
        next(rambling)
        assert product.client.summarize(ARTICLE, fresh=True).text == SUMMARIES["1"]
    assert {"briefs--1", "briefs--3"} in vllm.computed_together()


@pytest.mark.parametrize("streamed", [True, False])
def test_vllm_stops_writing_for_a_client_that_has_left(product, vllm, streamed):
    written = vllm.metric("generation_tokens_total")
    request = summarize_request(ARTICLE, RAMBLING, "", "", fresh=True)
    with grpc.insecure_channel(product.address) as channel:
        stub = SummarizeServiceStub(channel)
        if streamed:
            call = stub.StreamSummarize(pb.StreamSummarizeRequest(request=request), timeout=120)
            next(call)
        else:
            call = stub.Summarize.future(request, timeout=120)
            wait_for(lambda: vllm.metric("generation_tokens_total") > written + 10)
        call.cancel()
    wait_for(lambda: vllm.metric("num_requests_running") == 0)
    assert 0 < vllm.metric("generation_tokens_total") - written < 1400  # of 1500


def test_an_article_that_its_tokenizer_finds_too_long_is_read_in_parts(product):
    # as many tokens as letters, nearly: estimated, it fits
    article = "\n\n".join(f"Žďár {n}: Příliš žluťoučký kůň úpěl ďábelské ódy." for n in range(40))
    answer = product.client.summarize(article, fresh=True)
    assert answer.strategy == "map_reduce"
    assert answer.chunks > 1
    assert not answer.truncated


def test_a_version_that_is_not_there_is_not_found(product):
    with pytest.raises(NotFoundError):
        product.client.summarize(ARTICLE, model=f"{MODEL}@9")


def test_a_version_of_another_base_model_is_refused_with_both_names(product, base, tmp_path):
    other = (tmp_path / "other").absolute()
    other.symlink_to(base)
    train(product.store, other, "ft-4", "x", training_duration="1ba")
    version = product.register("ft-4")
    ended = product.promote(version)
    assert not ended.promoted
    assert ended.work.cause.reason == "OTHER_BASE_MODEL"
    assert f"{other}, and the engine serves {base}" in ended.work.cause.message
    assert product.client.summarize(ARTICLE, fresh=True).version == "1"
    with pytest.raises(TransientError) as caught:
        product.client.summarize(ARTICLE, model=f"{MODEL}@{version}")
    assert caught.value.reason == "ENGINE_LACKS_VERSION"
