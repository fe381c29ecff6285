"""platform.llm's engine client against the embedded server."""

from __future__ import annotations

import pytest

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.seams import Completion
from goldbrief.inference.server import RunningServer
from goldbrief.platform.llm import OpenAIChat, OpenAIEngine

from .conftest import ADAPTER, OTHER

PROMPTS = ["Revenue grew", "The", "Costs rose by 7% on wages and more"]


@pytest.fixture
def engine(server: RunningServer) -> OpenAIEngine:
    return OpenAIEngine(server.url)


@pytest.mark.parametrize("adapter", [None, ADAPTER])
def test_stream_and_batch_equal_single_calls(engine: OpenAIEngine, adapter: str | None) -> None:
    singles = [engine.complete(text, adapter=adapter, max_tokens=20) for text in PROMPTS]
    batch = engine.complete_many(PROMPTS, adapter=adapter, max_tokens=20)
    for text, single, one in zip(PROMPTS, singles, batch, strict=True):
        *pieces, last = engine.stream(text, adapter=adapter, max_tokens=20)
        assert isinstance(last, Completion)
        assert "".join(map(str, pieces)) == last.text == single.text == one.text
        for other in (last, one):
            assert other.finish_reason == single.finish_reason
            assert other.prompt_tokens == single.prompt_tokens > 0
            assert other.completion_tokens == single.completion_tokens > 0
            assert other.model == single.model == (adapter or "tiny")


def test_a_stream_is_sampled_when_asked_to(engine: OpenAIEngine) -> None:
    greedy = engine.complete(PROMPTS[0], adapter=None, max_tokens=20).text
    *pieces, last = engine.stream(PROMPTS[0], adapter=None, max_tokens=20, temperature=2.0)
    assert isinstance(last, Completion)
    assert "".join(map(str, pieces)) == last.text != greedy


def test_adapters(engine: OpenAIEngine) -> None:
    assert {ADAPTER, OTHER} <= set(engine.adapters())


def test_it_measures_prompts_as_it_reads_them(engine: OpenAIEngine) -> None:
    for text in PROMPTS:
        read = engine.complete(text, adapter=ADAPTER, max_tokens=1).prompt_tokens
        assert engine.count_tokens(text) == read
    window = engine.window()
    assert window is not None
    a_word = engine.count_tokens("word ")
    assert a_word is not None
    fits, too_long = ("word " * (window.room(2) // a_word), "word " * window.total)
    assert engine.complete(fits, adapter=None, max_tokens=2).completion_tokens > 0
    with pytest.raises(InvalidInputError):
        engine.complete(too_long, adapter=None, max_tokens=2)


def test_errors(engine: OpenAIEngine) -> None:
    with pytest.raises(NotFoundError) as unknown:
        engine.complete("x", adapter="no--1", max_tokens=2)
    assert unknown.value.reason == "ADAPTER_NOT_FOUND"
    with pytest.raises(NotFoundError):
        list(engine.stream("x", adapter="no--1", max_tokens=2))
    with pytest.raises(InvalidInputError) as long:
        engine.complete("word " * 3000, adapter=ADAPTER, max_tokens=2)
    assert long.value.reason == "CONTEXT_OVERFLOW"


def test_chat_client(server: RunningServer) -> None:
    chat = OpenAIChat(f"{server.url}/v1", "tiny", "none")
    chat.check()
    with pytest.raises(InvalidInputError) as long:
        OpenAIChat(f"{server.url}/v1", "no--1", "none").check()
    assert "tiny" in long.value.remedy
