"""What curl sees: real HTTP on loopback against a fake engine."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.testclient import TestClient

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.core.access import TokenEntry, token_hash, write_tokens
from goldbrief.core.errors import GoldbriefError, ResourceExhaustedError, TransientError
from goldbrief.platform.access import Doorkeeper
from goldbrief.summarize.bodies import SummaryBody
from goldbrief.summarize.http_server import create_app
from goldbrief.testing.fuzzing.websites import GATEWAY

from .samples import ARTICLE, SUMMARY, EndlessEngine, FakeEngine, events, request, wait_for


def test_an_answer_says_what_the_rpc_says(gateway):
    answer = gateway.post()
    assert answer.status_code == 200
    said = answer.json()
    assert said["text"] == SUMMARY
    assert (said["version"], said["finish_reason"], said["persona"]) == ("2", "stop", "CFO")
    assert said["usage"]["prompt_tokens"] == 70
    by_rpc = SummaryBody.of(gateway.summarize()).model_dump(mode="json")
    assert said | {"request_id": ""} == by_rpc | {"request_id": ""}


def test_the_two_interfaces_have_the_same_fields():
    assert set(SummaryBody.model_fields) == set(pb.SummarizeResponse.DESCRIPTOR.fields_by_name)


def test_a_stream_s_deltas_make_up_the_text_of_its_final_event(gateway):
    answer = gateway.post(stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *deltas, (name, last) = events(answer)
    assert {kind for kind, _ in deltas} == {"delta"}
    assert "".join(data["delta"] for _, data in deltas) == last["final"]["text"] == SUMMARY
    assert name == "final"


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"article": ""}, 400, "ARTICLE_EMPTY"),
        ({"article": " \n\t"}, 400, "ARTICLE_EMPTY"),
        ({"article": "\u200b\u200b"}, 400, "ARTICLE_EMPTY"),
        ({"article": "%PDF-1.7\0\1\2"}, 400, "ARTICLE_NOT_TEXT"),
        ({"article": "a" * (1024 * 1024 + 1)}, 400, "ARTICLE_TOO_LARGE"),
        ({"persona": "CTO"}, 400, "UNKNOWN_PERSONA"),
        ({"model": "reports"}, 404, "MODEL_NOT_FOUND"),
        ({"model": ""}, 404, "MODEL_NOT_FOUND"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bad_input_is_refused_alike_by_both_interfaces(gateway, fields, status, reason):
    for stream in (False, True):
        answer = gateway.post(**fields, stream=stream)
        assert answer.status_code == status
        error = answer.json()["error"]
        assert error["reason"] == reason
    with pytest.raises(GoldbriefError) as caught:
        gateway.summarize(**fields)
    assert caught.value.reason == reason
    assert (caught.value.message, caught.value.remedy) == (error["message"], error["remedy"])
    assert caught.value.metadata == error["metadata"]


JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "media_type", "status", "reason"),
    [
        (b'{"article_text": ', JSON, 400, "INVALID_JSON"),
        (b"", JSON, 400, "INVALID_REQUEST"),
        (b"[]", JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": 7}', JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "Sales rose.", "modle": "x"}', JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "\\ud800"}', JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "a", "\\ud800": 1}', JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "\xff\xfe"}', JSON, 400, "INVALID_REQUEST"),
        (b"[" * 100_000, JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "a", "timeout_s": 0}', JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "a", "timeout_s": NaN}', JSON, 400, "INVALID_REQUEST"),
        (b'{"article_text": "a"}', "text/plain", 415, "NOT_JSON"),
        (b'{"article_text": "a"}', "application/x-www-form-urlencoded", 415, "NOT_JSON"),
        (b"\x89PNG\r\n\0\xff", "image/png", 415, "NOT_JSON"),
        (b'"' + b"a" * 4 * 1024 * 1024, JSON, 413, "BODY_TOO_LARGE"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_is_no_request_is_refused_with_what_to_do(
    gateway, body, media_type, status, reason
):
    answer = gateway.http.post("/v1/summarize", content=body, headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)
    assert gateway.engine.calls == []


def test_a_body_of_unknown_length_has_the_same_limit(gateway):
    chunks = (b"a" * 65536 for _ in range(80))
    answer = gateway.http.post("/v1/summarize", content=chunks, headers={"content-type": JSON})
    assert answer.json()["error"]["reason"] == "BODY_TOO_LARGE"


def test_a_wrong_field_is_named(gateway):
    error = gateway.post(timeout_s="soon").json()["error"]
    assert error["metadata"] == {"field": "timeout_s"}
    assert error["code"] == "INVALID_ARGUMENT"
    assert "timeout_s" in error["message"]


def test_other_paths_and_methods_are_refused_in_the_same_form(gateway):
    missing = gateway.http.get("/v2/summarize")
    assert (missing.status_code, missing.json()["error"]["reason"]) == (404, "NO_SUCH_ROUTE")
    wrong = gateway.http.get("/v1/summarize")
    assert (wrong.status_code, wrong.json()["error"]["reason"]) == (405, "WRONG_METHOD")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TransientError("no answer", reason="ENGINE_UNREACHABLE"), 503),
        (ResourceExhaustedError("full", reason="ENGINE_OVERLOADED", retry_after_s=1.2), 429),
        (ValueError("a secret of the server"), 500),
    ],
)
def test_an_engine_that_fails_at_once_gives_a_stream_its_status(make_gateway, error, status):
    engine = FakeEngine()
    engine.error = error
    gateway = make_gateway(engine)
    for stream in (False, True):
        answer = gateway.post(stream=stream)
        assert answer.status_code == status
        assert answer.json()["error"]["reason"] == getattr(error, "reason", "UNEXPECTED")
        assert "secret" not in answer.text
        assert answer.headers.get("retry-after") == ("2" if status == 429 else None)


def test_an_engine_that_dies_in_mid_stream_leaves_an_error_and_no_final(make_gateway):
    gateway = make_gateway(FakeEngine(fails_after=3))
    found = events(gateway.post(stream=True))
    assert [name for name, _ in found] == ["delta"] * 3 + ["error"]
    assert found[-1][1]["error"]["reason"] == "ENGINE_BROKE_OFF"
    with pytest.raises(TransientError) as caught:
        list(gateway.stream())
    assert caught.value.reason == "ENGINE_BROKE_OFF"


@pytest.mark.parametrize("stream", [False, True])
def test_a_deadline_that_passes_stops_the_engine(make_gateway, stream):
    gateway = make_gateway(EndlessEngine())
    answer = gateway.post(timeout_s=0.3, stream=stream)
    if stream:
        assert answer.status_code == 200
        name, data = events(answer)[-1]
        assert name == "error"
    else:
        assert answer.status_code == 504
        data = answer.json()
    assert data["error"]["reason"] == "DEADLINE_EXCEEDED"
    assert gateway.engine.closed.wait(5)


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_stops_the_engine_and_frees_the_place(make_gateway, stream):
    gateway = make_gateway(EndlessEngine())
    gateway.post_and_leave("/v1/summarize", {"article_text": ARTICLE, "stream": stream})
    assert gateway.engine.closed.wait(5)
    assert gateway.post(timeout_s=0.2).status_code == 504  # admitted, not refused


def test_both_interfaces_wait_in_one_queue(gateway):
    gateway.engine.go.clear()
    waiting = [gateway.stub.Summarize.future(request(), timeout=30) for _ in range(2)]
    wait_for(lambda: gateway.admission.taken == 2)
    answer = gateway.post()
    assert answer.status_code == 429
    assert answer.json()["error"]["reason"] == "GATEWAY_BUSY"
    assert int(answer.headers["retry-after"]) >= answer.json()["error"]["retry_after_s"]
    gateway.engine.go.set()
    assert [future.result().text for future in waiting] == [SUMMARY, SUMMARY]


def test_what_is_under_way_ends_when_the_server_stops(make_gateway):
    gateway = make_gateway(EndlessEngine())
    body = {"article_text": ARTICLE, "stream": True}
    with gateway.http.stream("POST", "/v1/summarize", json=body) as answer:
        assert next(answer.iter_lines()) == "event: delta"
        started = time.monotonic()
        gateway.server.stop()
        assert time.monotonic() - started < 5  # the grace is one second
    assert gateway.engine.closed.wait(5)


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head(gateway):
    gateway.http.get("/health")
    times = []
    for _ in range(20):
        started = time.perf_counter()
        gateway.http.get("/health")
        times.append(time.perf_counter() - started)
    assert min(times) < 0.03  # a delayed acknowledgement takes 0.04 s, every time


def test_it_tells_its_health_and_how_it_is_used(gateway):
    assert gateway.http.get("/health").json() == {"status": "ok"}
    described = gateway.http.get("/openapi.json").json()
    schema = described["components"]["schemas"]["SummaryBody"]["properties"]
    assert all(field["description"] for field in schema.values())
    page = gateway.http.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for word in ("/v1/summarize", "article_text", "structure_problems", "429", "text/event-stream"):
        assert word in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text


@pytest.mark.parametrize(
    ("authorization", "status", "reason"),
    [
        ("", 401, "TOKEN_MISSING"),
        ("Bearer gb_wrong", 401, "TOKEN_UNKNOWN"),
        ("Bearer reader", 403, "SCOPE_MISSING"),
        ("Bearer writer", 400, "INVALID_JSON"),
    ],
)
def test_a_token_is_wanted_where_there_are_tokens(tmp_path, authorization, status, reason):
    entries = [
        TokenEntry(name=name, sha256=token_hash(name), scopes=(scope,))
        for name, scope in (("reader", "read"), ("writer", "summarize"))
    ]
    (tmp_path / "tokens.yaml").write_text(write_tokens(entries))
    app = create_app(None, None, Doorkeeper(tmp_path / "tokens.yaml"))

    async def ask():
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            for open_to_all in ("/health", "/docs", "/openapi.json"):
                assert (await client.get(open_to_all)).status_code == 200
            return await client.post("/v1/summarize", content="{", headers=headers)

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)
    assert answer.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)


def test_every_route_wants_a_token_but_health_and_documentation(tmp_path):
    doors = [door for door in GATEWAY if door.path.startswith("/v1/")]
    assert {door.path for door in GATEWAY} - {door.path for door in doors} == {
        "/health", "/docs", "/openapi.json"
    }  # fmt: skip
    past = datetime.now(UTC) - timedelta(seconds=1)
    kinds = {"reader": ("read",), "old": ("summarize",)}
    entries = [
        TokenEntry(
            name=name, sha256=token_hash(name), scopes=scopes,
            expires=past if name == "old" else None,
        )
        for name, scopes in kinds.items()
    ]  # fmt: skip
    file = tmp_path / "tokens.yaml"
    file.write_text(write_tokens(entries))
    http = TestClient(create_app(None, None, Doorkeeper(file)))
    refusals = {
        "": (401, "TOKEN_MISSING"),
        "Bearer wrong": (401, "TOKEN_UNKNOWN"),
        "Bearer old": (401, "TOKEN_EXPIRED"),
        "Bearer reader": (403, "SCOPE_MISSING"),
    }
    for door in doors:
        for header, expected in refusals.items():
            answer = http.request(door.method, door.path, headers={"authorization": header})
            assert (answer.status_code, answer.json()["error"]["reason"]) == expected
