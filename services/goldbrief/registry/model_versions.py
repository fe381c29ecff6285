"""Model versions: registering, finding, and choosing which one is served."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from goldbrief.core.deletions import read_dataset_deletions
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import AdapterManifest, adapter_prefix, merged_prefix
from goldbrief.platform.ledger import Database
from goldbrief.platform.ledger.tables import epoch_now
from goldbrief.registry.adapters import MANIFEST, PROMPT, copy_files, fetch_adapter
from goldbrief.registry.tables import (
    Alias,
    ModelVersion,
    add,
    complete_versions,
    locked_alias,
    reserve_version,
    served_models,
    version_of_run,
)

_MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


class ModelVersions:
    """Operations on model versions and aliases.

    Args:
        database: Where they are recorded.
        store: Where their files lie.
    """

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

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
            if manifest.lora is not None and self._has_merged(merged_prefix(finetuning_run_id)):
                copy_files(self._store, merged_prefix(finetuning_run_id), _merged(version))
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

    def deleted_articles(self, version: ModelVersion) -> int:
        """How many articles that a version was trained on were deleted since."""
        lost = read_dataset_deletions(self._store, version.dataset_digest)
        return sum(one.time > version.created_at for one in lost.articles) if lost else 0

    def resolve(self, name: str) -> ModelVersion:
        """Return the version that answers for a name.

        Args:
            name: A model, or `model@version`.

        Returns:
            The served version, or the one named.

        Raises:
            NotFoundError: The model is unknown, or none of its versions is served.
        """
        model, _, version = name.partition("@")
        if version:
            return self.get(model, version)
        with self._database.transaction() as session:
            alias = session.get(Alias, model)
            names = served_models(session)
        if alias is None:
            served = ", ".join(names) or "none"
            raise NotFoundError(
                f"No version of the model {model!r} is served.",
                reason="MODEL_NOT_FOUND",
                remedy=f"Models that are served: {served}. Promote a version, or name one as"
                " model@version.",
                metadata={"model": model},
            )
        return self.get(model, str(alias.version))

    def serve(self, version: ModelVersion) -> None:
        """Let a version answer for its model's name; the one before is kept for a rollback."""
        with self._database.transaction() as session:
            alias = locked_alias(session, version.model)
            if alias is None:
                alias = Alias(
                    model=version.model,
                    version=version.version,
                    previous_version=None,
                    updated_at=epoch_now(),
                )
                add(session, alias)
            elif alias.version != version.version:
                alias.previous_version, alias.version = alias.version, version.version
                alias.updated_at = epoch_now()

    def require_adapter(self, version: ModelVersion) -> None:
        """Raise FailedPreconditionError unless a running engine can be given the version."""
        manifest = AdapterManifest.model_validate_json(self._store.get(version.prefix + MANIFEST))
        if manifest.lora is None:
            raise _needs_an_engine_of_its_own(version, "is a whole model", version.prefix)
        if self._has_merged(_merged(version)):
            what = "is an adapter of a kind that no engine loads"
            raise _needs_an_engine_of_its_own(version, what, _merged(version))

    def previous(self, model: str) -> ModelVersion:
        """Return the version that a rollback would serve; raises FailedPreconditionError."""
        with self._database.transaction() as session:
            alias = session.get(Alias, model)
        if alias is None or alias.previous_version is None:
            raise _no_previous(model)
        return self.get(model, str(alias.previous_version))

    def roll_back(self, model: str) -> ModelVersion:
        """Serve the previous version again.

        There is no previous version afterwards, so that a repeated call does not undo the
        first.

        Args:
            model: Model name.

        Returns:
            The version that is served now.

        Raises:
            FailedPreconditionError: There is no previous version.
        """
        with self._database.transaction() as session:
            alias = locked_alias(session, model)
            if alias is None or alias.previous_version is None:
                raise _no_previous(model)
            alias.version, alias.previous_version = alias.previous_version, None
            alias.updated_at = epoch_now()
        return self.get(model, str(alias.version))

    def _prefix(self, run_id: str) -> str:
        adapter, whole = adapter_prefix(run_id), merged_prefix(run_id)
        is_whole = not self._store.exists(adapter + MANIFEST)
        return whole if is_whole and self._has_merged(whole) else adapter

    def _has_merged(self, prefix: str) -> bool:
        return self._store.exists(prefix + MANIFEST)

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


def _merged(version: ModelVersion) -> str:
    return f"{version.prefix}merged/"


def _needs_an_engine_of_its_own(
    version: ModelVersion, what: str, prefix: str
) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"{version.model}@{version.version} {what}: a running engine cannot be given it.",
        reason="WHOLE_MODEL",
        remedy=f"Start an engine with the files below {prefix} as its model.",
    )


def _no_previous(model: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The model {model!r} has no version that was served before.",
        reason="NO_PREVIOUS_VERSION",
        remedy="Promote the version that you want to serve.",
    )


def _prompt_json(folder: Path) -> str:
    path = folder / PROMPT
    return path.read_text(encoding="utf-8") if path.exists() else ""
