"""Model versions: registering, vouching for them, and finding them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest, adapter_prefix, merged_prefix
from goldbrief.platform.ledger import Database
from goldbrief.platform.signing import Signer
from goldbrief.registry.adapters import (
    MANIFEST,
    PROMPT,
    check_files,
    copy_files,
    fetch_adapter,
    require_manifest,
)
from goldbrief.registry.signatures import put_signature
from goldbrief.registry.tables import (
    ModelVersion,
    complete_versions,
    reserve_version,
    version_of_run,
)

_MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


class ModelVersions:
    """Operations on model versions.

    Args:
        database: Where they are recorded.
        store: Where their files lie.
        signer: Vouches for what is registered.
    """

    def __init__(self, database: Database, store: ObjectStore, signer: Signer) -> None:
        self._database = database
        self._store = store
        self._signer = signer

    def register(
        self, model: str, finetuning_run_id: str, run_id: str = "", dataset_digest: str = ""
    ) -> ModelVersion:
        """Copy what a run made to `adapters/<model>/<version>/` as the model's next version.

        Below it, `merged/` holds the base with the adapter merged in, where the run made that.

        Args:
            model: Model name.
            finetuning_run_id: Run that made the adapter.
            run_id: Pipeline run; empty for none.
            dataset_digest: Of the dataset version; empty for none.

        Returns:
            The version; the same one when the run was registered before.

        Raises:
            InvalidInputError: `model` is not a model name.
            NotFoundError: The run has no adapter.
            DataCorruptionError: Its files do not match the manifest.
            TransientError: Another registration took the number at the same moment.
        """
        _require_model_name(model)
        known = self._of_run(model, finetuning_run_id)
        if known is not None and known.manifest_sha256:
            return known
        with tempfile.TemporaryDirectory() as folder:
            # checked before a number is taken, so that damaged adapters take none
            manifest = fetch_adapter(self._store, self._prefix(finetuning_run_id), Path(folder))
            version = self._reserve(
                ModelVersion(
                    model=model,
                    finetuning_run_id=finetuning_run_id,
                    run_id=run_id,
                    base_model=_base_model(manifest),
                    dataset_digest=dataset_digest,
                    prompt_json=_prompt_json(Path(folder)),
                    manifest_sha256="",
                )
            )
            for name in (*manifest.files, MANIFEST):
                self._store.put_file(version.prefix + name, Path(folder, name))
            if manifest.lora is not None and self._has_manifest(merged_prefix(finetuning_run_id)):
                copy_files(
                    self._store, merged_prefix(finetuning_run_id), merged_version_prefix(version)
                )
            self._put_signature(version)
            return self._complete(version, sha256_bytes(Path(folder, MANIFEST).read_bytes()))

    def get(self, model: str, version: str = "") -> ModelVersion:
        """Return a version.

        Args:
            model: Model name.
            version: A number; empty means the newest.

        Returns:
            The version.

        Raises:
            NotFoundError: There is none.
        """
        versions = [v for v in self.list(model) if not version or str(v.version) == version]
        if not model or not versions:
            raise NotFoundError(
                f"There is no version {version} of the model {model!r}."
                if version
                else f"The model {model!r} has no versions.",
                reason="MODEL_VERSION_NOT_FOUND",
                metadata={"model": model, "version": version},
            )
        return versions[0]

    def list(self, model: str = "") -> list[ModelVersion]:
        """Return the versions of a model, or of all when that is empty, newest first."""
        with self._database.transaction() as session:
            return list(complete_versions(session, model))

    def sign(self, version: ModelVersion) -> str:
        """Vouch for a version whose files are what was registered.

        Args:
            version: Of before there were signatures, or signed by another key.

        Returns:
            The id of the key.

        Raises:
            NotFoundError: Its files are gone.
            DataCorruptionError: They are not those that were registered.
        """
        manifests = self.manifests(version)
        require_manifest(manifests[MANIFEST], version.served_name, version.manifest_sha256)
        for name in manifests:
            check_files(self._store, version.prefix + name.removesuffix(MANIFEST))
        self._put_signature(version)
        return self._signer.key_id

    def manifests(self, version: ModelVersion) -> dict[str, str]:
        """Paths of a version's manifests below its prefix, and their SHA-256 as they are now."""
        merged = merged_version_prefix(version).removeprefix(version.prefix) + MANIFEST
        names = [MANIFEST, merged] if self.has_merged(version) else [MANIFEST]
        return {name: sha256_bytes(self._store.get(version.prefix + name)) for name in names}

    def is_adapter(self, version: ModelVersion) -> bool:
        """Whether a version is an adapter and not a whole model."""
        manifest = AdapterManifest.model_validate_json(self._store.get(version.prefix + MANIFEST))
        return manifest.lora is not None

    def has_merged(self, version: ModelVersion) -> bool:
        """Whether the base with the adapter merged in lies beside the adapter."""
        return self._has_manifest(merged_version_prefix(version))

    def require_adapter(self, version: ModelVersion) -> None:
        """Raise FailedPreconditionError unless a running engine can be given the version."""
        if not self.is_adapter(version):
            raise _needs_an_engine_of_its_own(version, "is a whole model")
        if self.has_merged(version):
            what = "is an adapter of a kind that no engine loads"
            raise _needs_an_engine_of_its_own(version, what)

    def _prefix(self, run_id: str) -> str:
        adapter, whole = adapter_prefix(run_id), merged_prefix(run_id)
        is_whole = not self._store.exists(adapter + MANIFEST)
        return whole if is_whole and self._has_manifest(whole) else adapter

    def _has_manifest(self, prefix: str) -> bool:
        return self._store.exists(prefix + MANIFEST)

    def _put_signature(self, version: ModelVersion) -> None:
        manifests = self.manifests(version)
        put_signature(self._store, self._signer, version.prefix, version.served_name, manifests)

    def _of_run(self, model: str, finetuning_run_id: str) -> ModelVersion | None:
        with self._database.transaction() as session:
            return version_of_run(session, model, finetuning_run_id)

    def _reserve(self, new: ModelVersion) -> ModelVersion:
        """Take the next number; a reservation that a crash left is gone on with."""
        with self._database.transaction() as session:
            known = version_of_run(session, new.model, new.finetuning_run_id)
            return known or reserve_version(session, new)

    def _complete(self, version: ModelVersion, manifest_sha256: str) -> ModelVersion:
        with self._database.transaction() as session:
            row = session.get_one(ModelVersion, (version.model, version.version))
            row.manifest_sha256 = manifest_sha256
        return row


def _require_model_name(model: str) -> None:
    if not _MODEL_NAME.fullmatch(model):
        raise InvalidInputError(
            f"{model!r} is not a model name.",
            reason="INVALID_MODEL_NAME",
            remedy="Use lower-case letters, digits, dots and dashes, at most 63.",
            metadata={"field": "model"},
        )


def _base_model(manifest: AdapterManifest) -> str:
    revision = manifest.base_revision
    return f"{manifest.base_model}@{revision}" if revision else manifest.base_model


def merged_version_prefix(version: ModelVersion) -> str:
    """Key prefix of the base with the version's adapter merged in, where a version has that."""
    return f"{version.prefix}merged/"


def _needs_an_engine_of_its_own(version: ModelVersion, what: str) -> FailedPreconditionError:
    name = f"{version.model}@{version.version}"
    return FailedPreconditionError(
        f"{name} {what}: a running engine cannot be given it.",
        reason="WHOLE_MODEL",
        remedy=f"`goldbrief models export {name} FOLDER --merged` writes a folder; start an engine"
        " with it as its model.",
    )


def _prompt_json(folder: Path) -> str:
    path = folder / PROMPT
    return path.read_text(encoding="utf-8") if path.exists() else ""
