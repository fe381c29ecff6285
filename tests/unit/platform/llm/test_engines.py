"""The engine and embedding clients against scripted transports."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from goldbrief.core.documents import SectionStyle, SummaryForm
from goldbrief.core.errors import (
    DeadlineError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.core.seams import Completion, Embedder, Engine, GivenToken, Window
from goldbrief.platform.llm import HttpEmbedder, OpenAIEngine
from goldbrief.platform.llm.retrying import RetryPolicy
from goldbrief.platform.llm.scoring import HttpTokenScorer

URL = "http://engine.test"
FORM = SummaryForm(
    sections=(
        SectionStyle(
            name="overview", heading="Overview", form="prose",
            min_items=1, max_items=2, min_words=5, max_words=30,
        ),
    ),
    max_words=30,
)  # fmt: skip
MODELS = {
    "data": [
        {"id": "encoder", "parent": None, "kind": "embedding"},
        {"id": "base", "parent": None, "max_model_len": 2048},
        {"id": "acme--1", "parent": "base"},
    ]
}
Handler = Callable[[httpx.Request], httpx.Response]


def http(handler: Handler) -> httpx.Client:
    def route(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(200, json=MODELS)
        return handler(request)

    return httpx.Client(base_url=URL, transport=httpx.MockTransport(route))


def engine(handler: Handler) -> OpenAIEngine:
    return OpenAIEngine(URL, http(handler))


def answering(status: int, body: Any, headers: dict[str, str] | None = None) -> Handler:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers=headers)


def raising(error: Exception) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


def choice(index: int, text: str) -> dict[str, Any]:
    ids = {"token_ids": [1] * (index + 1), "prompt_token_ids": [1] * 5}
    return {"index": index, "text": text, "finish_reason": "length", **ids}


def test_complete_sends_raw_greedy_prompt_to_the_adapter() -> None:
    sent: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        usage = {"prompt_tokens": 5, "completion_tokens": 1}
        return httpx.Response(200, json={"choices": [choice(0, "hi")], "usage": usage})

    client: Engine = engine(handler)
    answer = client.complete("p", adapter="acme--1", max_tokens=9)
    assert (answer.text, answer.finish_reason, answer.model) == ("hi", "length", "acme--1")
    assert (answer.prompt_tokens, answer.completion_tokens) == (5, 1)
    assert sent[0]["model"] == "acme--1"
    assert (sent[0]["prompt"], sent[0]["max_tokens"], sent[0]["temperature"]) == (["p"], 9, 0.0)
    assert client.complete("p", adapter=None, max_tokens=9).model == "base"
    assert sent[1]["model"] == "base"


@pytest.mark.parametrize("holds", [True, False])
def test_an_engine_that_can_is_held_to_figures_and_form(*, holds: bool) -> None:
    sent: list[dict[str, Any]] = []
    held = ["figures", "form"] if holds else []

    def route(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"data": [{"id": "base", "holds": held}]})
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={"choices": [choice(0, "hi")]})

    client = OpenAIEngine(URL, httpx.Client(base_url=URL, transport=httpx.MockTransport(route)))
    client.complete("p", adapter="acme--1", max_tokens=9, figure_source="Up 5%.", form=FORM)
    client.complete("p", adapter="acme--1", max_tokens=9)
    assert [body.get("figure_source") for body in sent] == ["Up 5%." if holds else None, None]
    form = FORM.model_dump(mode="json") if holds else None
    assert [body.get("form") for body in sent] == [form, None]


def test_complete_many_sorts_by_index() -> None:
    body = {"choices": [choice(1, "b"), choice(0, "a"), choice(2, "c")]}
    answers = engine(answering(200, body)).complete_many(["x"] * 3, adapter=None, max_tokens=2)
    assert [answer.text for answer in answers] == ["a", "b", "c"]
    assert [answer.completion_tokens for answer in answers] == [1, 2, 3]
    assert engine(answering(500, {})).complete_many([], adapter=None, max_tokens=2) == []


@pytest.mark.parametrize(("owner", "required"), [("vllm", "acme/tiny"), ("goldbrief", None)])
def test_vllm_alone_asks_for_adapters_of_its_model(owner: str, required: str | None) -> None:
    card = {"id": "short", "root": "acme/tiny", "owned_by": owner}
    transport = httpx.MockTransport(answering(200, {"data": [card]}))
    client = OpenAIEngine(URL, httpx.Client(base_url=URL, transport=transport))
    assert client.required_base() == required


@pytest.mark.parametrize(("asked", "fits"), [(2043, True), (2044, False)])
def test_an_engine_that_would_write_less_than_is_asked_for_is_no_engine_that_cuts(
    asked: int, *, fits: bool
) -> None:
    whole = engine(answering(200, {"choices": [choice(0, "cut")]}))
    first = {**part("cut"), "choices": [choice(0, "cut") | {"finish_reason": None}]}
    streamed = engine(answering(200, events(first, part("", "length"), "[DONE]")))
    calls: list[Callable[[], object]] = [
        lambda: whole.complete("p", adapter="acme--1", max_tokens=asked),
        lambda: next(streamed.stream("p", adapter="acme--1", max_tokens=asked)),
    ]
    for call in calls:
        if fits:
            assert call()
            continue
        with pytest.raises(InvalidInputError) as caught:
            call()
        assert caught.value.reason == "CONTEXT_OVERFLOW"
        assert "2048" in caught.value.message


def test_an_engine_started_anew_with_a_longer_window_is_believed() -> None:
    lengths = [8, 2048]

    def route(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models":
            return httpx.Response(
                200, json={"data": [{"id": "b", "max_model_len": lengths.pop(0)}]}
            )
        return httpx.Response(200, json={"choices": [choice(0, "hi")]})

    client = OpenAIEngine(URL, httpx.Client(base_url=URL, transport=httpx.MockTransport(route)))
    assert client.complete("p", adapter=None, max_tokens=9).text == "hi"


def test_adapters_are_those_with_a_parent() -> None:
    assert engine(answering(500, {})).adapters() == ["acme--1"]


def test_prompts_are_measured_by_the_engines_own_tokenizer() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, json.loads(request.content)["prompt"]) == ("/tokenize", "a text")
        return httpx.Response(200, json={"count": 7, "max_model_len": 2048, "tokens": [1] * 7})

    assert engine(handler).count_tokens("a text") == 7
    assert engine(handler).window() == Window(prompt=2047, total=2048)
    assert engine(answering(404, {})).count_tokens("a text") is None
    with pytest.raises(TransientError):
        engine(answering(500, {})).count_tokens("a text")


@pytest.mark.parametrize(("completion", "room"), [(420, 1628), (1, 2047)])
def test_the_room_for_a_prompt_leaves_some_for_its_completion(completion: int, room: int) -> None:
    assert Window(prompt=2047, total=2048).room(completion) == room


OVERLOAD = {"error": {"message": "busy", "type": "rate_limit_error", "code": "QUEUE_FULL"}}
FAILURES = [
    (answering(404, OVERLOAD), NotFoundError, "ADAPTER_NOT_FOUND"),
    (answering(429, OVERLOAD, {"Retry-After": "2"}), ResourceExhaustedError, "ENGINE_OVERLOADED"),
    (answering(503, b"overloaded"), ResourceExhaustedError, "ENGINE_OVERLOADED"),
    (answering(500, b"oops"), TransientError, "ENGINE_FAILED"),
    (answering(424, {"error": "x", "error_type": "generation"}), TransientError, "ENGINE_FAILED"),
    (answering(422, {"error": "bad"}), InvalidInputError, "ENGINE_REFUSED"),
    (
        answering(400, {"message": "maximum context length is 9"}),
        InvalidInputError,
        "CONTEXT_OVERFLOW",
    ),
    (
        answering(422, {"error": {"message": "x", "code": "CONTEXT_OVERFLOW"}}),
        InvalidInputError,
        "CONTEXT_OVERFLOW",
    ),
    (answering(200, b"<html>"), TransientError, "ENGINE_MALFORMED_ANSWER"),
    (answering(200, {"choices": []}), TransientError, "ENGINE_MALFORMED_ANSWER"),
    (answering(200, {"choices": [choice(3, "x")]}), TransientError, "ENGINE_MALFORMED_ANSWER"),
    (raising(httpx.ReadTimeout("slow")), DeadlineError, "ENGINE_TIMEOUT"),
    (raising(httpx.ConnectTimeout("slow")), TransientError, "ENGINE_TIMEOUT"),
    (raising(httpx.ConnectError("refused")), TransientError, "ENGINE_UNREACHABLE"),
    (raising(httpx.RemoteProtocolError("hung up")), TransientError, "ENGINE_BROKE_OFF"),
]


@pytest.mark.parametrize(("handler", "kind", "reason"), FAILURES)
def test_failures(handler: Handler, kind: type[GoldbriefError], reason: str) -> None:
    with pytest.raises(kind) as caught:
        engine(handler).complete("p", adapter="acme--1", max_tokens=9)
    assert caught.value.reason == reason
    assert URL in caught.value.message


def test_overload_says_when_to_retry() -> None:
    with pytest.raises(ResourceExhaustedError) as caught:
        engine(FAILURES[1][0]).complete("p", adapter="acme--1", max_tokens=9)
    assert caught.value.retry_after_s == 2


def events(*lines: object) -> bytes:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return "".join(f"data: {text}\n\n" for text in texts).encode()


def part(text: str, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "text": text, "finish_reason": finish}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}


@pytest.mark.parametrize("unfinished", [None, ""])
def test_stream(unfinished: str | None) -> None:
    body = b": comment\n\n" + events(
        part("a", unfinished), part("b", unfinished), part("", "stop"), USAGE, "[DONE]"
    )
    *pieces, last = engine(answering(200, body)).stream("p", adapter="acme--1", max_tokens=9)
    assert pieces == ["a", "b"]
    assert isinstance(last, Completion)
    assert (last.text, last.finish_reason) == ("ab", "stop")
    assert (last.prompt_tokens, last.completion_tokens) == (3, 2)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (events(part("a")), "ENGINE_BROKE_OFF"),
        (events(part("a"), "[DONE]"), "ENGINE_BROKE_OFF"),
        (events(part("a"), {"error": {"message": "shard died"}}, "[DONE]"), "ENGINE_FAILED"),
        (events(part("a"), {"error": "lost", "error_type": "generation"}), "ENGINE_FAILED"),
        (events(part("a"), "{nonsense"), "ENGINE_MALFORMED_ANSWER"),
    ],
)
def test_stream_that_fails_under_way(body: bytes, reason: str) -> None:
    pieces = engine(answering(200, body)).stream("p", adapter="acme--1", max_tokens=9)
    assert next(pieces) == "a"
    with pytest.raises(TransientError) as caught:
        list(pieces)
    assert caught.value.reason == reason


def test_more_than_a_hundred_calls_at_once_wait_for_no_connection() -> None:
    many = 120
    together = threading.Barrier(many)

    class Waiting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            together.wait(20)  # until all of them have come
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(MODELS).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = many

    with Server(("127.0.0.1", 0), Waiting) as server, ThreadPoolExecutor(many) as threads:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        asked = OpenAIEngine(f"http://127.0.0.1:{server.server_port}")
        found = [threads.submit(asked.adapters) for _ in range(many)]
        assert [one.result(20) for one in found] == [["acme--1"]] * many
        server.shutdown()
        serving.join()


def test_stream_of_an_unknown_adapter() -> None:
    with pytest.raises(NotFoundError):
        next(engine(FAILURES[0][0]).stream("p", adapter="no--1", max_tokens=9))


def test_stream_ends_at_its_deadline() -> None:
    body = events(part("a"), part("b", "stop"))
    pieces = engine(answering(200, body)).stream("p", adapter="x--1", max_tokens=9, timeout_s=0)
    with pytest.raises(TransientError) as caught:
        list(pieces)
    assert caught.value.reason == "ENGINE_TIMEOUT"


def test_embedder_keeps_order_over_batches() -> None:
    sizes: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        sizes.append(len(texts))
        rows = [{"index": i, "embedding": [float(text)]} for i, text in enumerate(texts)]
        return httpx.Response(200, json={"data": rows[::-1]})

    embedder: Embedder = HttpEmbedder(URL, client=http(handler))
    assert embedder.embed([str(n) for n in range(130)]) == [[float(n)] for n in range(130)]
    assert sizes == [64, 64, 2]
    assert embedder.embed([]) == []
    assert embedder.name == "all-minilm-l6-v2"


def test_embedder_tries_again() -> None:
    answers = [
        httpx.Response(500),
        httpx.Response(429, headers={"Retry-After": "0"}),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [{"index": 0, "embedding": [1.0]}]}),
    ]
    fast = RetryPolicy(first_s=0.01)
    embedder = HttpEmbedder(URL, client=http(lambda _: answers.pop(0)), retries=fast)
    assert embedder.embed(["a"]) == [[1.0]]
    assert answers == []


def scorer(answer: Any) -> HttpTokenScorer:
    return HttpTokenScorer(URL, "base", client=http(answering(200, answer)))


def test_the_tokens_of_the_text_are_told_as_vllm_tells_them() -> None:
    told = {
        "tokens": ["Costs", " rose", "."], "text_offset": [0, 5, 10],
        "token_logprobs": [None, -0.5, -3.0],
        "top_logprobs": [None, {" rose": -0.5}, {" by": -0.2, ".": -3.0}],
    }  # fmt: skip
    answer = {"choices": [{"text": "Costs rose.", "logprobs": told}]}
    found = scorer(answer).tokens("Costs", " rose.", "acme--1")
    assert found == [GivenToken(-0.5, is_likeliest=True), GivenToken(-3.0, is_likeliest=False)]
    short = {**told, "text_offset": [0, 5]}
    lame = HttpTokenScorer(
        URL, "base", client=http(answering(200, {"choices": [{"logprobs": short}]})),
        retries=RetryPolicy(attempts=1),
    )  # fmt: skip
    with pytest.raises(TransientError, match="not one place a token"):
        lame.tokens("Costs", " rose.")


@pytest.mark.parametrize(
    "choice",
    [{"text": "x"}, {"logprobs": None}, {"logprobs": {"content": [{"token": "x"}]}}],
)
def test_an_engine_that_ignores_echo_does_not_tell(choice: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="no log-probabilities") as caught:
        scorer({"choices": [choice]}).tokens("Costs", " rose.")
    assert caught.value.reason == "SCORING_NOT_SERVED"
