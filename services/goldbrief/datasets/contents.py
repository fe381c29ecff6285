"""Reads what a stored dataset version holds, and checks it against its manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from goldbrief.core.documents import Pair
from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    InvalidInputError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.material import SPLITS, Fate, Split
from goldbrief.platform.ledger import Work


def read_manifest(store: ObjectStore, work: Work) -> str:
    """The manifest as JSON; empty before the version is built."""
    prefix = work.result.get("prefix")
    return store.get(f"{prefix}manifest.json").decode() if prefix else ""


def read_rows(store: ObjectStore, work: Work, split: str = "") -> Iterator[tuple[Split, Pair]]:
    """Read the rows of a version.

    Args:
        store: Holds it.
        work: That built it.
        split: Only this one; empty means all.

    Yields:
        Split and row, in the order of the files.

    Raises:
        InvalidInputError: There is no such split.
        FailedPreconditionError: The version is not built.
        DataCorruptionError: A file is not what the manifest says.
    """
    if split and split not in SPLITS:
        raise InvalidInputError(
            f"There is no split {split!r}.",
            reason="INVALID_SPLIT",
            remedy=f"Use {', '.join(SPLITS)}, or none for all.",
            metadata={"field": "split"},
        )
    for name in SPLITS:
        if split in ("", name):
            for line in _read_lines(store, work, f"{name}.jsonl"):
                yield name, Pair.model_validate_json(line)


def read_fates(store: ObjectStore, work: Work) -> Iterator[Fate]:
    """Read what became of each candidate; raises as `read_rows`.

    Args:
        store: Holds the version.
        work: That built it.

    Yields:
        Fates, those of the synthesis first.
    """
    for line in _read_lines(store, work, "fates.jsonl"):
        fate: dict[str, Any] = json.loads(line)
        if fate["step"] != "import":  # files, which the import lists
            yield Fate.model_validate(fate)


def _read_lines(store: ObjectStore, work: Work, name: str) -> list[bytes]:
    manifest = read_manifest(store, work)
    if not manifest:
        why = work.cause["message"] if work.cause else "it is not built yet."
        raise FailedPreconditionError(
            f"Dataset version {work.id} is {work.state}: {why}", reason="DATASET_NOT_BUILT"
        )
    key = f"{work.result['prefix']}{name}"
    data = store.get(key)
    if sha256_bytes(data) != json.loads(manifest)["files"][name]:
        raise DataCorruptionError(
            f"{key} is not what the manifest says.", reason="DATASET_FILE_CHANGED"
        )
    return data.splitlines()
