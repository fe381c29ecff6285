"""Everything a run needs to go on as if nothing happened, verified when read back.

A checkpoint is `runs/<id>/checkpoints/step-N/` with the state's files and, written last,
`manifest.json` with their hashes: a folder without a manifest does not exist.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldbrief.core.errors import DataCorruptionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json
from goldbrief.core.seams import ObjectStore
from goldbrief_training.ranks import ALONE, Ranks

KEPT = 2
"""Newest checkpoints that are kept: one to use, one in case it is corrupt."""

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a run between two optimizer steps."""

    step: int
    """Optimizer steps done."""
    tokens: int
    """Training tokens seen, without padding."""
    folder: Path
    """With the files of the state, until the next checkpoint is read."""


class Checkpoints:
    """The checkpoints of one run.

    Args:
        store: Where they are kept.
        run_id: The run.
        identity: What a checkpoint must have been made from to be resumed here: the
            hashes of spec and plan by name.
        work: Folder of this rank for files on their way.
    """

    def __init__(
        self, store: ObjectStore, run_id: str, identity: dict[str, str], work: Path
    ) -> None:
        self._store = store
        self._prefix = f"runs/{run_id}/checkpoints/"
        self._identity = identity
        self._work = work

    def save(
        self,
        step: int,
        tokens: int,
        write: Callable[[Path], None],
        kept_steps: Collection[int] = (),
        ranks: Ranks = ALONE,
    ) -> None:
        """Store a checkpoint, then remove those that are no longer needed.

        Args:
            step: Optimizer steps done.
            tokens: Training tokens seen.
            write: Writes this rank's files of the state to an empty folder.
            kept_steps: Steps whose checkpoints stay, however old they are.
            ranks: Those that write a part of the state each, together.
        """
        key = self._folder(step)
        if ranks.is_first:
            # An earlier attempt at this step may have left a corrupt one.
            self._store.delete(key + _MANIFEST)
        folder = self._empty_folder()
        write(folder)
        hashes = {}
        for path in sorted(folder.iterdir()):
            hashes[path.name] = _sha256(path)
            self._store.put_file(key + path.name, path)
        shutil.rmtree(folder)
        files = ranks.gathered(hashes)
        if ranks.is_first:
            manifest = {"step": step, "tokens": tokens, "files": files, **self._identity}
            self._store.put(key + _MANIFEST, canonical_json(manifest))
            for old in set(self.steps()[KEPT:]).difference(kept_steps):
                self._remove(self._folder(old))

    def steps(self) -> list[int]:
        """Steps that have a checkpoint, newest first."""
        keys = self._store.list(self._prefix)
        folders = [key.rpartition("/")[0] for key in keys if key.endswith("/" + _MANIFEST)]
        return sorted((int(folder.rpartition("step-")[2]) for folder in folders), reverse=True)

    def newest(self, on_corrupt: Callable[[str], None]) -> Checkpoint | None:
        """Read the newest checkpoint whose files match their hashes.

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
            DataCorruptionError: A file does not match its hash, or the manifest cannot be read.
            InvalidInputError: It was made from another spec or other data.
        """
        key = self._folder(step)
        try:
            manifest: dict[str, Any] = json.loads(self._store.get(key + _MANIFEST))
            files = dict(manifest["files"])
            identity = {name: manifest[name] for name in self._identity}
        except (ValueError, KeyError, TypeError) as error:
            raise DataCorruptionError(f"its manifest cannot be read ({error}).") from error
        for name, value in self._identity.items():
            if identity[name] != value:
                raise InvalidInputError(
                    f"{key} was made from another {name.removesuffix('_sha256')}.",
                    reason="OTHER_RUN",
                    remedy="A changed spec or data file needs a new run id.",
                )
        folder = self._empty_folder()
        for name, sha256 in files.items():
            self._store.get_file(key + name, folder / name)
            if _sha256(folder / name) != sha256:
                raise DataCorruptionError(f"{name} does not match its hash.")
        return Checkpoint(manifest["step"], manifest["tokens"], folder)

    def _remove(self, key: str) -> None:
        """The manifest first, so that no half of a checkpoint is taken for one."""
        self._store.delete(key + _MANIFEST)
        for file in list(self._store.list(key)):
            self._store.delete(file)

    def _empty_folder(self) -> Path:
        folder = self._work / "checkpoint"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _folder(self, step: int) -> str:
        return f"{self._prefix}step-{step}/"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
