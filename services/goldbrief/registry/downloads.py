"""The files of a version, each checked before its first byte is sent."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.seams import ObjectStore
from goldbrief.registry.adapters import MANIFEST, checked_files
from goldbrief.registry.model_versions import ModelVersions, merged_version_prefix
from goldbrief.registry.signatures import SIGNATURE
from goldbrief.registry.tables import ModelVersion

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a file."""

    file: str
    chunk: bytes
    sha256: str
    """Of the whole file by the manifest; empty for what the manifest does not have."""


def pieces_of(
    store: ObjectStore, versions: ModelVersions, version: ModelVersion, *, merged: bool
) -> Iterator[Piece]:
    """Read the files of a version, manifest and signature last.

    Args:
        store: Holds them.
        versions: Knows what there is.
        version: Whose.
        merged: Whether the base with the adapter merged in is wanted; of a whole model, that is
            what there is.

    Yields:
        The pieces of each file one after another.

    Raises:
        FailedPreconditionError: Merged weights are wanted, and there are none.
        DataCorruptionError: A file is missing or has other bytes than its manifest says.
    """
    prefix = version.prefix
    if merged and versions.has_merged(version):
        prefix = merged_version_prefix(version)
    elif merged and versions.is_adapter(version):
        raise FailedPreconditionError(
            f"{version.model}@{version.version} is an adapter without merged weights.",
            reason="NOT_MERGED",
            remedy="Export it without --merged: engines load it beside its base model"
            f" {version.base_model}. Training merges MPT and DBRX, whose adapters no engine loads.",
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, sha256 in checked_files(store, prefix, folder):
            yield from _pieces(path, sha256)
            path.unlink()
        yield from _pieces(folder / MANIFEST, "")
    if store.exists(version.prefix + SIGNATURE):
        yield Piece(SIGNATURE, store.get(version.prefix + SIGNATURE), "")


def _pieces(path: Path, sha256: str) -> Iterator[Piece]:
    with path.open("rb") as file:
        chunk = file.read(_CHUNK_BYTES)
        yield Piece(path.name, chunk, sha256)
        while chunk := file.read(_CHUNK_BYTES):
            yield Piece(path.name, chunk, sha256)
