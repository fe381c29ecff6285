"""A real vLLM that dies, is away, and comes back."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.api.summarize.v1.summarize_pb2_grpc import SummarizeServiceStub
from goldbrief.sdk.models import PromotionOptions, start_promotion, watch_promotion
from goldbrief.sdk.summaries import summarize_request

from .trained import ARTICLES, MODEL, SUMMARIES

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]


def refusal(call):
    """Code and reason that a client is told."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    info = error_details_pb2.ErrorInfo()
    assert rpc_status.from_call(caught.value).details[0].Unpack(info)
    return caught.value.code(), info.reason


@pytest.fixture
def stub(product, host):
    """Of the gateway; vLLM is started again behind the test."""
    with grpc.insecure_channel(product.address) as channel:
        yield SummarizeServiceStub(channel)
    host.start()


def test_death_absence_and_return(product, host, stub):
    first, second, third = (
        summarize_request(ARTICLES[0], f"{MODEL}@{version}", "", "", fresh=True)
        for version in ("1", "2", "3")
    )
    rambling = pb.StreamSummarizeRequest(request=third)
    stream = stub.StreamSummarize(rambling, timeout=120)
    next(stream)
    host.vllm.kill_core()
    assert refusal(lambda: list(stream)) == (grpc.StatusCode.UNAVAILABLE, "ENGINE_FAILED")
    host.vllm.process.wait(60)  # it ends by itself
    gone = refusal(lambda: stub.Summarize(first, timeout=120))
    assert gone == (grpc.StatusCode.UNAVAILABLE, "ENGINE_UNREACHABLE")

    options = PromotionOptions(force=True, reason="There is no evaluation.")
    waiting = start_promotion(product.client, f"{MODEL}@2", options)
    host.start()
    # it has no adapter yet, and is told of none: it loads what it is asked for
    assert stub.Summarize(first, timeout=120).text == SUMMARIES["1"]
    *_, ended = watch_promotion(product.client, waiting.work.id)
    assert ended.promoted
    assert stub.Summarize(second, timeout=120).text == SUMMARIES["2"]
    product.client.roll_back(MODEL)

    stream = stub.StreamSummarize(rambling, timeout=120)
    next(stream)
    host.vllm.kill()
    assert refusal(lambda: list(stream)) == (grpc.StatusCode.UNAVAILABLE, "ENGINE_BROKE_OFF")
