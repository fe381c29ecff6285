"""Who vouches for a model version: a signed statement beside its manifest.

A manifest has the hash of every file; the statement in `manifest.sig` has the hash of the manifest
and the version's name, so that neither bytes nor name can be exchanged by who can write to the
object store alone. No dates are in it: a clock that is wrong refuses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from goldbrief.core.errors import (
    DataCorruptionError,
    FailedPreconditionError,
    GoldbriefError,
    NotFoundError,
)
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.settings import Settings
from goldbrief.platform.signing import Signer, Verifier, kept_signer, read_signer, read_verifier
from goldbrief.registry.adapters import MANIFEST, fetch_adapter, require_manifest
from goldbrief.registry.orders import Order

SIGNATURE = "manifest.sig"
KIND = "application/vnd.goldbrief.model-version+json"

_log = logging.getLogger(__name__)


class ManifestTrust:
    """Believes manifests for which a trusted key vouches.

    Args:
        verifier: Gives the trusted keys, anew each time: a laptop makes its own on first use.
        allow_unsigned: Whether others are believed too, with a warning.
    """

    def __init__(self, verifier: Callable[[], Verifier], *, allow_unsigned: bool = False) -> None:
        self.verifier = verifier
        self._allow_unsigned = allow_unsigned

    @classmethod
    def of(cls, settings: Settings) -> ManifestTrust:
        """The trust that the settings ask for; raises InvalidInputError when they hold no key."""
        if settings.trusted_keys:
            verifier = read_verifier(settings.trusted_keys, "GOLDBRIEF_TRUSTED_KEYS")
            return cls(lambda: verifier, allow_unsigned=settings.allow_unsigned)

        def own() -> Verifier:
            has_key = settings.signing_key or settings.signing_key_file.exists()
            return open_signer(settings).verifier() if has_key else Verifier([])

        return cls(own, allow_unsigned=settings.allow_unsigned)

    def fetch(self, store: ObjectStore, order: Order, served_name: str, folder: Path) -> None:
        """Write the files of a version to a folder, if they are what was registered and signed.

        Args:
            store: Holds them.
            order: Says where, and which manifest was registered.
            served_name: The version's name.
            folder: An empty folder.

        Raises:
            NotFoundError: There is no manifest.
            DataCorruptionError: A file is not what the manifest says, the manifest not what was
                registered, or the signature wrong.
            FailedPreconditionError: No trusted key vouches for it.
        """
        fetch_adapter(store, order.prefix, folder)
        found = sha256_bytes((folder / MANIFEST).read_bytes())
        require_manifest(found, served_name, order.manifest_sha256)
        self.require(store, order.prefix, served_name, {MANIFEST: found})

    def require(
        self, store: ObjectStore, prefix: str, served_name: str, manifests: Mapping[str, str]
    ) -> None:
        """Make sure that somebody trusted vouches for a version.

        Args:
            store: Holds its files.
            prefix: Their key prefix.
            served_name: The version's name.
            manifests: Path of each manifest below the prefix, and its SHA-256, as found.

        Raises:
            FailedPreconditionError: There is no signature (UNSIGNED), or by a key that is not
                trusted (UNKNOWN_SIGNER).
            DataCorruptionError: The signature is wrong, or of something else (SIGNATURE_INVALID).
        """
        try:
            self.check(store, prefix, served_name, manifests)
        except (FailedPreconditionError, DataCorruptionError) as error:
            if not self._allow_unsigned:
                raise
            _log.warning(
                "%s is used all the same (GOLDBRIEF_ALLOW_UNSIGNED): %s", served_name, error
            )

    def check(
        self, store: ObjectStore, prefix: str, served_name: str, manifests: Mapping[str, str]
    ) -> None:
        """As `require`, whether unsigned versions are allowed or not."""
        key = prefix + SIGNATURE
        try:
            envelope = store.get(key)
        except NotFoundError as error:
            raise FailedPreconditionError(
                f"Nobody vouches for {served_name}: {key} is missing.",
                reason="UNSIGNED",
                remedy=_remedy(served_name),
            ) from error
        try:
            statement = self.verifier().open(KIND, envelope)
        except (FailedPreconditionError, DataCorruptionError) as error:
            raise type(error)(
                f"{key}: {error.message}",
                reason=error.reason,
                remedy=error.remedy or _remedy(served_name),
            ) from error
        if statement.get("model_version") != served_name:
            raise _other(key, f"it is of {statement.get('model_version')}, not of {served_name}")
        for name, sha256 in manifests.items():
            if statement.get("manifests", {}).get(name) != sha256:
                raise _other(key, f"{prefix}{name} is not the file that was signed")


def open_signer(settings: Settings) -> Signer:
    """The signer that the settings name; a laptop makes its own key on first use.

    Args:
        settings: Of this process.

    Returns:
        The signer.

    Raises:
        InvalidInputError: What they name is no key.
        FailedPreconditionError: They name none, and none can be kept here.
    """
    if settings.signing_key:
        return read_signer(settings.signing_key, "GOLDBRIEF_SIGNING_KEY")
    try:
        return kept_signer(settings.signing_key_file)
    except OSError as error:
        raise FailedPreconditionError(
            f"There is no signing key, and {settings.signing_key_file} cannot be made:"
            f" {error.strerror}.",
            reason="NO_SIGNING_KEY",
            remedy="Give one in GOLDBRIEF_SIGNING_KEY.",
        ) from error


def put_signature(
    store: ObjectStore, signer: Signer, prefix: str, served_name: str, manifests: Mapping[str, str]
) -> None:
    """Vouch for a version; arguments as those of `ManifestTrust.require`."""
    statement = {"model_version": served_name, "manifests": dict(manifests)}
    store.put(prefix + SIGNATURE, signer.sign(KIND, statement))


def _remedy(served_name: str) -> str:
    model, _, version = served_name.rpartition("--")
    return (
        f"`goldbrief models verify {model}@{version}` says what is there. If it is yours, vouch for"
        f" it with `goldbrief models sign {model}@{version}`, or let registry and syncers take it"
        " unsigned with GOLDBRIEF_ALLOW_UNSIGNED=true."
    )


def _other(key: str, problem: str) -> GoldbriefError:
    return DataCorruptionError(
        f"{key}: The signature is wrong: {problem}.",
        reason="SIGNATURE_INVALID",
        remedy="Train the version again, or restore the object store from a backup.",
    )
