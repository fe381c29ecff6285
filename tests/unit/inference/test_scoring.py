"""How probable the base model finds a prompt: what `echo` tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.errors import InvalidInputError
from goldbrief.inference.server import RunningServer
from goldbrief.platform.llm.scoring import HttpTokenScorer

from .conftest import ADAPTER, OTHER

LONG = "Revenue grew 12% to $4.5 billion as “volumes” rose in Zürich. " * 12
ASKED = {"model": "tiny", "max_tokens": 0, "echo": True, "logprobs": 0}


def expected(base: Path, text: str, adapter: Path | None = None) -> list[float]:
    """What transformers and PEFT alone say."""
    log_probs, ids = distribution(base, text, adapter)
    found: list[float] = log_probs.gather(1, ids[:, None])[:, 0].tolist()
    return found


def distribution(
    base: Path, text: str, adapter: Path | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities of all tokens in each place but the first, and the tokens there."""
    model: Any = AutoModelForCausalLM.from_pretrained(str(base), dtype="auto")
    if adapter:
        model = PeftModel.from_pretrained(model, str(adapter))
    ids = AutoTokenizer.from_pretrained(str(base))(text, return_tensors="pt").input_ids
    with torch.inference_mode():
        return model.eval()(ids).logits[0, :-1].log_softmax(dim=-1), ids[0, 1:]


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


@pytest.mark.parametrize("adapter", [None, ADAPTER])
def test_the_likeliest_token_of_each_place_is_told(
    http: httpx.Client, tiny: Path, home: Path, adapter: str | None
) -> None:
    folder = home / "served" / adapter if adapter else None
    body = ASKED | {"prompt": LONG, "model": adapter or "tiny", "logprobs": 1}
    told = http.post("/v1/completions", json=body).json()["choices"][0]["logprobs"]
    log_probs, _ = distribution(tiny, LONG, folder)
    assert told["token_logprobs"][1:] == pytest.approx(expected(tiny, LONG, folder), abs=1e-3)
    best = [next(iter(place.values())) for place in told["top_logprobs"][1:]]
    assert best == pytest.approx(log_probs.max(dim=-1).values.tolist(), abs=1e-3)


def test_adapters_are_scored_apart_and_leave_the_base_as_it_was(
    http: httpx.Client, server: RunningServer
) -> None:
    scorer = HttpTokenScorer(server.url, "any")
    text = ("Costs rose by 7%.\n", "Net debt fell by a third.")
    before = scorer.tokens(*text)
    by_adapter = [scorer.tokens(*text, adapter) for adapter in (ADAPTER, OTHER)]
    assert by_adapter[0] != by_adapter[1] != before
    assert scorer.tokens(*text) == before
    asked = {"model": "tiny", "prompt": text[0], "max_tokens": 4, "temperature": 0}
    answer = http.post("/v1/completions", json=asked).json()["choices"][0]["text"]
    scorer.tokens(*text, ADAPTER)
    again = http.post("/v1/completions", json=asked).json()["choices"][0]["text"]
    assert again == answer


def test_what_a_model_would_write_itself_is_likeliest_throughout(
    http: httpx.Client, server: RunningServer
) -> None:
    prompt = "Costs rose by 7%.\n"
    asked = {"model": ADAPTER, "prompt": prompt, "max_tokens": 8, "temperature": 0}
    written = http.post("/v1/completions", json=asked).json()["choices"][0]["text"]
    scorer = HttpTokenScorer(server.url, "any")
    guessed = scorer.tokens(prompt, written, ADAPTER)
    other = scorer.tokens(prompt, "Net debt fell by a third.", ADAPTER)
    share = [sum(token.is_likeliest for token in of) / len(of) for of in (guessed, other)]
    assert share[0] > share[1]


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 5},
        {"echo": False},
        {"logprobs": None},
        {"stream": True},
        {"model": "nobody--1"},
        {"prompt": ""},
        {"prompt": "word " * 5000},
    ],
)
def test_what_is_not_told_is_refused(http: httpx.Client, change: dict[str, Any]) -> None:
    response = http.post("/v1/completions", json=ASKED | {"prompt": "Costs rose."} | change)
    assert response.status_code in (400, 404, 422), response.text


def test_the_client_tells_the_tokens_of_the_text_alone(server: RunningServer, tiny: Path) -> None:
    scorer = HttpTokenScorer(server.url, "any")
    context, text = "Costs rose by 7%.\n", "Net debt fell by a third."
    whole = expected(tiny, context + text)
    found = scorer.log_probs(context, text)
    assert 0 < len(found) < len(whole)
    assert found == pytest.approx(whole[-len(found) :], abs=1e-3)
    with pytest.raises(InvalidInputError):
        scorer.log_probs("", "word " * 5000)
