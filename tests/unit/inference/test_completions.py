"""The promises of generation, over HTTP."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.inference.server import RunningServer

ADAPTER = "acme--1.0"
OTHER = "acme--2.0"
PROMPTS = [
    "Revenue grew 12% to $4.5 billion",
    "Summarize the article below for the CFO of the company. Costs rose by 7% on wages.",
    "The",
    "## Overview\nThe company expects growth",
    "Ünïcödé 🙂 and more",
]


def ask(http: httpx.Client, prompt: str | list[str], **options: Any) -> dict[str, Any]:
    body = {"model": "tiny", "prompt": prompt, "max_tokens": 24, "temperature": 0}
    response = http.post("/v1/completions", json=body | {"return_token_ids": True} | options)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def events(response: httpx.Response) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def generate(base: Path, adapter: Path | None, prompt: str) -> list[int]:
    """What transformers and PEFT alone generate."""
    model: Any = AutoModelForCausalLM.from_pretrained(str(base), dtype="auto")
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    inputs = AutoTokenizer.from_pretrained(str(base))(prompt, return_tensors="pt")
    with torch.inference_mode():
        out = model.eval().generate(**inputs, max_new_tokens=24, do_sample=False)
    ids: list[int] = out[0, inputs.input_ids.shape[1] :].tolist()
    return ids


@pytest.mark.parametrize("adapter", [None, ADAPTER, OTHER])
def test_tokens_equal_those_of_peft_generate(
    http: httpx.Client, tiny: Path, home: Path, adapter: str | None
) -> None:
    folder = home / "served" / adapter if adapter else None
    for prompt in PROMPTS:
        answer = ask(http, prompt, model=adapter or "tiny")
        assert answer["choices"][0]["token_ids"] == generate(tiny, folder, prompt)


def test_base_answers_as_before_after_adapters_were_used(http: httpx.Client) -> None:
    models = ("tiny", ADAPTER, "tiny", OTHER, ADAPTER, "tiny")
    texts = [ask(http, PROMPTS[0], model=model)["choices"][0]["text"] for model in models]
    base, first, base_again, other, first_again, base_at_last = texts
    assert base == base_again == base_at_last
    assert first == first_again
    assert len({base, first, other}) == 3


def test_batch_equals_singles_in_float32(http: httpx.Client) -> None:
    singles = [ask(http, prompt, model=ADAPTER)["choices"][0] for prompt in PROMPTS]
    batch = ask(http, PROMPTS * 3, model=ADAPTER)["choices"]
    assert [choice["index"] for choice in batch] == list(range(15))
    assert [choice["token_ids"] for choice in batch] == [c["token_ids"] for c in singles] * 3


def test_concurrent_requests_of_several_adapters_do_not_mix(http: httpx.Client) -> None:
    cases = [(model, prompt) for prompt in PROMPTS for model in ("tiny", ADAPTER, OTHER)]
    alone = [ask(http, prompt, model=model)["choices"][0]["text"] for model, prompt in cases]
    with ThreadPoolExecutor(15) as pool:
        together = list(pool.map(lambda case: ask(http, case[1], model=case[0]), cases))
    assert [answer["choices"][0]["text"] for answer in together] == alone


@pytest.mark.parametrize("stop", [[], ["er", "zz"]])
def test_pieces_of_a_stream_are_the_unary_text(http: httpx.Client, stop: list[str]) -> None:
    options: dict[str, Any] = {"temperature": 1.5, "seed": 3, "max_tokens": 120, "stop": stop}
    for prompt in PROMPTS:
        whole = ask(http, prompt, **options)
        chunks = events(
            http.post(
                "/v1/completions",
                json={
                    "model": "tiny",
                    "prompt": prompt,
                    "stream": True,
                    "stream_options": {"include_usage": True},
                    **options,
                },
            )
        )
        choices = [chunk["choices"][0] for chunk in chunks[:-1]]
        assert "".join(choice["text"] for choice in choices) == whole["choices"][0]["text"]
        assert choices[-1]["finish_reason"] == whole["choices"][0]["finish_reason"]
        assert chunks[-1]["usage"] == whole["usage"]


def test_stop_sequence_ends_the_text_and_is_not_part_of_it(http: httpx.Client) -> None:
    text = ask(http, PROMPTS[0], max_tokens=60)["choices"][0]["text"]
    stop = text[10:14]
    choice = ask(http, PROMPTS[0], max_tokens=60, stop=stop)["choices"][0]
    assert choice["text"] == text[: text.index(stop)]
    assert choice["finish_reason"] == "stop"


def test_sampling_depends_on_the_seed_alone(http: httpx.Client) -> None:
    def texts(seed: int) -> list[str]:
        answer = ask(http, PROMPTS, temperature=1.0, seed=seed)
        return [choice["text"] for choice in answer["choices"]]

    single = ask(http, PROMPTS[0], temperature=1.0, seed=1)["choices"][0]["text"]
    assert texts(1) == texts(1)
    assert texts(1)[0] == single
    assert texts(1) != texts(2)


def test_chat_applies_the_template(http: httpx.Client) -> None:
    turns = [{"role": "user", "content": "Costs rose"}]
    body = {"model": ADAPTER, "messages": turns, "max_tokens": 12, "temperature": 0}
    chat = http.post("/v1/chat/completions", json=body).json()
    rendered = "<|im_start|>user\nCosts rose<|im_end|>\n<|im_start|>assistant\n"
    raw = ask(http, rendered, model=ADAPTER, max_tokens=12)
    assert chat["choices"][0]["message"]["content"] == raw["choices"][0]["text"]
    assert chat["usage"] == raw["usage"]
    chunks = events(http.post("/v1/chat/completions", json=body | {"stream": True}))
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert "".join(pieces) == raw["choices"][0]["text"]


@pytest.mark.parametrize(
    "name", ["nobody--1", "acme", "..", "../served/acme--1.0", "acme--1.0/", "a--b\x00", ""]
)
def test_unknown_adapter_is_404_never_the_base(http: httpx.Client, name: str) -> None:
    body = {"model": name, "prompt": "x", "temperature": 0}
    answer = http.post("/v1/completions", json=body)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "ADAPTER_NOT_FOUND"
    tgi = http.post("/generate", json={"inputs": "x", "parameters": {"adapter_id": name}})
    assert (tgi.status_code, tgi.json()["error_type"]) == (404, "not_found")


@pytest.mark.parametrize(
    "change",
    [
        {"logprobs": 3},
        {"n": 2},
        {"top_p": 0.5},
        {"best_of": 4},
        {"guided_json": {}},
        {"max_tokens": 0},
        {"max_tokens": 2048},
        {"temperature": -1},
        {"prompt": ""},
        {"prompt": []},
        {"prompt": "x " * 3000},
    ],
)
def test_what_is_not_served_is_422(http: httpx.Client, change: dict[str, Any]) -> None:
    body = {"model": "tiny", "prompt": "x", "temperature": 0} | change
    answer = http.post("/v1/completions", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_neutral_values_are_accepted(http: httpx.Client) -> None:
    ask(http, "x", n=1, top_p=1.0, logprobs=None, presence_penalty=0, frequency_penalty=0.0)


def test_models_lists_base_and_adapters(http: httpx.Client) -> None:
    cards = {card["id"]: card for card in http.get("/v1/models").json()["data"]}
    assert cards["tiny"]["parent"] is None
    assert cards[ADAPTER]["parent"] == cards[OTHER]["parent"] == "tiny"


def test_body_over_the_limit_is_413(http: httpx.Client) -> None:
    answer = http.post("/generate", json={"inputs": "x" * 2_000_001})
    assert answer.status_code == 413


def test_server_address_is_loopback(server: RunningServer) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"
