"""One batch under way in a model, whatever computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from transformers import DynamicCache


class Session(Protocol):
    """A batch of prompts that grows step by step.

    Shapes: B rows, N tokens of a step, those of the first row first, V vocabulary.
    """

    takes_more: bool
    """Whether `join` is possible, and more than one token a row in a step."""

    def start(self) -> torch.Tensor:
        """Read the prompts; returns the scores of the first tokens, float32: BV."""

    def step(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Add tokens to each row; returns the scores of what follows each, float32: NV."""

    def take_back(self, row: int, count: int) -> None:
        """Remove the last tokens of a row."""

    def drop(self, row: int) -> None:
        """End a row: the last one takes its place."""

    def join(self, prompts: Sequence[Sequence[int]], max_new: int) -> torch.Tensor:
        """Add prompts, as the last rows; returns the scores of their first tokens: BV."""


class ModuleSession:
    """A batch in any causal language model of transformers, padded on the left.

    Shapes in the names of tensors: B rows, T tokens, C columns of the cache.

    Args:
        module: The model, with the adapter switched on.
        prompts: Tokens of each row.
        pad_id: What fills the rows of shorter prompts.
        options: Which of `position_ids` and `logits_to_keep` the model takes.
    """

    takes_more = False

    def __init__(
        self,
        module: Any,
        prompts: Sequence[Sequence[int]],
        pad_id: int,
        options: frozenset[str],
    ) -> None:
        width = max(len(prompt) for prompt in prompts)
        pads = [width - len(prompt) for prompt in prompts]
        self._module = module
        self._options = options
        self._ids_bt = torch.tensor(
            [[pad_id] * pad + list(prompt) for pad, prompt in zip(pads, prompts, strict=True)]
        )
        self._mask_bc = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads])
        self._cache = DynamicCache(config=module.config)

    def start(self) -> torch.Tensor:
        """See Session.start."""
        return self._forward(self._ids_bt, (self._mask_bc.cumsum(-1) - 1).clamp(min=0))

    def step(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """See Session.step; one token a row."""
        mask_bc = self._mask_bc
        self._mask_bc = torch.cat([mask_bc, mask_bc.new_ones(len(tokens), 1)], dim=-1)
        positions_b1 = self._mask_bc.sum(-1, keepdim=True) - 1
        return self._forward(torch.tensor(tokens), positions_b1)

    def take_back(self, row: int, count: int) -> None:
        """See Session.take_back; nothing is ever guessed here."""

    def drop(self, row: int) -> None:
        """See Session.drop."""
        kept = list(range(len(self._mask_bc)))
        last = kept.pop()
        if row != last:
            kept[row] = last
        self._cache.batch_select_indices(torch.tensor(kept))
        self._mask_bc = self._mask_bc[kept]

    def join(self, prompts: Sequence[Sequence[int]], max_new: int) -> torch.Tensor:
        """See Session.join; not possible here."""
        raise NotImplementedError("The modules of transformers read all prompts at once.")

    def _forward(self, ids_bt: torch.Tensor, positions_bt: torch.Tensor) -> torch.Tensor:
        given = {"position_ids": positions_bt, "logits_to_keep": 1}
        output = self._module(
            input_ids=ids_bt,
            attention_mask=self._mask_bc,
            past_key_values=self._cache,
            use_cache=True,
            **{name: value for name, value in given.items() if name in self._options},
        )
        logits_bv: torch.Tensor = output.logits[:, -1].float()
        return logits_bv
