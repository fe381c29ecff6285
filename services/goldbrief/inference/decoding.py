"""The decoding loop: a batch of prompts through one model, token by token.

Our own rather than `generate`, so that rows of one batch end, stop and are cancelled each
by itself, and streams need no thread of their own. Greedy tokens equal those of
`generate` (a test holds them together). In bf16 two tokens can tie, and the order in
which a matrix product is summed depends on the batch's shape: the same prompt may then
answer differently in other company. Alone, it always answers the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from transformers import DynamicCache

from goldbrief.inference.language_model import LanguageModel


@dataclass(slots=True)
class Row:
    """One prompt of a batch."""

    prompt: Sequence[int]
    temperature: float
    """0 takes the likeliest token."""
    random: torch.Generator
    """Draws the tokens of this row, so that its company does not change them."""
    take: Callable[[int, float], bool]
    """Called with each token and its log-probability; returns whether the row goes on."""
    wanted: Callable[[], bool]
    """Whether anybody still waits for this row."""


@torch.inference_mode()
def decode(model: LanguageModel, rows: Sequence[Row], between: Callable[[], None]) -> None:
    """Generate for all rows until each has ended.

    Args:
        model: With the adapter selected.
        rows: Prompts; padded on the left to the longest.
        between: Called before each token: other work for this thread.
    """
    live = list(rows)
    width = max(len(row.prompt) for row in live)
    pads = [width - len(row.prompt) for row in live]
    ids = torch.tensor(
        [[model.pad_id] * pad + list(row.prompt) for pad, row in zip(pads, live, strict=True)]
    )
    mask = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads])
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    cache = DynamicCache(config=model.module.config)
    while True:
        logits = _forward(model, ids, mask, positions, cache)
        between()
        tokens = [_choose(row, scores) for row, scores in zip(live, logits, strict=True)]
        going = [
            index
            for index, (row, token) in enumerate(zip(live, tokens, strict=True))
            if row.wanted() and row.take(token, _log_probability(logits[index], token))
        ]
        if not going:
            return
        if len(going) < len(live):
            kept = torch.tensor(going)
            cache.batch_select_indices(kept)
            mask = mask[kept]
            live = [live[index] for index in going]
        ids = torch.tensor([[tokens[index]] for index in going])
        mask = torch.cat([mask, mask.new_ones(len(going), 1)], dim=-1)
        positions = mask.sum(-1, keepdim=True) - 1


def _forward(
    model: LanguageModel,
    ids: torch.Tensor,
    mask: torch.Tensor,
    positions: torch.Tensor,
    cache: DynamicCache,
) -> torch.Tensor:
    """Scores of the next token, float32, one line a row."""
    extra: dict[str, object] = {}
    if model.takes_positions:
        extra["position_ids"] = positions
    if model.takes_logits_to_keep:
        extra["logits_to_keep"] = 1
    output = model.module(
        input_ids=ids, attention_mask=mask, past_key_values=cache, use_cache=True, **extra
    )
    logits: torch.Tensor = output.logits[:, -1].float()
    return logits


def _choose(row: Row, scores: torch.Tensor) -> int:
    if row.temperature == 0:
        return int(scores.argmax())
    odds = torch.softmax(scores / row.temperature, dim=-1)
    return int(torch.multinomial(odds, 1, generator=row.random))


def _log_probability(scores: torch.Tensor, token: int) -> float:
    return float(scores[token] - scores.logsumexp(-1))
