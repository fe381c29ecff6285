"""Confidential text reaches the hosts that are named and no others, by every way out there is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.egress import require_allowed
from goldbrief.core.errors import GoldbriefError, PermissionDeniedError
from goldbrief.core.seams import Message
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.embeddings import HttpEmbedder
from goldbrief.platform.llm.engines import OpenAIEngine
from goldbrief.platform.llm.tgi import TgiEngine
from goldbrief.platform.storage import open_store
from goldbrief.platform.tracking import Tracker

OUTSIDE = "http://models.example.com:8000"
SECRET = "The merger with Aldermoor is not announced yet."
SAID = [Message("user", SECRET)]


@pytest.fixture(autouse=True)
def confidential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDBRIEF_CONFIDENTIAL_HOSTS", "vllm, *.svc.cluster.local")


@pytest.mark.parametrize(
    "url",
    [
        "http://vllm:8000/v1",
        "https://judge.llm.svc.cluster.local/v1",
        "VLLM:9000",
        "http://127.0.0.1:7701",
        "http://[::1]:7701",
        "localhost:9000",
    ],
)
def test_named_hosts_and_this_machine_are_allowed(url: str) -> None:
    require_allowed(url, "the model")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "http://vllm.example.com",
        "http://svc.cluster.local.example.com",
        "http://vllm@example.com",
        "http://example.com#vllm",
        "http://127.0.0.1.example.com",
        "http://2130706433.example.com",
        "http://10.0.0.5",
        "http://169.254.169.254",
        "",
    ],
)
def test_others_are_not_however_they_are_written(url: str) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        require_allowed(url, "the model")
    assert caught.value.reason == "EGRESS_REFUSED"


def settings(tmp_path: Path, **options: object) -> Settings:
    return Settings.model_validate({"home": tmp_path, **options})


WAYS: dict[str, Callable[[Path], object]] = {
    "teacher": lambda home: Resources(
        settings(home, teacher_url=f"{OUTSIDE}/v1", teacher_model="m")
    ).chat_models("teacher"),
    "judge": lambda home: Resources(
        settings(home, judge_url=f"{OUTSIDE}/v1", judge_model="m")
    ).chat_models("judge"),
    "panel": lambda home: Resources(
        settings(
            home,
            judge_url="http://vllm/v1",
            judge_model="m",
            judge_panel=[{"url": f"{OUTSIDE}/v1", "model": "m"}],
        )
    ).chat_models("judge"),
    "engine": lambda home: Resources(settings(home, inference_url=OUTSIDE)).engine,
    "tgi": lambda home: Resources(settings(home, inference_url=OUTSIDE, engine="tgi")).engine,
    "embeddings": lambda home: Resources(settings(home, embeddings_url=OUTSIDE)).embedder,
    "objects": lambda home: open_store(
        settings(home, objects="s3://b", s3_endpoint="s3.example.com")
    ),
    "mlflow": lambda _: Tracker("https://mlflow.example.com"),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_made_that_would_send_text_elsewhere(way: str, tmp_path: Path) -> None:
    with pytest.raises(PermissionDeniedError, match=r"Text is confidential here.*example\.com"):
        WAYS[way](tmp_path)


@pytest.fixture
def redirecting() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine that sends everybody on to the outside, and what it was sent."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(307)
            self.send_header("location", f"{OUTSIDE}{self.path}")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


def test_a_redirection_to_the_outside_is_not_followed(redirecting: tuple[str, list[str]]) -> None:
    url, seen = redirecting
    with pytest.raises(PermissionDeniedError, match=r"models\.example\.com"):
        OpenAIChat(f"{url}/v1", "m", "key").chat(SAID, max_tokens=5)
    asks: list[Callable[[], object]] = [
        lambda: OpenAIEngine(url).complete(SECRET, adapter="a--1", max_tokens=5),
        lambda: TgiEngine(url, ["a--1"]).complete(SECRET, adapter="a--1", max_tokens=5),
        lambda: HttpEmbedder(url).embed([SECRET]),
    ]
    for ask in asks:
        with pytest.raises(GoldbriefError):
            ask()
    assert len(seen) >= 4


def test_no_proxy_carries_text_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    engine = OpenAIEngine("http://vllm:8000")
    assert not engine._client.trust_env


def test_without_names_text_goes_where_urls_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GOLDBRIEF_CONFIDENTIAL_HOSTS")
    for make in WAYS.values():
        if make is not WAYS["objects"]:  # it connects at once
            make(tmp_path)
