"""Which micro-batch fits a card, and how long a run takes: an estimate before a GPU is asked for.

    python -m goldbrief_training.estimate mistralai/Mistral-7B-v0.1 recipes/mistral-7b.yaml

What a model takes is counted (`counting.py`). What a card gives is assumed until it is measured,
and named so: `RESERVE_GIB`, and how much of its peak each accelerator achieves; hence so are
tokens a second and minutes. Several cards each have the whole model and rows of their own;
where it does not fit one, they share its weights (`sharding.py`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from goldbrief.core.training import TrainingSpec
from goldbrief_training import counting
from goldbrief_training.base_model import read_config
from goldbrief_training.counting import Flops, Memory, Subject

RESERVE_GIB = 4.0
"""Assumed: CUDA's context, workspaces of its libraries, and what the allocator cannot use."""

_GIB = 2**30
_TERA = 1e12
_NODE = 8
"""Cards of a node."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A card, and what is assumed of it.

    Peaks are NVIDIA's, for dense bfloat16. The achieved share of the peak is no measurement of
    ours: it is what others published for the same chip.
    """

    name: str
    memory_gib: float
    """What torch reports as its total memory."""
    peak_tflops: float
    assumed_share: float
    """Assumed: part of the peak that a training step achieves, weights on one card."""
    assumed_sharded_share: float
    """Assumed: the same with the weights sharded over a node's cards."""


# Peak: data sheets of the H100 (SXM) and the H200: 1,979 TFLOP/s with sparsity, half without.
# Share: NeMo AutoModel's performance summary, Llama-3-8B, LoRA of rank 16, rows of 4,096 on one
# H100: 12,473 tokens/s, 402 TFLOP/s. The H200 has the same chip with more memory.
# Sharded: torchtitan publishes 33 to 39 % for Llama-3.1-8B under FSDP on H100s; less for experts.
H100 = Accelerator("H100 80 GB", 79.1, 989.4, 0.41, 0.25)
H200 = Accelerator("H200 141 GB", 139.8, 989.4, 0.41, 0.25)


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is trained on; the defaults are 4,500 articles with their summaries."""

    rows: int = 4_500
    row_tokens: int = 3_900
    """Length of a row, prompt and response."""
    completion_share: float = 0.11
    """Part of the tokens that the loss covers."""

    @property
    def tokens(self) -> int:
        """Tokens of one epoch."""
        return self.rows * self.row_tokens


def largest_micro_batch(memory: Memory, card_gib: float) -> int:
    """How many rows a forward pass can take.

    Args:
        memory: What the model takes.
        card_gib: Memory of the card.

    Returns:
        Rows; 0 when not even one fits.
    """
    free = (card_gib - RESERVE_GIB) * _GIB - memory.weights - memory.trained
    return max(0, int(free // (memory.row + memory.head)))


def tokens_per_s(
    flops: Flops, accelerator: Accelerator, cards: int = 1, *, sharded: bool = False
) -> float:
    """The assumed speed, of all cards together.

    Args:
        flops: Of one token.
        accelerator: The cards.
        cards: How many.
        sharded: Whether they share the weights; else each has them all, and waits for the
            others' gradients of the adapter only, which is taken to cost nothing.

    Returns:
        Training tokens a second.
    """
    share = accelerator.assumed_sharded_share if sharded else accelerator.assumed_share
    return cards * accelerator.peak_tflops * _TERA * share / (flops.model + flops.recomputed)


def minutes(tokens: int, rate: float) -> float:
    """Minutes for so many tokens at a rate in tokens a second."""
    return tokens / rate / 60


def report(subject: Subject, data: Dataset) -> Iterator[str]:
    """Tell the estimate for one card and for a node of eight, of each accelerator.

    Args:
        subject: The model.
        data: What one epoch is.

    Yields:
        The lines: a head, and a table, where a star marks weights that the cards share.
    """
    counted = counting.parameters(subject)
    flops = counting.flops_per_token(
        subject, row_tokens=data.row_tokens, completion_share=data.completion_share
    )
    yield (
        f"{counted.total / 1e9:.2f} B parameters, {counted.active / 1e9:.2f} B a token,"
        f" {counted.trained / 1e6:.0f} M trained; {flops.model / 1e9:.1f} GFLOPs a token;"
    )
    yield f"an epoch is {data.rows:,} rows of {data.row_tokens:,} tokens"
    yield "cards             fixed GiB  GiB a row  micro-batch  tokens/s  minutes"
    whole = _memory(subject, data, cards=1)
    sharded = _memory(subject, data, cards=_NODE)
    for cards in (1, _NODE):
        for card in (H100, H200):
            fits = largest_micro_batch(whole, card.memory_gib) > 0
            if fits or cards == 1:
                rate = tokens_per_s(flops, card, cards)
                yield _line(f"{cards} x {card.name}", whole, card, data, rate)
            else:
                rate = tokens_per_s(flops, card, cards, sharded=True)
                yield _line(f"{cards} x {card.name} *", sharded, card, data, rate)


def _memory(subject: Subject, data: Dataset, cards: int) -> Memory:
    return counting.memory(
        subject,
        row_tokens=data.row_tokens,
        completion_share=data.completion_share,
        cards=cards,
    )


def _line(name: str, memory: Memory, card: Accelerator, data: Dataset, rate: float) -> str:
    fixed = (memory.weights + memory.trained) / _GIB + RESERVE_GIB
    row = (memory.row + memory.head) / _GIB
    need = f"{name:<17} {fixed:>9.0f} {row:>10.1f}"
    rows = largest_micro_batch(memory, card.memory_gib)
    if rows == 0:
        return f"{need}  does not fit"
    return f"{need} {rows:>12} {rate:>9,.0f} {minutes(data.tokens, rate):>8.0f}"


def spec_of_recipe(recipe: dict[str, Any], model: str) -> TrainingSpec:
    """Complete a recipe to a spec that can be estimated.

    Args:
        recipe: Fields of a spec.
        model: The base model.

    Returns:
        A spec whose data and names mean nothing.
    """
    unnamed = {"files": [{"key": "none", "name": "none"}]}
    own = {"run_id": "estimate", "model": model, "train_data": [unnamed], "register_to": "none"}
    return TrainingSpec.model_validate(own | recipe)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Args:
        arguments: Without the program's name; None takes those of the process.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="folder or hub id; only its config.json is read")
    parser.add_argument("recipe", type=Path, help="YAML file with fields of a training spec")
    parser.add_argument("--rows", type=int, default=Dataset().rows)
    parser.add_argument("--row-tokens", type=int, default=Dataset().row_tokens)
    options = parser.parse_args(arguments)
    spec = spec_of_recipe(yaml.safe_load(options.recipe.read_text()), options.model)
    data = Dataset(options.rows, options.row_tokens)
    for line in report(counting.subject(read_config(spec), spec), data):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
