"""Running out of memory: the next attempt needs less, and the run remembers how much less."""

from __future__ import annotations

import json
from typing import Any

import torch

from goldbrief.core.hashing import canonical_json
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import TrainingSpec

_CPU_SIGNS = ("can't allocate memory", "not enough memory")


def fitted(store: ObjectStore, spec: TrainingSpec) -> TrainingSpec:
    """The spec with the memory that the run's latest attempt is left with.

    Args:
        store: Where the run remembers it.
        spec: The run's spec.

    Returns:
        `spec`, with a smaller micro-batch or with activation checkpointing after attempts that
        ran out of memory.
    """
    key = _key(spec.run_id)
    if not store.exists(key):
        return spec
    return _changed(spec, **json.loads(store.get(key)))


def smaller(spec: TrainingSpec) -> TrainingSpec | None:
    """What to try after running out of memory; None when nothing is left to try.

    Args:
        spec: What did not fit.

    Returns:
        Half the micro-batch; for one row, activation checkpointing.
    """
    if spec.micro_batch_size > 1:
        return _changed(spec, micro_batch_size=spec.micro_batch_size // 2)
    if spec.levers.activation_checkpointing == "auto":
        return _changed(spec, activation_checkpointing="on")
    return None


def remember(store: ObjectStore, spec: TrainingSpec) -> None:
    """Make `fitted` give these settings of memory from now on."""
    settings = {
        "micro_batch_size": spec.micro_batch_size,
        "activation_checkpointing": spec.levers.activation_checkpointing,
    }
    store.put(_key(spec.run_id), canonical_json(settings))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on a GPU or in torch's CPU allocator."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _CPU_SIGNS)


def _changed(
    spec: TrainingSpec,
    micro_batch_size: int | None = None,
    activation_checkpointing: str | None = None,
) -> TrainingSpec:
    checkpointing = activation_checkpointing or spec.levers.activation_checkpointing
    changes: dict[str, Any] = {
        "micro_batch_size": micro_batch_size or spec.micro_batch_size,
        "levers": spec.levers.model_copy(update={"activation_checkpointing": checkpointing}),
    }
    return spec.model_copy(update=changes)


def _key(run_id: str) -> str:
    return f"runs/{run_id}/memory.json"
