"""The layers below the adapter: what they make of a micro-batch never changes.

An adapter on the last layers alone leaves the others as they are. Their output for the same
tokens is kept, and later epochs start from there: with 16 of 30 layers adapted, a second epoch
does 30% less arithmetic. The numbers are the same, bit for bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn

from goldbrief_training.families import is_plain

_MOST_BYTES = 2**30
"""More is not kept: the rest of a large dataset is computed each time."""


class FrozenLayers:
    """Calls a model, without its lowest layers where their output is known.

    Args:
        base: A causal language model of transformers, with adapters in its layers or without.
        count: How many of its first layers have no adapter.
        most_bytes: Memory for kept outputs.
    """

    def __init__(self, base: Any, count: int, most_bytes: int = _MOST_BYTES) -> None:
        self.base = base
        """Not PEFT's model around it, which would call its `forward` past its hooks."""
        self._count = count if is_plain(base.config) else 0
        self._free = most_bytes
        self._decoder: Any = getattr(base, "model", None)
        self._known: dict[tuple[object, ...], torch.Tensor] = {}

    def __call__(self, input_ids: torch.Tensor, **options: Any) -> Any:
        """Call the model.

        Args:
            input_ids: Tokens, shape bt.
            **options: Of its forward pass.

        Returns:
            What it returns.
        """
        if not self._count:
            return self.base(input_ids=input_ids, **options)
        layers, count = list(self._decoder.layers), self._count
        # What inference mode makes, training cannot go on from.
        mode = torch.is_inference_mode_enabled()
        key = (mode, *input_ids.shape, input_ids.cpu().numpy().tobytes())
        known = self._known.get(key)
        if known is not None:
            with self._layers(layers[count:]):
                return self.base(inputs_embeds=known, **options)

        def keep(output_bte: torch.Tensor) -> None:
            if output_bte.nbytes <= self._free:
                self._free -= output_bte.nbytes
                self._known[key] = output_bte

        tapped = [*layers[:count], _Tapped(layers[count], keep), *layers[count + 1 :]]
        with self._layers(tapped):
            return self.base(input_ids=input_ids, **options)

    @contextlib.contextmanager
    def _layers(self, layers: Sequence[nn.Module]) -> Iterator[None]:
        own = self._decoder.layers
        self._decoder.layers = nn.ModuleList(layers)
        try:
            yield
        finally:
            self._decoder.layers = own


class _Tapped(nn.Module):
    """A layer that tells what enters it. A hook would not do: compiled layers pass over it."""

    def __init__(self, layer: nn.Module, tell: Callable[[torch.Tensor], None]) -> None:
        super().__init__()
        self._layer = layer
        self._tell = tell

    def forward(self, hidden_bte: torch.Tensor, **options: Any) -> Any:
        self._tell(hidden_bte.detach())
        return self._layer(hidden_bte, **options)
