"""In what a model family may depart from the general path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where a checkpoint keeps the weight of a linear layer."""

    tensor: str
    """Name of the tensor."""
    expert: int | None = None
    """The layer's turn among the equal blocks of rows that the tensor is; None: it is the whole."""
    transposed: bool = False
    """Whether the checkpoint keeps inputs by outputs, where torch has outputs by inputs."""


def _no_fields(_config: Any, _context_length: int) -> dict[str, Any]:
    return {}


def _nothing(_model: Any) -> None:
    pass


def _own_weight(module: str) -> Source:
    return Source(f"{module}.weight")


@dataclass(frozen=True, slots=True)
class Family:
    """A model family; the defaults are the general path.

    That is: transformers loads it, PEFT adapts its linear layers, engines serve its adapters.
    """

    fields: Callable[[Any, int], dict[str, Any]] = _no_fields
    """Given a configuration and the longest row in tokens: the fields to set in it, both for
    training and in the configuration of merged weights."""
    convert: Callable[[Any], None] = _nothing
    """Rebuild, in place, layers of a model that LoRA cannot reach as they are. What the model
    computes stays the same."""
    left_alone: str | None = None
    """Pattern of the names of linear layers that get no adapter."""
    source: Callable[[str], Source] = _own_weight
    """Given the name of a linear layer, converted ones included: where its weight lies."""
    is_trained_in_full: bool = True
    """Whether all weights can be trained: a converted model cannot be stored in the layout of its
    checkpoint."""
    is_served_merged: bool = False
    """Whether engines cannot serve an adapter of this family, so that its weights are merged."""
