"""The layers below the adapter: what they make of a micro-batch never changes.

An adapter on the last layers alone leaves the others as they are. Their output for the same
tokens is kept, and later epochs start from there: with 16 of 30 layers adapted, a second epoch
does 30% less arithmetic. The numbers are the same, bit for bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

_MOST_BYTES = 2**30
"""More is not kept: the rest of a large dataset is computed each time."""
# Families whose decoder is a plain list of layers over the embeddings as they are.
_PLAIN_FAMILIES = ("llama", "mistral")


class FrozenLayers:
    """Runs a model, without its lowest layers where their output is known.

    Args:
        base: The causal language model of transformers; PEFT may have put adapters into it.
        count: How many of its first layers have no adapter.
        most_bytes: Memory for kept outputs.
    """

    def __init__(self, base: Any, count: int, most_bytes: int = _MOST_BYTES) -> None:
        plain = base.config.model_type in _PLAIN_FAMILIES
        dropout = getattr(base.config, "attention_dropout", 0.0)
        self._count = count if plain and not dropout else 0
        self._free = most_bytes
        self._decoder: Any = getattr(base, "model", None)
        self._known: dict[bytes, torch.Tensor] = {}

    def run(self, model: nn.Module, token_ids_bt: torch.Tensor, **options: Any) -> Any:
        """Call a model.

        Args:
            model: The base, or PEFT's model around it.
            token_ids_bt: Tokens.
            **options: Of the model's forward pass.

        Returns:
            What it returns.
        """
        if not self._count:
            return model(input_ids=token_ids_bt, **options)
        key = token_ids_bt.cpu().numpy().tobytes()
        known = self._known.get(key)
        if known is None:
            with self._keeping(key):
                return model(input_ids=token_ids_bt, **options)
        with self._skipping():
            return model(inputs_embeds=known, **options)

    @contextlib.contextmanager
    def _keeping(self, key: bytes) -> Iterator[None]:
        def keep(_layer: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            output_bte = arguments[0].detach()
            if output_bte.nbytes <= self._free:
                self._free -= output_bte.nbytes
                self._known[key] = output_bte

        hook = self._decoder.layers[self._count].register_forward_pre_hook(keep)
        try:
            yield
        finally:
            hook.remove()

    @contextlib.contextmanager
    def _skipping(self) -> Iterator[None]:
        layers = self._decoder.layers
        self._decoder.layers = layers[self._count :]
        try:
            yield
        finally:
            self._decoder.layers = layers
