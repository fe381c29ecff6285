"""Our clients of vLLM against a real one: parity with training, errors, measures, probabilities."""

import json

import httpx
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.seams import Message
from goldbrief.platform.llm import OpenAIChat, OpenAIEngine
from goldbrief.platform.llm.scoring import HttpTokenScorer
from goldbrief.registry.parity import check_parity, read_canaries

from .trained import ARTICLES, SUMMARIES, prompt_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

PROMPT = prompt_of(ARTICLES[0])
FIRST, SECOND = "briefs--1", "briefs--2"


@pytest.fixture(scope="module")
def engine(product):
    product.promote("2")  # so that vLLM has both; the first one is served again
    product.client.roll_back("briefs")
    return OpenAIEngine(product.engine_url)


@pytest.mark.parametrize(("run_id", "adapter"), [("ft-1", FIRST), ("ft-2", SECOND)])
def test_it_writes_what_training_wrote_token_for_token(product, engine, run_id, adapter):
    canaries = read_canaries(product.store, run_id)
    check_parity(engine, adapter, canaries)
    for canary in canaries:
        asked = {"prompt": canary.prompt, "max_tokens": len(canary.tuned_token_ids)}
        found, base = (written(product.engine_url, model, asked) for model in (adapter, None))
        assert found == list(canary.tuned_token_ids)
        assert found != base


def written(url, model, asked):
    model = model or OpenAIEngine(url).base_name()
    body = {"model": model, "temperature": 0, "return_token_ids": True, **asked}
    answer = httpx.post(f"{url}/v1/completions", json=body, timeout=60)
    return answer.json()["choices"][0]["token_ids"]


def test_another_version_does_not_pass_for_it(product, engine):
    with pytest.raises(FailedPreconditionError) as caught:
        check_parity(engine, SECOND, read_canaries(product.store, "ft-1"))
    assert caught.value.reason == "PARITY_FAILED"


def test_a_batch_and_a_stream_equal_a_single_call(engine):
    prompts = [prompt_of(article) for article in ARTICLES]
    single = [engine.complete(each, adapter=FIRST, max_tokens=90) for each in prompts]
    batch = engine.complete_many(prompts, adapter=FIRST, max_tokens=90)
    for prompt, one, other in zip(prompts, single, batch, strict=True):
        *_, last = engine.stream(prompt, adapter=FIRST, max_tokens=90)
        for each in (one, other, last):
            assert each.text == SUMMARIES["1"]
            assert each.finish_reason == "stop"
            assert each.prompt_tokens == one.prompt_tokens > 0
            assert each.completion_tokens == one.completion_tokens > 0


def test_it_lists_the_adapters_that_it_has_loaded(engine):
    assert {FIRST, SECOND} <= set(engine.adapters())


def test_it_measures_prompts_as_it_reads_them(engine):
    read = engine.complete(PROMPT, adapter=FIRST, max_tokens=1).prompt_tokens
    assert engine.count_tokens(PROMPT) == read
    assert engine.window().total == 2048


def test_an_unknown_adapter_is_not_found_and_never_the_base(engine):
    for call in (engine.complete, lambda *a, **k: list(engine.stream(*a, **k))):
        with pytest.raises(NotFoundError) as caught:
            call(PROMPT, adapter="briefs--9", max_tokens=2)
        assert caught.value.reason == "ADAPTER_NOT_FOUND"


@pytest.mark.parametrize(("prompt", "max_tokens"), [("word " * 3000, 2), (PROMPT, 2000)])
def test_what_does_not_fit_is_refused_and_not_cut(engine, prompt, max_tokens):
    """Left alone, vLLM writes fewer tokens than it is asked for."""
    for call in (engine.complete, lambda *a, **k: next(engine.stream(*a, **k))):
        with pytest.raises(InvalidInputError) as caught:
            call(prompt, adapter=FIRST, max_tokens=max_tokens)
        assert caught.value.reason == "CONTEXT_OVERFLOW"


def test_an_adapter_that_it_cannot_load_is_a_refusal(engine, settings, base):
    """Not a 404, which would be waited for."""
    folder = settings.served_adapters_dir / "broken--1"
    folder.mkdir()
    config = {"peft_type": "LORA", "base_model_name_or_path": str(base)}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(InvalidInputError) as caught:
        engine.complete(PROMPT, adapter="broken--1", max_tokens=2)
    assert caught.value.reason == "ENGINE_REFUSED"


def test_its_probabilities_of_a_text_are_those_of_the_model(engine, product, base):
    context, text = "Revenue grew 12% to ", "$4.5 billion — Ωλ."
    found = HttpTokenScorer(product.engine_url, "tiny").log_probs(context, text)
    ids = AutoTokenizer.from_pretrained(base)(context + text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        logits = AutoModelForCausalLM.from_pretrained(base)(ids).logits[0]
    expected = torch.log_softmax(logits, -1)[:-1].gather(1, ids[0, 1:, None]).squeeze(1).tolist()
    assert found == pytest.approx(expected[-len(found) :], abs=1e-3)
    assert len(found) < len(expected)


def test_a_chat_answer_keeps_to_its_schema(product):
    """As teacher and judge ask for it; a random model writes no JSON by itself."""
    base = OpenAIEngine(product.engine_url).base_name()
    chat = OpenAIChat(f"{product.engine_url}/v1", base, "none")
    schema = {
        "type": "object",
        "properties": {"grade": {"type": "integer", "enum": [1, 2, 3, 4, 5]}},
        "required": ["grade"],
        "additionalProperties": False,
    }
    answer = chat.chat([Message("user", "Grade it.")], max_tokens=60, schema=schema)
    assert json.loads(answer.text)["grade"] in range(1, 6)
