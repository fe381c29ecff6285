"""Verifying a version: every file against its manifest, every manifest against the signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.seams import ObjectStore
from goldbrief.registry.adapters import MANIFEST, check_files
from goldbrief.registry.model_versions import ModelVersions
from goldbrief.registry.signatures import SIGNATURE, ManifestTrust
from goldbrief.registry.tables import ModelVersion


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what is wrong with it."""

    subject: str
    """Object key."""
    detail: str
    """What was found, or what is wrong."""
    remedy: str = ""
    ok: bool = True


def verify(
    store: ObjectStore, versions: ModelVersions, trust: ManifestTrust, version: ModelVersion
) -> Iterator[Finding]:
    """Look at all that vouches for a version.

    Args:
        store: Holds its files.
        versions: Finds its manifests.
        trust: Says whose signatures are believed.
        version: What to verify.

    Yields:
        One finding a manifest with its files, and one for the signature.
    """
    try:
        manifests = versions.manifests(version)
    except GoldbriefError as error:
        yield Finding(version.prefix + MANIFEST, error.message, error.remedy, ok=False)
        return
    for name in manifests:
        yield _files(store, version.prefix + name)
    registered = version.manifest_sha256
    if manifests[MANIFEST] != registered:
        told = f"it is not the manifest that was registered, whose SHA-256 is {registered}"
        yield Finding(version.prefix + MANIFEST, told, ok=False)
    try:
        trust.check(store, version.prefix, version.served_name, manifests)
    except GoldbriefError as error:
        yield Finding(version.prefix + SIGNATURE, error.message, error.remedy, ok=False)
    else:
        yield Finding(version.prefix + SIGNATURE, "a trusted key vouches for all of it")


def _files(store: ObjectStore, key: str) -> Finding:
    try:
        count = check_files(store, key.removesuffix(MANIFEST))
    except GoldbriefError as error:
        return Finding(key, error.message, error.remedy, ok=False)
    return Finding(key, f"{count} files, each with the hash that it should have")
