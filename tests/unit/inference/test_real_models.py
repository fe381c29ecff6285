"""SmolLM2 and MiniLM themselves; `make models` fetches them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.settings import Settings
from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.base_models import MINILM, SMOLLM2
from goldbrief.inference.embedding import SentenceEncoder
from goldbrief.inference.generation import Answer, Event, Generator, Prompt
from goldbrief.inference.language_model import LanguageModel
from goldbrief.inference.llama import LlamaSession
from goldbrief.inference.metrics import Metrics

from .conftest import write_adapter

pytestmark = pytest.mark.models


def folder(name: str) -> Path:
    path = Settings().models_dir / name
    if not path.is_dir():
        pytest.skip(f"{path} is missing: run `make models`")
    return path


@pytest.fixture(scope="module")
def smollm2() -> Path:
    return folder(SMOLLM2.name)


@pytest.fixture(scope="module")
def served(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    write_adapter(smollm2, root / "acme--1", seed=1)
    return root


@pytest.fixture(scope="module")
def generator(smollm2: Path, served: Path) -> Iterator[Generator]:
    model = LanguageModel(SMOLLM2.name, smollm2, AdapterFolder(served))
    generator = Generator(model, Metrics(), max_batch=8, max_queue=64, threads=2)
    yield generator
    generator.close()


def run(generator: Generator, *prompts: Prompt) -> list[Answer]:
    events: dict[int, list[Event]] = {index: [] for index in range(len(prompts))}
    generator.submit(prompts, lambda index, event: events[index].append(event))
    while not all(found and isinstance(found[-1], Answer) for found in events.values()):
        generator.aside(lambda: None).result(timeout=60)
    return [found[-1] for found in events.values() if isinstance(found[-1], Answer)]


def test_special_tokens_and_config(smollm2: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(str(smollm2))
    assert (tokenizer.bos_token, tokenizer.bos_token_id) == ("<|im_start|>", 1)
    assert (tokenizer.eos_token, tokenizer.eos_token_id) == ("<|im_end|>", 2)
    assert tokenizer.pad_token_id == 2
    config = json.loads((smollm2 / "config.json").read_text())
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"] == 100_000
    assert config["torch_dtype"] == config["dtype"] == "bfloat16"
    assert "quantization_config" not in config


def test_tokenizer_splits_digits_as_in_training(smollm2: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(str(smollm2))
    assert tokenizer.convert_ids_to_tokens(tokenizer("a  12").input_ids) == ["a", "ĠĠ", "1", "2"]
    text = "Revenue grew 12% to $4.5 billion.\n\n  Ünïcödé 🙂"
    assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_base_answers_sensibly(generator: Generator) -> None:
    question = [{"role": "user", "content": "What is the capital of France?"}]
    ids = tuple(generator.model.encode_chat(question))
    (answer,) = run(generator, Prompt(ids, None, max_tokens=40))
    assert "Paris" in answer.text
    assert answer.finish_reason == "stop"


def test_adapter_tokens_equal_those_of_peft_generate(
    generator: Generator, smollm2: Path, served: Path
) -> None:
    ids = generator.model.encode("Revenue grew 12% to $4.5 billion in the third quarter")
    (answer,) = run(generator, Prompt(tuple(ids), "acme--1", max_tokens=24))
    base: Any = AutoModelForCausalLM.from_pretrained(str(smollm2), dtype="auto")
    model = PeftModel.from_pretrained(base, str(served / "acme--1")).eval()
    inputs = torch.tensor([ids])
    with torch.inference_mode():
        out = model.generate(
            input_ids=inputs,
            attention_mask=torch.ones_like(inputs),
            max_new_tokens=24,
            do_sample=False,
        )
    assert [piece.token_id for piece in answer.pieces] == out[0, len(ids) :].tolist()


@torch.inference_mode()
def test_scores_are_those_of_transformers_up_to_rounding(smollm2: Path, served: Path) -> None:
    model = LanguageModel(SMOLLM2.name, smollm2, AdapterFolder(served))
    ids = model.encode("Revenue grew 12% to $4.5 billion in the third quarter, " * 20)
    model.select("acme--1")
    model.select(None)
    session = model.begin([ids, ids[:50]], 2)
    assert isinstance(session, LlamaSession)
    base: Any = AutoModelForCausalLM.from_pretrained(str(smollm2), dtype="auto")
    scores = [session.start(), session.step([[ids[0]], [ids[0]]])]
    for row, prompt in enumerate((ids, ids[:50])):
        expected = base(torch.tensor([[*prompt, ids[0]]])).logits[0, -2:].float()
        for mine, theirs in zip(scores, expected, strict=True):
            assert (mine[row] - theirs).abs().max() < 0.02 * theirs.abs().max()


def test_minilm_knows_what_is_similar() -> None:
    encoder = SentenceEncoder(folder(MINILM.name))
    texts = ["Profit fell sharply.", "Earnings declined a lot.", "The cat sleeps on the sofa."]
    vectors, tokens = encoder.encode(texts)
    for vector in vectors:
        assert len(vector) == 384
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-4)
    near = _dot(vectors[0], vectors[1])
    assert near > _dot(vectors[0], vectors[2]) + 0.3
    assert tokens == 22  # word pieces, with [CLS] and [SEP] around each text
    assert encoder.encode(texts) == (vectors, tokens)


def test_minilm_reads_256_tokens() -> None:
    encoder = SentenceEncoder(folder(MINILM.name))
    (short, long), _ = encoder.encode(["word " * 254, "word " * 400])
    assert _dot(short, long) == pytest.approx(1, abs=1e-5)


def _dot(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
