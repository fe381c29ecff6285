"""Every way of computing a batch gives what transformers and PEFT give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.decoding import Row, decode
from goldbrief.inference.language_model import LanguageModel
from goldbrief.inference.llama import LlamaSession
from goldbrief.inference.sessions import ModuleSession, Session

from .conftest import write_adapter

PROMPTS = [[5, 9, 201, 17, 44, 8, 90], [7], [3 + i * i % 250 for i in range(600)]]
NEW = 16
LONG = 120
SIZES: dict[str, Any] = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.2,
}
LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 10_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
YARN = {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0}
SUPPORTED = {
    "llama": LlamaForCausalLM(LlamaConfig(**SIZES)),
    "llama3": LlamaForCausalLM(LlamaConfig(**SIZES, head_dim=32, rope_parameters=LLAMA3)),
    "mistral": MistralForCausalLM(MistralConfig(**SIZES, sliding_window=None)),
}
OTHERS = {
    "window": MistralForCausalLM(MistralConfig(**SIZES, sliding_window=8)),
    "bias": LlamaForCausalLM(LlamaConfig(**SIZES, attention_bias=True)),
    "yarn": LlamaForCausalLM(LlamaConfig(**SIZES, rope_parameters=YARN)),
    "gpt2": GPT2LMHeadModel(
        GPT2Config(vocab_size=512, n_positions=1024, n_embd=64, n_layer=2, n_head=4)
    ),
}
ADAPTERS: dict[str, dict[str, Any]] = {
    "some": {"target_modules": ["q_proj", "v_proj", "up_proj"]},
    "rslora": {"use_rslora": True},
    "ranks": {"rank_pattern": {"k_proj": 2, "gate_proj": 7}},
    "dora": {"use_dora": True},
    "head": {"target_modules": ["q_proj", "lm_head"]},
}


def save(module: Any, tiny: Path, folder: Path) -> Path:
    AutoTokenizer.from_pretrained(str(tiny)).save_pretrained(folder)
    module.save_pretrained(folder)
    return folder


def wanted(base: Path, adapter: Path | None, prompt: Sequence[int], new: int = NEW) -> list[int]:
    module: Any = AutoModelForCausalLM.from_pretrained(str(base), dtype="auto")
    module.generation_config.eos_token_id = None
    if adapter is not None:
        module = PeftModel.from_pretrained(module, str(adapter))
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = module.eval().generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=new,
            pad_token_id=0,
            do_sample=False,
        )
    tokens: list[int] = out[0, len(prompt) :].tolist()
    return tokens


@torch.inference_mode()
def greedy(session: Session, rows: int, steps: int = NEW) -> list[list[int]]:
    """The tokens of each row; the rows end one by one, the first one first."""
    scores = session.start()
    answers: list[list[int]] = [[] for _ in range(rows)]
    live = list(range(rows))
    for step in range(steps):
        tokens = scores.argmax(-1).tolist()
        for row, token in zip(live, tokens, strict=True):
            answers[row].append(token)
        if step == 5 and rows > 1:
            session.drop(0)
            live[0], tokens[0] = live.pop(), tokens.pop()
        scores = session.step([[token] for token in tokens])
    return answers


def check(model: LanguageModel, base: Path, adapter: Path | None, kind: type[object]) -> None:
    model.select(adapter.name if adapter else None)
    expected = [wanted(base, adapter, prompt) for prompt in PROMPTS]
    for prompt, tokens in zip(PROMPTS, expected, strict=True):
        session = model.begin([prompt], NEW)
        assert isinstance(session, kind)
        assert greedy(session, 1) == [tokens]
    batch = greedy(model.begin(PROMPTS, NEW), len(PROMPTS))
    assert batch == [expected[0][:6], *expected[1:]]


@pytest.mark.parametrize("name", [*SUPPORTED, *OTHERS])
def test_tokens_equal_those_of_generate(name: str, tiny: Path, tmp_path: Path) -> None:
    base = save((SUPPORTED | OTHERS)[name], tiny, tmp_path / "base")
    model = LanguageModel(name, base, AdapterFolder(tmp_path))
    check(model, base, None, LlamaSession if name in SUPPORTED else ModuleSession)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ADAPTERS)
def test_tokens_equal_those_of_peft(name: str, tiny: Path, tmp_path: Path) -> None:
    adapter = write_adapter(tiny, tmp_path / "acme--1", seed=3, **ADAPTERS[name])
    model = LanguageModel("tiny", tiny, AdapterFolder(tmp_path))
    plain = name not in ("dora", "head")
    check(model, tiny, adapter, LlamaSession if plain else ModuleSession)
    check(model, tiny, None, LlamaSession)


@torch.inference_mode()
def test_rows_that_join_later_get_the_same_tokens(tiny: Path, tmp_path: Path) -> None:
    model = LanguageModel("tiny", tiny, AdapterFolder(tmp_path))
    expected = [wanted(tiny, None, prompt) for prompt in PROMPTS]
    session = model.begin(PROMPTS[:1], NEW + 8)
    answers: list[list[int]] = [[]]
    scores = session.start()
    for step in range(NEW + 8):
        if step in (3, 8):  # a prompt shorter than the first, then a longer one
            prompt = PROMPTS[len(answers)]
            scores = torch.cat([scores, session.join([prompt], NEW + 8)])
            answers.append([])
        tokens = scores.argmax(-1).tolist()
        for answer, token in zip(answers, tokens, strict=True):
            answer.append(token)
        scores = session.step([[token] for token in tokens])
    assert [answer[:NEW] for answer in answers] == expected


@torch.inference_mode()
def test_several_tokens_in_a_step_score_as_one_by_one(tiny: Path, tmp_path: Path) -> None:
    model = LanguageModel("tiny", tiny, AdapterFolder(tmp_path))
    more = [[7, 8, 9], [5], [11, 12]]
    expected = []
    for prompt, tokens in zip(PROMPTS, more, strict=True):
        alone = model.begin([prompt], NEW)
        alone.start()
        expected += [alone.step([[token]])[0] for token in tokens]
    session = model.begin(PROMPTS, NEW)
    session.start()
    session.step([[3], [1, 2], [4, 4]])
    for row, wrong in enumerate((1, 2, 2)):
        session.take_back(row, wrong)
    torch.testing.assert_close(session.step(more), torch.stack(expected))


@pytest.mark.parametrize("together", [True, False])
def test_guesses_save_passes_and_change_no_token(
    tiny: Path, tmp_path: Path, together: bool
) -> None:
    model = LanguageModel("tiny", tiny, AdapterFolder(tmp_path))
    prompts = [[5, 9, 201, 17] * 3, [7, 7, 7], [3 + i * i % 250 for i in range(60)]]
    answers: list[list[int]] = [[] for _ in prompts]
    passes = 0

    def between(_takes_more: bool) -> list[Row]:
        nonlocal passes
        passes += 1
        return []

    def row(index: int) -> Row:
        answer = answers[index]

        def take(token: int, _log_probability: float) -> bool:
            answer.append(token)
            return len(answer) < LONG

        random = torch.Generator().manual_seed(0)
        return Row(prompts[index], LONG, 0.0, random, take, lambda: True)

    rows = [row(index) for index in range(len(prompts))]
    for batch in [rows] if together else [[one] for one in rows]:
        decode(model, batch, between)
    assert answers == [wanted(tiny, None, prompt, LONG) for prompt in prompts]
    assert passes < (LONG if together else 3 * LONG)
