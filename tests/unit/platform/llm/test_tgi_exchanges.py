"""Fake and client of TGI against exchanges with one: ours, and recorded ones where they are.

`GOLDBRIEF_TGI_RECORDINGS` names a file of recorded exchanges; the format is that of
`tgi_exchanges.jsonl`. A name says what state the server was in: overload, or a death.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.seams import Completion
from goldbrief.platform.llm import TgiEngine
from goldbrief.testing.fake_tgi import FakeTgi
from goldbrief.testing.fake_tgi_model import Limits

OURS = Path(__file__).with_name("tgi_exchanges.jsonl")
RECORDED = os.environ.get("GOLDBRIEF_TGI_RECORDINGS", "")
PLAYED = ("/info", "/health", "/metrics", "/generate", "/generate_stream", "/nope")
EXACT = {"error", "error_type", "finish_reason", "generated_tokens", "input_length", "index"}
COUNTS = ("x-prompt-tokens", "x-generated-tokens")
LONG_INPUT = re.compile(r"(.*?)\.\.\. ?\((\d+) characters\)", re.DOTALL)
LONG_STREAM = re.compile(r"\n\n\.\.\.\(\d+ events\)")
CLIENT = httpx.Client(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
needs_recordings = pytest.mark.skipif(
    not RECORDED, reason="GOLDBRIEF_TGI_RECORDINGS names no recordings of a TGI"
)


def exchanges(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("exchange", exchanges(OURS), ids=lambda it: it["name"])
def test_the_fake_answers_as_tgi(exchange: dict[str, Any]) -> None:
    assert is_played(exchange)


@needs_recordings
def test_the_fake_answers_as_what_was_recorded() -> None:
    recorded = exchanges(Path(RECORDED))
    here = [exchange for exchange in recorded if exchange["path"] in PLAYED]
    refused = [exchange["name"] for exchange in here if not is_played(exchange)]
    assert len(refused) < len(here)
    print(f"{len(here) - len(refused)} of {len(recorded)} equal; refused: {refused};")
    print("other routes:", [it["name"] for it in recorded if it["path"] not in PLAYED])


@pytest.mark.parametrize("path", [OURS, pytest.param(Path(RECORDED), marks=needs_recordings)])
def test_the_client_reads_what_tgi_answers(path: Path) -> None:
    read = [outcome for exchange in exchanges(path) if (outcome := read_by_client(exchange))]
    assert {type(outcome) for outcome in read} > {Completion}
    for outcome in read:
        assert getattr(outcome, "reason", "") != "ENGINE_MALFORMED_ANSWER"


def is_played(exchange: dict[str, Any]) -> bool:
    """Compare; False where the fake says that it does not play this parameter."""
    with FakeTgi(lambda *_: ["ed"] * 1000) as fake:
        bring_into_state(fake, exchange["name"])
        response = sent(fake.url, exchange)
    if response.status_code == 501:
        return False
    name, headers, wanted = exchange["name"], exchange["headers"], exchange["body"]
    kind = headers.get("content-type")
    assert response.status_code == exchange["status"], name
    assert response.headers.get("content-type") == kind, name
    for header in COUNTS:
        assert response.headers.get(header) == headers.get(header), name
    if long := LONG_STREAM.search(wanted):  # of which there is the beginning only
        beginning = shape(wanted[: long.start()], kind)
        assert shape(response.text, kind)[: len(beginning)] == beginning, name
    elif exchange["path"] != "/metrics":
        assert shape(response.text, kind) == shape(wanted, kind), name
    return True


def bring_into_state(fake: FakeTgi, name: str) -> None:
    if "overload" in name:
        fake.limits = Limits(max_concurrent_requests=0)
    elif "dies" in name:
        fake.shard_dies_after = 40
    elif "after engine death" in name or name == "health again":
        fake.shard_dies_after = 0


def sent(url: str, exchange: dict[str, Any]) -> httpx.Response:
    if exchange["method"] == "GET":
        return CLIENT.get(url + exchange["path"])
    body = exchange["request"]
    if isinstance(body, dict) and isinstance(body.get("inputs"), str):
        body = {**body, "inputs": restored(body["inputs"])}
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {} if "no content type" in exchange["name"] else {"Content-Type": "application/json"}
    return CLIENT.post(url + exchange["path"], content=content, headers=headers)


def restored(text: str) -> str:
    """A long input again, of which an exchange has the beginning and the length."""
    long = LONG_INPUT.fullmatch(text)
    if not long:
        return text
    beginning, length = long[1], int(long[2])
    return (beginning * (length // len(beginning) + 1))[:length]


def shape(text: str, kind: str | None) -> Any:
    """What of a body any model would answer alike."""
    if kind == "application/json":
        return shape_of(json.loads(text))
    if kind == "text/event-stream":
        events = [event for event in text.split("\n\n") if event]
        return [shape_of(json.loads(event.removeprefix("data: "))) for event in events]
    return text.partition(": ")[0]  # the rest is the JSON parser's own words


def shape_of(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: shape_of(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape_of(inner) for inner in value]
    return value if key in EXACT else type(value).__name__


def read_by_client(exchange: dict[str, Any]) -> Completion | GoldbriefError | None:
    """What the client makes of an answer; None where it would never have asked like that."""
    body, headers = exchange["body"], exchange["headers"]
    asked = exchange["request"] if isinstance(exchange["request"], dict) else {}
    details = asked.get("parameters", {}).get("details", False)
    failed = exchange["status"] != 200 or '"error_type"' in body
    if exchange["method"] == "GET" or LONG_STREAM.search(body) or not (details or failed):
        return None

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(exchange["status"], text=body, headers=headers)

    client = httpx.Client(base_url="http://tgi.test", transport=httpx.MockTransport(answer))
    engine = TgiEngine("http://tgi.test", ["a"], client)
    try:
        if exchange["path"] == "/generate":
            return engine.complete("x", adapter="a", max_tokens=9)
        if exchange["path"] == "/generate_stream":
            *_, last = engine.stream("x", adapter="a", max_tokens=9)
            assert isinstance(last, Completion)
            return last
    except GoldbriefError as error:
        return error
    return None
