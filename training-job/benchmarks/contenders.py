"""Who takes the training steps that are timed: we, a plain loop, and TRL's SFTTrainer.

All train the same LoRA adapter on the same random base model and the same rows.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PretrainedConfig, PrinterCallback
from transformers.utils.logging import disable_progress_bar
from trl_clock import Clock

from goldbrief.core.training import Levers, LoraSpec, TrainingSpec
from goldbrief.testing.tiny_models import write_tiny_llama
from goldbrief_training import attention
from goldbrief_training import levers as pulled
from goldbrief_training.adapter import lora_config
from goldbrief_training.devices import autocast
from goldbrief_training.encoding import Sample
from goldbrief_training.loop import add_gradients
from goldbrief_training.model import make_trainable

_LEARNING_RATE = 3e-4
_IGNORED = -100
"""Label of a token without a loss, in transformers and TRL."""


@dataclass(frozen=True, slots=True)
class Work:
    """What every contender is to do."""

    config: PretrainedConfig
    rows: Sequence[Sample]
    """Of one optimizer batch; each step takes the same."""
    micro_batch_size: int
    device: torch.device
    bf16: bool
    """Base weights and products in bfloat16, else float32."""

    @property
    def tokens(self) -> int:
        """Tokens of one step."""
        return sum(map(len, self.rows))

    def base(self, implementation: str | None = None) -> Any:
        """A fresh base model with random weights, always the same."""
        torch.manual_seed(0)
        dtype = torch.bfloat16 if self.bf16 else torch.float32
        with self.device:
            return AutoModelForCausalLM.from_config(
                self.config, dtype=dtype, attn_implementation=implementation
            )

    def spec(self, levers: Levers) -> TrainingSpec:
        """The training run that this is a part of."""
        nowhere = {"key": "rows", "name": "rows.jsonl"}
        return TrainingSpec.model_validate(
            {"run_id": "benchmark", "model": "random", "register_to": "benchmark",
             "train_data": [{"files": [nowhere]}], "levers": levers}
        )  # fmt: skip


class Contender(Protocol):
    """Takes training steps."""

    def steps(self, count: int) -> float | None:
        """Take so many steps; returns the seconds they took if it keeps the time itself."""

    def loss(self) -> float:
        """Mean loss of the latest step, in nats."""


class Ours:
    """The training job's step; it is the code of its loop, without events and checkpoints."""

    def __init__(self, work: Work, levers: Levers, lora: LoraSpec | None = None) -> None:
        self._work = work = replace(work, bf16=work.bf16 and levers.bf16)
        levers = pulled.in_effect(levers, work.device)
        blockwise = attention.install(work.config) if levers.block_attention else None
        spec = work.spec(levers).model_copy(update={"lora": lora or LoraSpec()})
        self.model = make_trainable(work.base(blockwise), spec, tokenizer(), work.device)
        parameters = self.model.trainable.values()
        self._optimizer = torch.optim.AdamW(
            parameters, lr=_LEARNING_RATE, weight_decay=0.0, fused=True
        )
        self._loss = 0.0

    def steps(self, count: int) -> None:
        """Take so many steps."""
        for _ in range(count):
            self._optimizer.zero_grad(set_to_none=True)
            self._loss = add_gradients(self.model, self._work.rows, self._work.micro_batch_size)
            torch.nn.utils.clip_grad_norm_(self.model.trainable.values(), 1.0)
            self._optimizer.step()

    def loss(self) -> float:
        """Mean loss of the latest step, in nats."""
        return self._loss


class PlainLoop:
    """The shortest loop with transformers and PEFT: padding with a mask, labels, AdamW."""

    def __init__(self, work: Work) -> None:
        self._work = work
        base = work.base()
        self._model = get_peft_model(base, lora_config(work.spec(Levers()).lora, work.config))
        self._trained = [p for p in self._model.parameters() if p.requires_grad]
        self._optimizer = torch.optim.AdamW(
            self._trained, lr=_LEARNING_RATE, weight_decay=0.0, fused=True
        )
        self._loss = 0.0

    def steps(self, count: int) -> None:
        """Take so many steps."""
        work = self._work
        tokens = sum(row.completion_tokens for row in work.rows)
        base_dtype = torch.bfloat16 if work.bf16 else torch.float32
        for _ in range(count):
            self._optimizer.zero_grad(set_to_none=True)
            parts = []
            for start in range(0, len(work.rows), work.micro_batch_size):
                rows = work.rows[start : start + work.micro_batch_size]
                share = sum(row.completion_tokens for row in rows) / tokens
                with autocast(work.device, base_dtype):
                    loss = self._model(**_padded(rows, work.device)).loss * share
                loss.backward()
                parts.append(loss.detach())
            torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
            self._optimizer.step()
            self._loss = torch.stack(parts).sum().item()

    def loss(self) -> float:
        """Mean loss of the latest step, in nats."""
        return self._loss


class Trl:
    """TRL's SFTTrainer on rows tokenized before, without logging, evaluation and checkpoints.

    Raises ImportError where TRL is not installed.
    """

    def __init__(self, work: Work, activation_checkpointing: bool = True) -> None:
        importlib.import_module("trl")  # no dependency of the project

        self._work = work
        self._checkpointing = activation_checkpointing
        self._base = work.base()
        self._loss = 0.0

    def steps(self, count: int) -> float:
        """Take so many steps; returns the seconds from the begin of the first to the last's end.

        Each call makes a trainer of its own, since one trains once.
        """
        datasets: Any = importlib.import_module("datasets")
        trl: Any = importlib.import_module("trl")

        datasets.disable_progress_bars()
        work = self._work
        rows = [
            {
                "input_ids": list(row.token_ids),
                "completion_mask": [int(i >= row.completion_start) for i in range(len(row))],
            }
            for row in work.rows
        ]
        clock = Clock(work.device)
        with tempfile.TemporaryDirectory() as folder:
            trainer = trl.SFTTrainer(
                model=self._base,
                args=trl.SFTConfig(
                    output_dir=folder, max_steps=count, learning_rate=_LEARNING_RATE,
                    per_device_train_batch_size=work.micro_batch_size,
                    gradient_accumulation_steps=len(rows) // work.micro_batch_size,
                    gradient_checkpointing=self._checkpointing, bf16=work.bf16,
                    max_length=None, completion_only_loss=True, report_to="none",
                    save_strategy="no", logging_strategy="no", disable_tqdm=True,
                    use_cpu=work.device.type == "cpu", dataloader_num_workers=0,
                ),
                train_dataset=datasets.Dataset.from_list(rows),
                processing_class=tokenizer(),
                peft_config=lora_config(work.spec(Levers()).lora, work.config),
                callbacks=[clock],
            )  # fmt: skip
            trainer.remove_callback(PrinterCallback)
            self._loss = float(trainer.train().training_loss)
            self._base = trainer.model.unload()
        return clock.seconds

    def loss(self) -> float:
        """Mean loss of the latest steps, in nats."""
        return self._loss


def tokenizer() -> Any:
    """A small tokenizer; the benchmarks make their rows of token ids that every model knows."""
    disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        return AutoTokenizer.from_pretrained(write_tiny_llama(Path(folder)))


def random_rows(count: int, tokens: int, completion_share: float = 0.11) -> list[Sample]:
    """Rows of one length whose completions come from few tokens, so that there is much to learn.

    The default share of the completion is that of summaries of 440 tokens in rows of 3,900.
    """
    generator = torch.Generator().manual_seed(0)
    ids_nt = torch.randint(3, 500, (count, tokens), generator=generator)
    start = tokens - max(1, round(tokens * completion_share))
    ids_nt[:, start:] = ids_nt[:, start:] % 20 + 3
    return [Sample(f"row {i}", tuple(ids.tolist()), start) for i, ids in enumerate(ids_nt)]


def _padded(rows: Sequence[Sample], device: torch.device) -> dict[str, torch.Tensor]:
    length = max(map(len, rows))
    shape = (len(rows), length)
    ids, mask = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    labels = torch.full(shape, _IGNORED)
    for i, row in enumerate(rows):
        tokens = torch.tensor(row.token_ids)
        ids[i, : len(row)], mask[i, : len(row)] = tokens, 1
        labels[i, row.completion_start : len(row)] = tokens[row.completion_start :]
    batch = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    return {name: tensor.to(device) for name, tensor in batch.items()}
