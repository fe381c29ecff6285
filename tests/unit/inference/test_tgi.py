"""The shapes of TGI's API, as a real TGI answered (shared with its Python clients)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from .conftest import ADAPTER

PROMPT = "Revenue grew 12% to $4.5 billion"


def generate(http: httpx.Client, **parameters: Any) -> dict[str, Any]:
    options = {"max_new_tokens": 12} | parameters
    response = http.post("/generate", json={"inputs": PROMPT, "parameters": options})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def stream(http: httpx.Client, **parameters: Any) -> list[dict[str, Any]]:
    options = {"max_new_tokens": 12} | parameters
    response = http.post("/generate_stream", json={"inputs": PROMPT, "parameters": options})
    assert response.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line.removeprefix("data:")) for line in response.text.splitlines() if line]


def test_generate_is_greedy_and_equals_completions(http: httpx.Client) -> None:
    body = {"model": ADAPTER, "prompt": PROMPT, "max_tokens": 12, "temperature": 0}
    text = http.post("/v1/completions", json=body).json()["choices"][0]["text"]
    assert generate(http, adapter_id=ADAPTER) == {"generated_text": text}
    full = generate(http, adapter_id=ADAPTER, return_full_text=True)
    assert full == {"generated_text": PROMPT + text}


def test_details(http: httpx.Client) -> None:
    answer = generate(http, details=True, max_new_tokens=3)
    details = answer["details"]
    assert details["finish_reason"] == "length"
    assert details["generated_tokens"] == len(details["tokens"]) == 3
    assert details["prefill"] == []
    assert details["seed"] is None
    for token in details["tokens"]:
        assert set(token) == {"id", "text", "logprob", "special"}
        assert token["logprob"] <= 0
    assert "".join(token["text"] for token in details["tokens"]) == answer["generated_text"]


def test_stop_sequence_stays_in_the_text(http: httpx.Client) -> None:
    text = generate(http, max_new_tokens=40)["generated_text"]
    stop = text[6:9]
    answer = generate(http, max_new_tokens=40, stop=[stop], details=True)
    assert answer["generated_text"] == text[: text.index(stop) + 3]
    assert answer["details"]["finish_reason"] == "stop_sequence"


def test_stream_events(http: httpx.Client) -> None:
    whole = generate(http, details=True, do_sample=True, temperature=0.9, seed=4)
    events = stream(http, details=True, do_sample=True, temperature=0.9, seed=4)
    assert [event["index"] for event in events] == list(range(1, len(events) + 1))
    assert [event["token"]["id"] for event in events] == [
        token["id"] for token in whole["details"]["tokens"]
    ]
    assert all(event["generated_text"] is None for event in events[:-1])
    last = events[-1]
    assert last["generated_text"] == whole["generated_text"]
    assert last["details"]["seed"] == 4
    assert last["details"]["generated_tokens"] == len(events)


def test_prompt_tokens_are_in_a_header(http: httpx.Client) -> None:
    body = {"inputs": PROMPT, "parameters": {"max_new_tokens": 2}}
    count = http.post("/tokenize", json={"prompt": PROMPT}).json()["count"]
    assert http.post("/generate", json=body).headers["x-prompt-tokens"] == str(count)


@pytest.mark.parametrize("route", ["/generate", "/generate_stream"])
@pytest.mark.parametrize(
    "parameters",
    [
        {"max_new_tokens": 0},
        {"max_new_tokens": 5000},
        {"temperature": 0},
        {"top_k": 5},
        {"grammar": {"type": "regex", "value": "a"}},
        {"truncate": 5},
        {"best_of": 2},
        {"decoder_input_details": True},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"unheard_of": 1},
    ],
)
def test_validation_errors(http: httpx.Client, route: str, parameters: dict[str, Any]) -> None:
    answer = http.post(route, json={"inputs": PROMPT, "parameters": parameters})
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "error_type"}
    assert answer.json()["error_type"] == "validation"


def test_bodies_that_are_no_json(http: httpx.Client) -> None:
    answer = http.post("/generate", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error_type"]) == (422, "validation")


def test_info_and_health(http: httpx.Client) -> None:
    info = http.get("/info").json()
    assert info["model_id"] == "tiny"
    assert info["max_total_tokens"] == 2048
    assert ADAPTER in info["adapters"]
    health = http.get("/health")
    assert (health.status_code, health.content) == (200, b"")
