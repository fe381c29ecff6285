"""Running out of memory: what is remembered of it, and the smaller next attempt."""

from __future__ import annotations

import json

import torch

from goldbrief.core.hashing import canonical_json
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import TrainingSpec

_CPU_SIGNS = ("can't allocate memory", "not enough memory")


def micro_batch_size(store: ObjectStore, spec: TrainingSpec) -> int:
    """Rows of one pass: the spec's, or half of the smallest that did not fit.

    Args:
        store: Where the run's failures are recorded.
        spec: The run's spec.

    Returns:
        At least 1.
    """
    key = _key(spec.run_id)
    if not store.exists(key):
        return spec.micro_batch_size
    return max(1, int(json.loads(store.get(key))["failed"]) // 2)


def record_failure(store: ObjectStore, run_id: str, failed: int) -> None:
    """Remember that a micro-batch of `failed` rows did not fit in memory."""
    store.put(_key(run_id), canonical_json({"failed": failed}))


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on a GPU or in torch's CPU allocator."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _CPU_SIGNS)


def _key(run_id: str) -> str:
    return f"runs/{run_id}/micro_batch.json"
