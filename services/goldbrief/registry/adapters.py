"""Adapters in the object store, read with every hash checked."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from goldbrief.core.errors import DataCorruptionError, NotFoundError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest

MANIFEST = "manifest.json"
PROMPT = "prompt.json"
"""How an article becomes a prompt; adapters that were not tuned on briefs have none."""


def fetch_adapter(store: ObjectStore, prefix: str, folder: Path) -> AdapterManifest:
    """Write the files of an adapter and its manifest to a folder.

    Args:
        store: Holds the adapter.
        prefix: Key prefix of its files.
        folder: An empty folder.

    Returns:
        The manifest.

    Raises:
        NotFoundError: There is no manifest: the adapter does not exist.
        DataCorruptionError: A file is missing, or its bytes are not those of the manifest.
    """
    for _ in checked_files(store, prefix, folder):
        pass
    return AdapterManifest.model_validate_json((folder / MANIFEST).read_bytes())


def checked_files(store: ObjectStore, prefix: str, folder: Path) -> Iterator[tuple[Path, str]]:
    """Write the manifest to a folder, then each file, checked; raises as `fetch_adapter`.

    Args:
        store: Holds them.
        prefix: Their key prefix.
        folder: An empty folder.

    Yields:
        A file and its SHA-256; who removes it then needs room for the largest only.
    """
    manifest = _read_manifest(store, prefix, folder)
    for name, sha256 in manifest.files.items():
        _fetch(store, prefix, name, sha256, folder)
        yield folder / name, sha256


def copy_files(store: ObjectStore, source: str, target: str) -> None:
    """Copy the files of a manifest, each checked, the manifest last; raises as `fetch_adapter`.

    The disk needs room for the largest of them, not for a whole model.

    Args:
        store: Holds them.
        source: Key prefix to copy from.
        target: Key prefix to copy to.
    """
    with tempfile.TemporaryDirectory() as name:
        for path, _ in checked_files(store, source, Path(name)):
            store.put_file(target + path.name, path)
            path.unlink()
        store.put_file(target + MANIFEST, Path(name, MANIFEST))


def check_files(store: ObjectStore, prefix: str) -> int:
    """Read the files of a manifest one by one; raises as `fetch_adapter`.

    Args:
        store: Holds them.
        prefix: Their key prefix.

    Returns:
        How many there are.
    """
    count = 0
    with tempfile.TemporaryDirectory() as name:
        for path, _ in checked_files(store, prefix, Path(name)):
            path.unlink()
            count += 1
    return count


def require_manifest(found: str, served_name: str, registered: str) -> None:
    """Make sure that a version's manifest is the one that was registered.

    Args:
        found: SHA-256 of the one that is there.
        served_name: The version's name, for the error.
        registered: SHA-256 of the one that was registered.

    Raises:
        DataCorruptionError: It is another.
    """
    if found != registered:
        raise DataCorruptionError(
            f"The manifest of {served_name} has SHA-256 {found}, the one that was registered"
            f" {registered}.",
            reason="ADAPTER_CORRUPT",
            remedy="Train it again, or restore the object store from a backup.",
        )


def _read_manifest(store: ObjectStore, prefix: str, folder: Path) -> AdapterManifest:
    try:
        store.get_file(prefix + MANIFEST, folder / MANIFEST)
    except NotFoundError as error:
        raise NotFoundError(
            f"There is no adapter at {prefix}: it has no manifest.", reason="ADAPTER_NOT_FOUND"
        ) from error
    try:
        manifest = AdapterManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except ValidationError as error:
        raise _corrupt(prefix, f"the manifest cannot be read: {error}") from error
    return manifest


def _fetch(store: ObjectStore, prefix: str, name: str, sha256: str, folder: Path) -> None:
    if Path(name).name != name:
        raise _corrupt(prefix, f"the manifest names a file {name!r}")
    try:
        store.get_file(prefix + name, folder / name)
    except NotFoundError as error:
        raise _corrupt(prefix, f"{name} is missing") from error
    with (folder / name).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise _corrupt(prefix, f"{name} has SHA-256 {found}, the manifest says {sha256}")


def _corrupt(prefix: str, problem: str) -> DataCorruptionError:
    return DataCorruptionError(
        f"The adapter at {prefix} is damaged: {problem}.",
        reason="ADAPTER_CORRUPT",
        remedy="Train it again, or restore the object store from a backup.",
    )
