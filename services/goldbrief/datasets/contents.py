"""Reads what a stored dataset version holds, and checks it against its manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from goldbrief.core.documents import Judgment, Pair
from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    InvalidInputError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.datasets.collecting import parallel, read_record
from goldbrief.datasets.material import SPLITS, Fate, Split, pair_sha256
from goldbrief.platform.ledger import Work

_READ_AHEAD = 256
"""Judgments that are held at once."""


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


def read_fates(store: ObjectStore, work: Work) -> Iterator[dict[str, Any]]:
    """Read what became of each file and candidate of a version; raises as `read_rows`."""
    for line in _read_lines(store, work, "fates.jsonl"):
        yield json.loads(line)


def read_origins(store: ObjectStore, work: Work) -> Iterator[tuple[Split, Pair, Fate]]:
    """Read the rows of a version with what became of their candidates; raises as `read_rows`.

    Args:
        store: Holds it.
        work: That built it.

    Yields:
        Split, row, and the fate that put it there; its `pair` is always told.
    """
    lines = [line for line in read_fates(store, work) if line["fate"] in SPLITS]
    by_pair = {line["pair"]: Fate(**line) for line in lines if line["pair"]}
    for split, pair in read_rows(store, work):
        key = pair_sha256(pair.article_sha256, pair.persona, pair.response)
        # golden evaluation pairs have no candidate
        yield split, pair, by_pair.get(key) or Fate(step="curation", fate=split, pair=key)


def read_rejected(store: ObjectStore, work: Work) -> Iterator[tuple[Fate, Judgment | None]]:
    """Read which candidates are in no split, and why; raises as `read_rows`.

    Args:
        store: Holds the version and the judgments.
        work: That built it.

    Yields:
        Fate and judgment, if there is one; those that the synthesis rejected come first.
    """
    candidates = (line for line in read_fates(store, work) if line["step"] != "import")
    rejected = [line for line in candidates if line["fate"] not in SPLITS]
    for start in range(0, len(rejected), _READ_AHEAD):
        fates = [Fate(**line) for line in rejected[start : start + _READ_AHEAD]]
        yield from zip(fates, parallel(lambda fate: _judgment(store, fate), fates), strict=True)


def _judgment(store: ObjectStore, fate: Fate) -> Judgment | None:
    return read_record(store, fate.judgment_key, Judgment) if fate.judgment_key else None


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
