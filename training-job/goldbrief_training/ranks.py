"""Processes that train one model together: each does its share of every step's rows.

The adapter and its optimizer are the same in every rank; only gradients travel, added up once
a step, and the base's weights where the ranks share them (`sharding`). The plan knows nothing
of ranks, so that a run goes on with fewer or more of them. The first rank alone writes: events,
checkpoints, results.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed as dist

from goldbrief.core.seams import ObjectStore
from goldbrief_training.interruption import RunInterruptedError

_T = TypeVar("_T")
_PATIENCE = timedelta(hours=2)
"""How long a rank waits for the others, who may be evaluating or uploading."""


class PeerLostError(RunInterruptedError):
    """Another rank is gone; all go on from the last checkpoint once it is back."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process among those that train together."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this one writes."""
        return self.rank == 0

    def share(self, rows: Sequence[_T], micro_batch_size: int) -> list[_T]:
        """This rank's part of a step: every `size`-th micro-batch, so that lengths are alike."""
        starts = range(0, len(rows), micro_batch_size)[self.rank :: self.size]
        return [row for start in starts for row in rows[start : start + micro_batch_size]]

    def has_pass_less(self, rows: Sequence[_T], micro_batch_size: int) -> bool:
        """Whether this rank's share is a micro-batch less than that of the first rank."""
        return self.rank >= math.ceil(len(rows) / micro_batch_size) % self.size > 0

    def wait(self, device: torch.device) -> None:
        """Wait until all ranks have come so far; raises PeerLostError."""
        self.any(False, device)

    def gathered(self, entries: dict[str, str]) -> dict[str, str]:
        """The entries of all ranks together; raises PeerLostError when one is gone."""
        if self.size == 1:
            return entries
        all_entries: list[dict[str, str]] = [{}] * self.size
        try:
            dist.all_gather_object(all_entries, entries)
        except RuntimeError as error:
            raise PeerLostError(f"Another rank is gone ({error}).") from error
        return {name: value for one in all_entries for name, value in one.items()}

    def add_up(self, tensors: Sequence[torch.Tensor]) -> None:
        """Replace tensors by their sums over all ranks.

        Args:
            tensors: Of one type, in the same order in every rank.

        Raises:
            PeerLostError: Another rank is gone.
        """
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:
            raise PeerLostError(f"Another rank is gone ({error}).") from error
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts, strict=True):
            tensor.copy_(part.view_as(tensor))

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set in some rank; also waits for all of them."""
        flags = torch.tensor([float(flag)], device=device)
        self.add_up([flags])
        return bool(flags.item())


ALONE = Ranks()


def is_lost_peer(error: BaseException) -> bool:
    """Whether an error out of torch says that another rank is gone."""
    if isinstance(error, dist.DistError):  # of NCCL, and of the store where ranks meet
        return True
    return isinstance(error, RuntimeError) and "/gloo/transport/" in str(error)


def join() -> Ranks:
    """Join the other ranks that `launching` started; alone where it started none.

    Returns:
        This process among them.

    Raises:
        PeerLostError: They are not there, or leaving.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return ALONE
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    try:
        dist.init_process_group(backend, timeout=_PATIENCE)
    except (RuntimeError, dist.DistError) as error:
        raise PeerLostError(f"The other ranks cannot be reached ({error}).") from error
    return Ranks(dist.get_rank(), dist.get_world_size())


class ReadingStore:
    """What ranks beside the first have of the object store: they read, and write nothing.

    Args:
        store: The store.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, key: str, data: bytes) -> None:
        """Leave it to the first rank."""

    def put_file(self, key: str, path: Path) -> None:
        """Leave it to the first rank."""

    def delete(self, key: str) -> None:
        """Leave it to the first rank."""

    def get(self, key: str) -> bytes:
        """See ObjectStore.get."""
        return self._store.get(key)

    def get_file(self, key: str, path: Path) -> None:
        """See ObjectStore.get_file."""
        self._store.get_file(key, path)

    def exists(self, key: str) -> bool:
        """See ObjectStore.exists."""
        return self._store.exists(key)

    def list(self, prefix: str) -> Iterator[str]:
        """See ObjectStore.list."""
        return self._store.list(prefix)
