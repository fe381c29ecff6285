"""Everything a run needs to go on as if nothing happened, verified when read back.

A checkpoint is `runs/<id>/checkpoints/step-N/state.safetensors` and, written last,
`manifest.json` with its hash: a folder without a manifest does not exist.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import safetensors.torch
import torch

from goldbrief.core.errors import DataCorruptionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_bytes
from goldbrief.core.seams import ObjectStore

KEPT = 2
"""Newest checkpoints that are kept: one to use, one in case it is corrupt."""

_STATE = "state.safetensors"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a run between two optimizer steps."""

    step: int
    """Optimizer steps done."""
    tokens: int
    """Training tokens seen, without padding."""
    tensors: dict[str, torch.Tensor]
    """Adapter, optimizer moments and random state, on the CPU."""


class Checkpoints:
    """The checkpoints of one run.

    Args:
        store: Where they are kept.
        run_id: The run.
        identity: What a checkpoint must have been made from to be resumed here: the
            hashes of spec and plan by name.
    """

    def __init__(self, store: ObjectStore, run_id: str, identity: dict[str, str]) -> None:
        self._store = store
        self._prefix = f"runs/{run_id}/checkpoints/"
        self._identity = identity

    def save(self, checkpoint: Checkpoint, kept_steps: Collection[int] = ()) -> None:
        """Store a checkpoint, then remove those that are no longer needed.

        Args:
            checkpoint: The state.
            kept_steps: Steps whose checkpoints stay, however old they are.
        """
        folder = self._folder(checkpoint.step)
        state = safetensors.torch.save(checkpoint.tensors)
        manifest = {
            "step": checkpoint.step,
            "tokens": checkpoint.tokens,
            "files": {_STATE: sha256_bytes(state)},
            **self._identity,
        }
        # An earlier attempt at this step may have left a corrupt one.
        self._store.delete(folder + _MANIFEST)
        self._store.put(folder + _STATE, state)
        self._store.put(folder + _MANIFEST, canonical_json(manifest))
        for step in set(self.steps()[KEPT:]).difference(kept_steps):
            self._store.delete(self._folder(step) + _MANIFEST)
            self._store.delete(self._folder(step) + _STATE)

    def steps(self) -> list[int]:
        """Steps that have a checkpoint, newest first."""
        keys = self._store.list(self._prefix)
        folders = [key.rpartition("/")[0] for key in keys if key.endswith("/" + _MANIFEST)]
        return sorted((int(folder.rpartition("step-")[2]) for folder in folders), reverse=True)

    def newest(self, on_corrupt: Callable[[str], None]) -> Checkpoint | None:
        """Read the newest checkpoint whose bytes match their hashes.

        Args:
            on_corrupt: Told of each checkpoint that had to be passed over.

        Returns:
            The checkpoint; None when there is none.

        Raises:
            InvalidInputError: The checkpoint was made from another spec or other data.
        """
        for step in self.steps():
            try:
                return self.of_step(step)
            except (DataCorruptionError, NotFoundError) as error:
                on_corrupt(f"Checkpoint of step {step} is passed over: {error.message}")
        return None

    def of_step(self, step: int) -> Checkpoint:
        """Read the checkpoint of a step.

        Args:
            step: One of `steps`.

        Returns:
            The checkpoint.

        Raises:
            NotFoundError: There is none.
            DataCorruptionError: Its bytes do not match their hash, or its manifest cannot be read.
            InvalidInputError: It was made from another spec or other data.
        """
        folder = self._folder(step)
        try:
            manifest: dict[str, Any] = json.loads(self._store.get(folder + _MANIFEST))
            recorded = str(manifest["files"][_STATE])
            identity = {name: manifest[name] for name in self._identity}
        except (ValueError, KeyError, TypeError) as error:
            raise DataCorruptionError(f"its manifest cannot be read ({error}).") from error
        for name, value in self._identity.items():
            if identity[name] != value:
                raise InvalidInputError(
                    f"{folder} was made from another {name.removesuffix('_sha256')}.",
                    reason="OTHER_RUN",
                    remedy="A changed spec or data file needs a new run id.",
                )
        state = self._store.get(folder + _STATE)
        if sha256_bytes(state) != recorded:
            raise DataCorruptionError(f"{_STATE} does not match its hash.")
        return Checkpoint(manifest["step"], manifest["tokens"], safetensors.torch.load(state))

    def _folder(self, step: int) -> str:
        return f"{self._prefix}step-{step}/"
