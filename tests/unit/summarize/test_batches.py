"""Several articles at once: results by id, one bad article harms no other."""

import asyncio

import pytest

from goldbrief import AsyncClient, Client
from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.core.errors import (
    DeadlineError,
    InvalidInputError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.summarize.batches import MAX_ITEMS

from .samples import ARTICLE, SUMMARY, EndlessEngine, events, request, wait_for

MIXED = {"good": ARTICLE, "empty": " ", "large": "a" * (1024 * 1024 + 1), "again": ARTICLE}


@pytest.fixture
def client(gateway):
    with Client(gateway.address) as client:
        yield client


def post(gateway, items, **fields):
    body = {"items": items, **fields}
    return gateway.http.post("/v1/summarize/batch", json=body)


def test_each_article_has_its_summary_or_its_error(client):
    results = {result.id: result for result in client.summarize_batch(MIXED)}
    assert set(results) == set(MIXED)
    for name in ("good", "again"):
        assert results[name].summary.text == SUMMARY
        assert results[name].error is None
    assert isinstance(results["empty"].error, InvalidInputError)
    assert results["empty"].error.reason == "ARTICLE_EMPTY"
    assert results["empty"].error.metadata["field"] == "article_text"
    assert results["large"].error.reason == "ARTICLE_TOO_LARGE"
    assert results["large"].error.remedy


def test_the_json_batch_says_the_same(gateway):
    answer = post(gateway, [{"id": k, "article_text": v} for k, v in MIXED.items()])
    *found, (name, data) = events(answer)
    assert (name, data) == ("end", {"results": 4})
    by_id = {event["id"]: (kind, event) for kind, event in found}
    assert by_id["good"][0] == "summary"
    assert by_id["good"][1]["summary"]["text"] == SUMMARY
    assert by_id["large"][0] == "failure"
    assert by_id["large"][1]["error"]["reason"] == "ARTICLE_TOO_LARGE"


def test_items_may_ask_for_different_things(gateway):
    asked = [
        pb.BatchItem(id="ceo", request=request(persona="CEO")),
        pb.BatchItem(id="nobody", request=request(model="reports")),
        pb.BatchItem(id="none"),
    ]
    call = gateway.stub.BatchSummarize(pb.BatchSummarizeRequest(items=asked), timeout=30)
    results = {result.id: result for result in call}
    assert results["ceo"].summary.persona == "CEO"
    assert results["nobody"].failure.reason == "MODEL_NOT_FOUND"
    assert results["none"].failure.reason == "ARTICLE_EMPTY"


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        ([], "BATCH_EMPTY"),
        (["a", "a"], "BATCH_ID"),
        (["a", ""], "BATCH_ID"),
        ([str(number) for number in range(MAX_ITEMS + 1)], "BATCH_TOO_LARGE"),
    ],
)
def test_a_batch_that_is_none_is_refused_whole_by_both_interfaces(gateway, ids, reason):
    items = [pb.BatchItem(id=name, request=request()) for name in ids]
    with pytest.raises(InvalidInputError) as caught:
        list(gateway.stub.BatchSummarize(pb.BatchSummarizeRequest(items=items), timeout=30))
    assert caught.value.reason == reason
    answer = post(gateway, [{"id": name, "article_text": ARTICLE} for name in ids])
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, reason)
    assert gateway.engine.calls == []


def test_what_time_does_not_suffice_for_is_told_before_it_is_over(make_gateway):
    gateway = make_gateway(EndlessEngine())
    with Client(gateway.address) as client:
        results = list(client.summarize_batch({"a": ARTICLE, "b": ARTICLE}, timeout_s=2))
    assert {result.id for result in results} == {"a", "b"}
    assert all(isinstance(result.error, DeadlineError) for result in results)
    assert gateway.engine.closed.wait(5)


def test_a_batch_waits_where_a_single_request_is_refused(gateway, client):
    gateway.engine.go.clear()
    others = [gateway.stub.Summarize.future(request(), timeout=30) for _ in range(2)]
    wait_for(lambda: gateway.admission.taken == 2)
    results = client.summarize_batch({"a": ARTICLE, "b": ARTICLE}, timeout_s=30)
    with pytest.raises(ResourceExhaustedError):
        gateway.summarize()
    gateway.engine.go.set()
    assert [result.summary.text for result in results] == [SUMMARY, SUMMARY]
    assert [future.result().text for future in others] == [SUMMARY, SUMMARY]


def test_a_client_that_leaves_a_batch_stops_the_engine_and_what_waits(make_gateway):
    gateway = make_gateway(EndlessEngine())
    items = [pb.BatchItem(id=name, request=request()) for name in "abc"]
    call = gateway.stub.BatchSummarize(pb.BatchSummarizeRequest(items=items), timeout=30)
    wait_for(lambda: gateway.engine.pieces > 3)
    call.close()
    assert gateway.engine.closed.wait(5)
    wait_for(lambda: gateway.admission.taken == 0)


def test_so_does_one_that_leaves_the_json_batch(make_gateway):
    gateway = make_gateway(EndlessEngine())
    items = [{"id": name, "article_text": ARTICLE} for name in "abc"]
    gateway.post_and_leave("/v1/summarize/batch", {"items": items})
    assert gateway.engine.closed.wait(5)
    wait_for(lambda: gateway.admission.taken == 0)


def test_more_articles_than_a_call_takes_become_several_calls(client, gateway):
    articles = {f"article-{number}": ARTICLE for number in range(MAX_ITEMS + 5)}
    results = list(client.summarize_batch(articles))
    assert {result.id for result in results} == set(articles)
    large = {f"large-{number}": ARTICLE + " " * 900_000 for number in range(5)}
    assert all(result.summary for result in client.summarize_batch(large))


async def _collect(address, articles):
    async with AsyncClient(address) as client:
        return [result async for result in client.summarize_batch(articles)]


def test_the_asynchronous_client_does_the_same(gateway):
    results = {one.id: one for one in asyncio.run(_collect(gateway.address, MIXED))}
    assert results["good"].summary.text == SUMMARY
    assert results["empty"].error.reason == "ARTICLE_EMPTY"


def test_a_server_that_is_gone_is_an_error_of_the_whole(gateway):
    with Client("127.0.0.1:1") as client, pytest.raises(TransientError):
        list(client.summarize_batch({"a": ARTICLE}, timeout_s=5))
