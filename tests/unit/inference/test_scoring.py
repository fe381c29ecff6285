"""How probable the base model finds a prompt: what `echo` tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.errors import InvalidInputError
from goldbrief.inference.server import RunningServer
from goldbrief.platform.llm.scoring import HttpTokenScorer

LONG = "Revenue grew 12% to $4.5 billion as “volumes” rose in Zürich. " * 12
ASKED = {"model": "tiny", "max_tokens": 0, "echo": True, "logprobs": 0}


def expected(base: Path, text: str) -> list[float]:
    """What transformers alone says."""
    model: Any = AutoModelForCausalLM.from_pretrained(str(base), dtype="auto")
    ids = AutoTokenizer.from_pretrained(str(base))(text, return_tensors="pt").input_ids
    with torch.inference_mode():
        log_probs = model.eval()(ids).logits[0, :-1].log_softmax(dim=-1)
    found: list[float] = log_probs.gather(1, ids[0, 1:, None])[:, 0].tolist()
    return found


@pytest.mark.parametrize("text", ["Costs", "Costs rose by 7% on wages.", LONG])
def test_log_probabilities_are_those_of_transformers(
    http: httpx.Client, tiny: Path, text: str
) -> None:
    answer = http.post("/v1/completions", json=ASKED | {"prompt": text}).json()
    told = answer["choices"][0]["logprobs"]
    assert told["token_logprobs"][0] is None
    assert told["token_logprobs"][1:] == pytest.approx(expected(tiny, text), abs=1e-3)
    for token, start in zip(told["tokens"], told["text_offset"], strict=True):
        assert text[start:].startswith(token)
    assert answer["usage"]["prompt_tokens"] == len(told["tokens"])


def test_several_prompts_are_told_in_order(http: httpx.Client) -> None:
    prompts = ["Costs rose.", "Net debt fell by a third."]
    both = http.post("/v1/completions", json=ASKED | {"prompt": prompts}).json()["choices"]
    for choice, prompt in zip(both, prompts, strict=True):
        alone = http.post("/v1/completions", json=ASKED | {"prompt": prompt}).json()["choices"][0]
        assert (choice["text"], choice["logprobs"]) == (prompt, alone["logprobs"])


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 5},
        {"echo": False},
        {"logprobs": None},
        {"stream": True},
        {"model": "acme--1.0"},
        {"prompt": ""},
        {"prompt": "word " * 5000},
    ],
)
def test_what_is_not_told_is_refused(http: httpx.Client, change: dict[str, Any]) -> None:
    response = http.post("/v1/completions", json=ASKED | {"prompt": "Costs rose."} | change)
    assert response.status_code in (400, 422), response.text


def test_the_client_tells_the_tokens_of_the_text_alone(server: RunningServer, tiny: Path) -> None:
    scorer = HttpTokenScorer(server.url, "any")
    context, text = "Costs rose by 7%.\n", "Net debt fell by a third."
    whole = expected(tiny, context + text)
    found = scorer.log_probs(context, text)
    assert 0 < len(found) < len(whole)
    assert found == pytest.approx(whole[-len(found) :], abs=1e-3)
    with pytest.raises(InvalidInputError):
        scorer.log_probs("", "word " * 5000)
