"""The client of TGI against a fake that has TGI's quirks, and against scripted answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from goldbrief.core.errors import (
    DeadlineError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.core.seams import Completion, Engine, Window
from goldbrief.platform.llm import TgiEngine
from goldbrief.platform.llm.tgi import adapter_names
from goldbrief.testing.fake_tgi import FakeTgi
from goldbrief.testing.fake_tgi_model import Limits

URL = "http://tgi.test"
BUSY = httpx.Response(429, json={"error": "Model is overloaded", "error_type": "overloaded"})
ADAPTER = "briefs--1"


def words(prompt: str, adapter: str | None) -> list[str]:
    return [f" {adapter or 'base'}-{number}" for number in range(20)]


@pytest.fixture
def tgi() -> Iterator[FakeTgi]:
    with FakeTgi(words, adapters=[ADAPTER]) as fake:
        yield fake


@pytest.fixture
def engine(tgi: FakeTgi) -> Engine:
    return TgiEngine(tgi.url, [ADAPTER])


def scripted(answer: Callable[[httpx.Request], httpx.Response]) -> TgiEngine:
    client = httpx.Client(base_url=URL, transport=httpx.MockTransport(answer))
    return TgiEngine(URL, [ADAPTER], client)


def whole(pieces: list[str | Completion]) -> Completion:
    *texts, last = pieces
    assert isinstance(last, Completion)
    assert "".join(map(str, texts)) == last.text
    return last


@pytest.mark.parametrize("adapter", [None, ADAPTER])
@pytest.mark.parametrize(("most", "reason"), [(3, "length"), (50, "eos_token")])
def test_an_answer_is_the_adapters_and_counts_its_tokens(
    engine: Engine, adapter: str | None, most: int, reason: str
) -> None:
    answer = engine.complete("Summarize.", adapter=adapter, max_tokens=most)
    streamed = whole(list(engine.stream("Summarize.", adapter=adapter, max_tokens=most)))
    written = words("", adapter)
    for one in (answer, streamed):
        assert one.text == "".join(written[:most])
        assert one.finish_reason == reason
        assert one.completion_tokens == min(most, len(written) + 1)  # the end is a token
        assert one.prompt_tokens == 4
        assert one.model == (adapter or "fake-base")
        assert one.latency_s > 0


def test_an_answer_is_drawn_only_at_a_temperature(engine: Engine) -> None:
    greedy, again, drawn = (
        engine.complete("x", adapter=None, max_tokens=20, temperature=temperature).text
        for temperature in (0.0, 0.0, 0.7)
    )
    assert greedy == again
    assert sorted(drawn.split()) == sorted(greedy.split())
    assert drawn != greedy


def test_nothing_is_left_to_what_tgi_does_unasked(tgi: FakeTgi, engine: Engine) -> None:
    engine.complete("x", adapter=None, max_tokens=7)
    list(engine.stream("x", adapter=ADAPTER, max_tokens=7, temperature=0.5))
    said = {"max_new_tokens": 7, "return_full_text": False, "details": True}
    drawn = {"do_sample": True, "temperature": 0.5, "adapter_id": ADAPTER}
    assert tgi.requests == [
        {"inputs": "x", "parameters": {**said, "do_sample": False}},
        {"inputs": "x", "parameters": {**said, **drawn}},
    ]


def test_an_adapter_that_tgi_was_not_started_with_never_reaches_it(
    tgi: FakeTgi, engine: Engine
) -> None:
    with pytest.raises(NotFoundError) as caught:
        engine.complete("x", adapter="briefs--2", max_tokens=2)
    assert caught.value.reason == "ADAPTER_NOT_FOUND"
    with pytest.raises(NotFoundError):
        list(engine.stream("x", adapter="briefs--2", max_tokens=2))
    assert tgi.requests == []
    assert engine.adapters() == [ADAPTER]


def test_an_answer_cut_within_a_character_is_not_empty() -> None:
    with FakeTgi(lambda *_: ["Costs", " fell", "\ufffd"]) as tgi:
        engine = TgiEngine(tgi.url, [])
        assert engine.complete("x", adapter=None, max_tokens=3).text == "Costs fell"
        assert whole(list(engine.stream("x", adapter=None, max_tokens=3))).text == "Costs fell"


@pytest.mark.parametrize(
    ("prompt", "most", "temperature", "reason"),
    [
        ("word " * 1000, 5, 0.0, "CONTEXT_OVERFLOW"),
        ("x" * 1800, 5, 0.0, "CONTEXT_OVERFLOW"),  # fits the window, not its part for prompts
        ("x", 0, 0.0, "ENGINE_REFUSED"),
        ("", 5, 0.0, "ENGINE_REFUSED"),
        ("x", 5, -1.0, "ENGINE_REFUSED"),
        ("x" * 2_100_000, 5, 0.0, "ENGINE_REFUSED"),
    ],
)
def test_what_tgi_refuses_is_the_callers_fault(
    engine: Engine, prompt: str, most: int, temperature: float, reason: str
) -> None:
    options = {"adapter": ADAPTER, "max_tokens": most, "temperature": temperature}
    with pytest.raises(InvalidInputError) as caught:
        engine.complete(prompt, **options)
    with pytest.raises(InvalidInputError) as streamed:
        list(engine.stream(prompt, **options))
    assert caught.value.reason == streamed.value.reason == reason


def test_overload_is_said_by_status_and_within_a_stream() -> None:
    with FakeTgi(limits=Limits(max_concurrent_requests=0)) as tgi:
        engine = TgiEngine(tgi.url, [ADAPTER])
        with pytest.raises(ResourceExhaustedError) as caught:
            engine.complete("x", adapter=ADAPTER, max_tokens=2)
        with pytest.raises(ResourceExhaustedError) as streamed:
            list(engine.stream("x", adapter=ADAPTER, max_tokens=2))
    assert caught.value.reason == streamed.value.reason == "ENGINE_OVERLOADED"


def test_a_shard_that_dies_in_mid_stream(tgi: FakeTgi) -> None:
    engine = TgiEngine(tgi.url, [ADAPTER])
    engine.check_health()
    tgi.shard_dies_after = 2
    pieces = engine.stream("x", adapter=ADAPTER, max_tokens=9)
    assert [next(pieces), next(pieces)] == words("", ADAPTER)[:2]
    with pytest.raises(TransientError) as caught:
        next(pieces)
    assert caught.value.reason == "ENGINE_FAILED"
    assert "generation" in caught.value.metadata["raw"]
    with pytest.raises(TransientError) as caught:
        engine.complete("x", adapter=ADAPTER, max_tokens=9)
    assert caught.value.reason == "ENGINE_FAILED"
    with pytest.raises(TransientError) as caught:
        engine.check_health()
    assert caught.value.reason == "ENGINE_UNHEALTHY"
    assert engine.info().version  # the router stays up


def test_closing_a_stream_stops_tgi() -> None:
    limits = Limits(max_total_tokens=2000)
    with FakeTgi(lambda *_: ["x"] * 1000, limits=limits, token_s=0.02) as tgi:
        pieces = TgiEngine(tgi.url, [ADAPTER]).stream("x", adapter=ADAPTER, max_tokens=1000)
        assert next(pieces) == "x"
        assert tgi.in_flight == 1
        pieces.close()  # type: ignore[attr-defined]
        until = time.monotonic() + 10  # half of what the answer would take
        while tgi.in_flight and time.monotonic() < until:
            time.sleep(0.01)
        assert tgi.in_flight == 0


def test_a_deadline_holds_for_answers_and_for_streams() -> None:
    with FakeTgi(lambda *_: ["x"] * 100, token_s=0.1) as tgi:
        engine = TgiEngine(tgi.url, [ADAPTER])
        for call in (engine.complete, lambda *a, **b: list(engine.stream(*a, **b))):
            started = time.monotonic()
            with pytest.raises(DeadlineError) as caught:
                call("x", adapter=ADAPTER, max_tokens=100, timeout_s=0.5)
            assert caught.value.reason == "ENGINE_TIMEOUT"
            assert time.monotonic() - started < 5  # the answer takes ten


def test_asking_for_the_bases_name_takes_of_the_callers_time() -> None:
    limits: list[float] = []

    def slow(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"]["read"])
        time.sleep(0.2)
        return httpx.Response(200, json=Limits().info()) if "info" in request.url.path else BUSY

    with pytest.raises(ResourceExhaustedError):
        scripted(slow).complete("x", adapter=None, max_tokens=2, timeout_s=3)
    asked, generated = limits
    assert generated + 0.2 <= asked <= 3


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


def answering(status: int, text: str) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, text=text)


TOKEN = '{"index": 1, "token": {"id": 1, "text": "a", "logprob": -1, "special": false}}'
ERROR_TYPES = [
    ("validation", 422, InvalidInputError, "ENGINE_REFUSED"),
    ("template_error", 422, InvalidInputError, "ENGINE_REFUSED"),
    ("missing_template_variable", 422, InvalidInputError, "ENGINE_REFUSED"),
    ("tool_error", 422, InvalidInputError, "ENGINE_REFUSED"),
    ("generation", 424, TransientError, "ENGINE_FAILED"),
    ("overloaded", 429, ResourceExhaustedError, "ENGINE_OVERLOADED"),
    ("incomplete_generation", 500, TransientError, "ENGINE_FAILED"),
    ("incomplete_generation_stream", 500, TransientError, "ENGINE_FAILED"),
    ("stream_serialization_error", 500, TransientError, "ENGINE_FAILED"),
    ("healthcheck", 503, TransientError, "ENGINE_UNHEALTHY"),
    ("of another version", 500, TransientError, "ENGINE_FAILED"),
]


@pytest.mark.parametrize(("error_type", "status", "kind", "reason"), ERROR_TYPES)
def test_every_error_of_tgi_means_the_same_as_a_status_and_as_an_event(
    error_type: str, status: int, kind: type[GoldbriefError], reason: str
) -> None:
    body = f'{{"error": "it said so", "error_type": "{error_type}"}}'
    with pytest.raises(kind, match="it said so") as caught:
        scripted(answering(status, body)).complete("x", adapter=ADAPTER, max_tokens=2)
    events = answering(200, f"data:{TOKEN}\n\n:\n\ndata:{body}\n\n")
    pieces = scripted(events).stream("x", adapter=ADAPTER, max_tokens=2)
    assert next(pieces) == "a"
    with pytest.raises(kind, match="it said so") as streamed:
        next(pieces)
    assert caught.value.reason == streamed.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answering(404, ""), "ENGINE_MALFORMED_ANSWER"),
        (answering(200, "<html>"), "ENGINE_MALFORMED_ANSWER"),
        (answering(200, '{"generated_text": "x"}'), "ENGINE_MALFORMED_ANSWER"),
        (raising(httpx.ConnectError("refused")), "ENGINE_UNREACHABLE"),
        (raising(httpx.RemoteProtocolError("hung up")), "ENGINE_BROKE_OFF"),
    ],
)
def test_what_is_no_answer_of_tgi(
    answer: Callable[[httpx.Request], httpx.Response], reason: str
) -> None:
    with pytest.raises(TransientError) as caught:
        scripted(answer).complete("x", adapter=ADAPTER, max_tokens=2)
    assert caught.value.reason == reason
    assert URL in caught.value.message


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (f"data:{TOKEN}\n\n", "ENGINE_BROKE_OFF"),
        (f"data:{TOKEN}\n\ndata:nonsense\n\n", "ENGINE_MALFORMED_ANSWER"),
    ],
)
def test_a_stream_without_its_last_event_has_failed(events: str, reason: str) -> None:
    pieces = scripted(answering(200, events)).stream("x", adapter=ADAPTER, max_tokens=2)
    assert next(pieces) == "a"
    with pytest.raises(TransientError) as caught:
        next(pieces)
    assert caught.value.reason == reason


def test_what_tgi_says_of_itself(tgi: FakeTgi) -> None:
    engine = TgiEngine(tgi.url, [ADAPTER])
    engine.complete("x", adapter=ADAPTER, max_tokens=1)
    info = engine.info()
    assert (info.model_id, info.version) == ("fake-base", "3.3.7")
    assert (info.max_input_tokens, info.max_total_tokens) == (512, 640)
    assert "tgi_request_count 1" in engine.metrics()
    assert engine.window() == Window(prompt=512, total=640)
    assert engine.count_tokens("x" * 100) == 34  # the fake has one for three letters


def test_adapters_are_named_as_tgi_names_them() -> None:
    given = "briefs--1=/served/briefs--1, acme/lora@main,acme/other,"
    assert adapter_names(given) == ["briefs--1", "acme/lora", "acme/other"]
    assert adapter_names("") == []
