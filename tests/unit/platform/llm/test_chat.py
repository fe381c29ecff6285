"""The chat client against a server that misbehaves on demand."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from goldbrief.core.errors import (
    GoldbriefError,
    InvalidInputError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.core.seams import ChatModel, Message
from goldbrief.platform.llm import OpenAIChat
from goldbrief.platform.llm.retrying import RetryPolicy, retry
from goldbrief.testing.fake_openai import (
    Behaviour,
    Fail,
    FakeOpenAI,
    Hang,
    Raw,
    Refusal,
    Reply,
    Truncated,
)

FAST = RetryPolicy(attempts=3, first_s=0.01, longest_s=0.02, deadline_s=10)
TURNS = [Message("system", "be brief"), Message("user", "two words")]


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


def client(
    fake: FakeOpenAI,
    *,
    key: str = "test-key",
    model: str = "fake-model",
    retries: RetryPolicy = FAST,
    read_timeout_s: float = 5,
) -> OpenAIChat:
    return OpenAIChat(fake.url, model, key, retries=retries, read_timeout_s=read_timeout_s)


def ask(chat: ChatModel) -> str:
    return chat.chat(TURNS, max_tokens=50, temperature=0.2, seed=7).text


def failure(chat: ChatModel, kind: type[GoldbriefError], reason: str) -> GoldbriefError:
    with pytest.raises(kind) as caught:
        ask(chat)
    assert caught.value.reason == reason
    return caught.value


def test_answer_and_what_was_sent(fake: FakeOpenAI) -> None:
    answer = client(fake).chat(TURNS, max_tokens=50, temperature=0.2, seed=7)
    assert (answer.text, answer.finish_reason) == ("echo: two words", "stop")
    assert (answer.prompt_tokens, answer.completion_tokens) == (4, 3)
    assert answer.model == "fake-model"
    assert answer.latency_s > 0
    (sent,) = fake.requests
    assert sent["messages"][1] == {"role": "user", "content": "two words"}
    assert (sent["max_tokens"], sent["temperature"], sent["seed"]) == (50, 0.2, 7)


def test_nothing_comes_from_the_environment(
    fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "from-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/from-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-from: environment\nAuthorization: environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    ask(client(fake))
    client(fake).check()
    headers = json.dumps(fake.headers)
    assert "environment" not in headers
    assert "openai-organization" not in headers
    assert "openai-project" not in headers


@pytest.mark.parametrize(
    "behaviour", [Fail(500), Fail(503), Fail(429), Fail(408), Raw(), Truncated(), Raw(b"{}")]
)
def test_passing_failures_are_tried_again(fake: FakeOpenAI, behaviour: Behaviour) -> None:
    fake.script(behaviour, behaviour)
    assert ask(client(fake)) == "echo: two words"
    assert len(fake.requests) == 3


def test_attempts_end(fake: FakeOpenAI) -> None:
    fake.script(*[Fail(500, "on fire")] * 3)
    error = failure(client(fake), TransientError, "LLM_SERVER_ERROR")
    assert "on fire" in str(error)
    assert len(fake.requests) == 3


def test_rate_limit_after_retries(fake: FakeOpenAI) -> None:
    fake.script(*[Fail(429, retry_after="0.01")] * 3)
    error = failure(client(fake), ResourceExhaustedError, "LLM_RATE_LIMIT")
    assert isinstance(error, ResourceExhaustedError)
    assert error.retry_after_s == 0.01


def test_retry_after_is_honoured(fake: FakeOpenAI) -> None:
    fake.script(Fail(429, retry_after="0.3"))
    started = time.monotonic()
    ask(client(fake))
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("as_date", [False, True])
def test_a_wait_past_the_deadline_is_not_begun(fake: FakeOpenAI, as_date: bool) -> None:
    wish = formatdate(time.time() + 3600, usegmt=True) if as_date else "3600"
    fake.script(Fail(429, retry_after=wish))
    error = failure(client(fake), ResourceExhaustedError, "LLM_RATE_LIMIT")
    assert isinstance(error, ResourceExhaustedError)
    assert error.retry_after_s == pytest.approx(3600, abs=30)
    assert len(fake.requests) == 1


def test_spent_quota_is_not_tried_again(fake: FakeOpenAI) -> None:
    fake.script(Fail(429, "quota", code="insufficient_quota"))
    failure(client(fake), ResourceExhaustedError, "LLM_QUOTA")
    assert len(fake.requests) == 1


def test_wrong_key(fake: FakeOpenAI) -> None:
    error = failure(client(fake, key="wrong"), InvalidInputError, "LLM_AUTH")
    assert "GOLDBRIEF_TEACHER_API_KEY" in error.remedy
    assert "wrong" not in str(error)


def test_unknown_model(fake: FakeOpenAI) -> None:
    failure(client(fake, model="gpt-99"), InvalidInputError, "LLM_NOT_FOUND")
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        Fail(400, "too long", code="context_length_exceeded"),
        Fail(400, "This model's maximum context length is 4096 tokens."),
        Fail(422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 640."),
    ],
)
def test_context_overflow(fake: FakeOpenAI, behaviour: Fail) -> None:
    fake.script(behaviour)
    failure(client(fake), InvalidInputError, "LLM_CONTEXT_OVERFLOW")
    assert len(fake.requests) == 1


def test_other_refused_requests(fake: FakeOpenAI) -> None:
    fake.script(Fail(400, "no such role"))
    error = failure(client(fake), InvalidInputError, "LLM_BAD_REQUEST")
    assert "no such role" in str(error)


def test_hanging_server(fake: FakeOpenAI) -> None:
    fake.script(Hang(), Hang(), Hang())
    started = time.monotonic()
    failure(client(fake, read_timeout_s=0.2), TransientError, "LLM_TIMEOUT")
    assert time.monotonic() - started < 5


def test_deadline_over_all_attempts(fake: FakeOpenAI) -> None:
    fake.script(*[Hang()] * 10)
    policy = RetryPolicy(attempts=10, first_s=0.01, deadline_s=0.5)
    started = time.monotonic()
    failure(client(fake, retries=policy), TransientError, "LLM_TIMEOUT")
    assert time.monotonic() - started < 3


def test_unreachable_names_the_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/v1"
    chat = OpenAIChat(url, "m", "k", retries=FAST)
    error = failure(chat, TransientError, "LLM_UNREACHABLE")
    assert url in error.message
    with pytest.raises(TransientError, match=str(port)):
        chat.check()


@pytest.mark.parametrize("url", ["", "127.0.0.1:80/v1", "ftp://x/v1", "http:///v1"])
def test_no_url(url: str) -> None:
    with pytest.raises(InvalidInputError, match="URL"):
        OpenAIChat(url, "m", "k")


@pytest.mark.parametrize("body", [b"<html>", b'{"choices": []}', b'{"choices": [{}]}', b"[1]"])
def test_malformed_answers_keep_the_raw_text(fake: FakeOpenAI, body: bytes) -> None:
    fake.script(*[Raw(body)] * 3)
    error = failure(client(fake), TransientError, "LLM_MALFORMED_ANSWER")
    assert error.metadata["raw"] == body.decode()


def test_refusal_is_an_answer(fake: FakeOpenAI) -> None:
    fake.script(Refusal("I will not."))
    answer = client(fake).chat(TURNS, max_tokens=5)
    assert (answer.text, answer.finish_reason) == ("I will not.", "refusal")


def test_length(fake: FakeOpenAI) -> None:
    fake.script(Reply("cut o", "length"))
    assert client(fake).chat(TURNS, max_tokens=5).finish_reason == "length"


def test_adapts_to_models_that_take_other_parameters(fake: FakeOpenAI) -> None:
    fake.script(
        Fail(400, "use the other", code="unsupported_parameter", param="max_tokens"),
        Fail(400, "only 1", code="unsupported_value", param="temperature"),
    )
    chat = client(fake)
    assert ask(chat) == ask(chat) == "echo: two words"
    assert len(fake.requests) == 4
    for sent in fake.requests[2:]:
        assert sent["max_completion_tokens"] == 50
        assert not {"max_tokens", "temperature"} & set(sent)


SCHEMA = {"type": "object", "properties": {"grade": {"type": "integer"}}}


def test_a_schema_is_asked_for_as_the_endpoint_takes_it(fake: FakeOpenAI) -> None:
    fake.script(
        Fail(422, "Failed to deserialize the JSON body: response_format: missing field `value`"),
    )
    chat = client(fake)
    for _ in range(2):
        chat.chat([Message("user", "grade")], max_tokens=50, schema=SCHEMA)
    refused, *taken = (sent["response_format"] for sent in fake.requests)
    assert refused["type"] == "json_schema"
    assert refused["json_schema"]["schema"] == SCHEMA
    assert refused["json_schema"]["strict"] is True
    assert taken == [{"type": "json_object", "value": SCHEMA}] * 2


def test_an_endpoint_that_takes_no_schema_is_asked_without_one(fake: FakeOpenAI) -> None:
    refusal = Fail(400, "not for this model", param="response_format")
    fake.script(refusal, refusal)
    chat = client(fake)
    answer = chat.chat([Message("user", "grade")], max_tokens=50, schema=SCHEMA)
    assert answer.text == "echo: grade"
    assert "response_format" not in fake.requests[-1]
    assert len(fake.requests) == 3


def test_a_refusal_of_anything_else_is_no_refusal_of_the_schema(fake: FakeOpenAI) -> None:
    fake.script(Fail(400, "the prompt is odd"))
    with pytest.raises(InvalidInputError, match="odd"):
        client(fake).chat([Message("user", "grade")], max_tokens=50, schema=SCHEMA)
    assert len(fake.requests) == 1


def test_check(fake: FakeOpenAI) -> None:
    client(fake).check()
    assert fake.requests == []
    with pytest.raises(InvalidInputError, match="fake-model"):
        client(fake, model="other").check()
    with pytest.raises(InvalidInputError) as caught:
        client(fake, key="wrong").check()
    assert caught.value.reason == "LLM_AUTH"


def test_jitter_is_full_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[float] = []
    waits: list[float] = []

    def uniform(low: float, high: float) -> float:
        bounds.append(high)
        return low

    monkeypatch.setattr("random.uniform", uniform)
    monkeypatch.setattr("time.sleep", waits.append)

    def fail(_: float) -> None:
        raise TransientError("no")

    with pytest.raises(TransientError):
        retry(RetryPolicy(attempts=5, first_s=1, longest_s=3), fail)
    assert bounds[:4] == [1, 2, 3, 3]
    assert len(waits) == 4


def told(logprobs: object) -> Raw:
    message = {"role": "assistant", "content": "4"}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": logprobs}
    return Raw(json.dumps({"choices": [choice]}).encode())


def test_tokens_come_with_their_alternatives_where_they_are_asked_for(fake: FakeOpenAI) -> None:
    likely = [{"token": "4", "logprob": -0.1}, {"token": "3", "logprob": -2.5}]
    fake.script(told({"content": [{**likely[0], "top_logprobs": likely}]}))
    found = client(fake).chat([Message("user", "grade")], max_tokens=5, log_probs=True)
    assert [(one.text, one.log_probs) for one in found.tokens] == [("4", {"4": -0.1, "3": -2.5})]
    assert (fake.requests[0]["logprobs"], fake.requests[0]["top_logprobs"]) == (True, 5)
    client(fake).chat([Message("user", "grade")], max_tokens=5)
    assert "logprobs" not in fake.requests[1]


@pytest.mark.parametrize("logprobs", [None, {"tokens": ["4"]}, "none", {"content": None}])
def test_an_endpoint_that_tells_no_tokens_answers_all_the_same(
    fake: FakeOpenAI, logprobs: object
) -> None:
    fake.script(told(logprobs))
    found = client(fake).chat([Message("user", "grade")], max_tokens=5, log_probs=True)
    assert (found.text, found.tokens) == ("4", ())


def test_an_endpoint_that_refuses_log_probabilities_is_asked_without(fake: FakeOpenAI) -> None:
    fake.script(Fail(400, "logprobs are not supported by this model"))
    chat = client(fake)
    for _ in range(2):
        assert chat.chat([Message("user", "hi")], max_tokens=5, log_probs=True).text == "echo: hi"
    assert ["logprobs" in body for body in fake.requests] == [True, False, False]
    assert "top_logprobs" not in fake.requests[1]
