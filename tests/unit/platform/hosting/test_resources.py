"""Which server a process asks for what, and what runs beside its RPCs and tasks."""

import threading
from pathlib import Path

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm import OpenAIEngine, TgiEngine
from goldbrief.testing.fake_vllm import FakeVllm


@pytest.mark.parametrize(
    ("embeddings_url", "expected"),
    [("", "http://engine:1"), ("http://embedded:2", "http://embedded:2")],
)
def test_embeddings_come_from_the_engine_unless_another_server_has_them(
    embeddings_url: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "goldbrief.platform.hosting.resources.HttpEmbedder",
        lambda url, *, token: asked.append(f"{url} {token}"),
    )
    settings = Settings(
        inference_url="http://engine:1", embeddings_url=embeddings_url, inference_token="t"
    )
    assert Resources(settings).embedder is None
    assert asked == [f"{expected} t"]


def test_the_judge_asks_the_server_that_embeds_how_probable_a_wording_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str, str]] = []
    monkeypatch.setattr(
        "goldbrief.platform.hosting.resources.HttpTokenScorer",
        lambda *given, token: asked.append((*given, token)),
    )
    settings = Settings(inference_url="http://engine:1", embeddings_url="http://embedded:2")
    assert Resources(settings).token_scorer is None
    never = settings.model_copy(update={"judge_likelihood": "never"})
    assert Resources(never).token_scorer is None
    assert asked == [("http://embedded:2", settings.base_model, "")]


def test_whoever_asks_the_engine_has_its_token(tmp_path: Path) -> None:
    with FakeVllm(tmp_path, "acme/tiny") as engine:
        resources = Resources(Settings(inference_url=engine.url, inference_token="t"))
        resources.engine.complete("x", adapter=None, max_tokens=1)
        assert resources.prompt_scorer is not None
        with pytest.raises(InvalidInputError, match="no log-probabilities"):
            resources.prompt_scorer.tokens("x", "y")
    assert {headers["authorization"] for headers in engine.headers} == {"Bearer t"}


def test_the_engine_is_spoken_to_as_the_settings_say() -> None:
    settings = Settings(inference_url="http://engine:1")
    assert isinstance(Resources(settings).engine, OpenAIEngine)
    adapters = "briefs--1=/served/briefs--1,briefs--2"
    settings = Settings(inference_url="http://engine:1", engine="tgi", tgi_adapters=adapters)
    engine = Resources(settings).engine
    assert isinstance(engine, TgiEngine)
    assert engine.adapters() == ["briefs--1", "briefs--2"]


def test_what_runs_in_the_background_ends_before_what_it_uses_is_closed() -> None:
    resources = Resources(Settings())
    began, ended = threading.Event(), threading.Event()

    def run(stop: threading.Event) -> None:
        began.set()
        stop.wait()
        ended.set()

    resources.in_background("test", run)
    assert began.wait(10)
    resources.close()
    assert ended.is_set()
