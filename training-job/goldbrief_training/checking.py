"""What checking spec and data found, and what training is expected to take; no weights are read."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import torch

from goldbrief.core.training import THIS_CPU, CardEstimate, TrainingEstimate, TrainingSpec
from goldbrief_training import counting, devices
from goldbrief_training.base_model import read_config
from goldbrief_training.counting import Flops, Memory
from goldbrief_training.data import Dataset
from goldbrief_training.estimate import (
    H100,
    H200,
    RESERVE_GIB,
    Accelerator,
    largest_micro_batch,
    minutes,
    tokens_per_s,
)
from goldbrief_training.plan import Plan

_GIB = 2**30
_SIDE = 2048
"""Of the square matrices whose product tells what a CPU can do."""
_TRIES = 3
_CPU_SHARE = 0.5
"""Part of that rate that a training step achieves: SmolLM2-135M, its upper 16 layers adapted, rows
of 1,230 tokens, was measured at 469 tokens/s on two cores where this gives 440."""


def estimate(
    spec: TrainingSpec, train: Dataset, held_out_rows: int, plan: Plan
) -> TrainingEstimate:
    """Estimate a run.

    Args:
        spec: Gives model, adapter and levers.
        train: What is trained on.
        held_out_rows: How many rows are not.
        plan: All steps of the run.

    Returns:
        The estimate, for the accelerators of `estimate.py` and, where there is no GPU, for
        this CPU.
    """
    lengths = [len(sample) for sample in train.samples]
    completion_tokens = sum(sample.completion_tokens for sample in train.samples)
    share = completion_tokens / sum(lengths)
    subject = counting.subject(read_config(spec), spec)
    parameters = counting.parameters(subject)
    memory = counting.memory(subject, row_tokens=max(lengths), completion_share=share)
    flops = counting.flops_per_token(
        subject, row_tokens=sum(lengths) // len(lengths), completion_share=share
    )
    need = memory.weights + memory.trained + memory.row + memory.head
    return TrainingEstimate(
        rows=len(lengths),
        tokens=sum(lengths),
        completion_tokens=completion_tokens,
        longest=max(lengths),
        dropped=tuple(train.dropped),
        truncated=tuple(train.truncated),
        held_out_rows=held_out_rows,
        steps=len(plan.steps),
        epochs=plan.steps[-1].epoch + 1,
        training_tokens=plan.tokens,
        parameters=parameters.total,
        trained_parameters=parameters.trained,
        memory_gib=round(need / _GIB + RESERVE_GIB, 1),
        cards=tuple(_on(card, memory, flops, plan.tokens) for card in _accelerators(spec)),
    )


def _accelerators(spec: TrainingSpec) -> Iterator[Accelerator]:
    yield from (H100, H200)
    if not torch.cuda.is_available():
        yield _this_cpu(spec)


def _on(card: Accelerator, memory: Memory, flops: Flops, tokens: int) -> CardEstimate:
    rate = tokens_per_s(flops, card)
    return CardEstimate(
        card=card.name,
        micro_batch_size=largest_micro_batch(memory, card.memory_gib),
        tokens_per_s=round(rate, 1),
        minutes=round(minutes(tokens, rate), 1),
    )


def _this_cpu(spec: TrainingSpec) -> Accelerator:
    """The CPU that this process runs on; its peak is measured, for a fraction of a second."""
    devices.set_threads(spec.threads)
    cpu = torch.device("cpu")
    dtype = torch.bfloat16 if devices.is_fast_at_bf16(cpu) else torch.float32
    matrix = torch.ones(_SIDE, _SIDE, dtype=dtype)
    seconds = min(_timed(matrix) for _ in range(_TRIES))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    peak = 2 * _SIDE**3 / seconds / 1e12
    return Accelerator(THIS_CPU, memory / _GIB, peak, _CPU_SHARE, _CPU_SHARE)


def _timed(matrix: torch.Tensor) -> float:
    start = time.perf_counter()
    torch.mm(matrix, matrix)
    return time.perf_counter() - start
