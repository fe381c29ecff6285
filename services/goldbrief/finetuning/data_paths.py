"""What a caller calls training data, resolved to stored files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import DataFile, DataSource
from goldbrief.core.training_files import training_files
from goldbrief.finetuning.invalid_fields import invalid_field

_DATASET_VERSION = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class AskedSource:
    """A source as the caller names it; the fields are those of the message DataSource."""

    path: str
    weight: float = 0.0
    """0 means once an epoch."""
    name: str = ""


@dataclass(slots=True)
class TrainingData:
    """The stored files of all sources, and what their dataset versions say."""

    train: list[DataSource] = field(default_factory=list)
    held_out: list[DataFile] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    """Of the dataset versions among the sources."""
    prompts: list[str] = field(default_factory=list)
    """Prompt format of each of them, as JSON."""


class DataPaths:
    """Resolves paths.

    Args:
        store: Holds rows and dataset versions.
        location: Where the store is, as `Settings.objects` says; its own address may stand
            before a path.
    """

    def __init__(self, store: ObjectStore, location: str) -> None:
        self._store = store
        self._location = location.rstrip("/") + "/"

    def resolve(
        self, train: Sequence[AskedSource], held_out: Sequence[AskedSource]
    ) -> TrainingData:
        """Find the files of all sources.

        Args:
            train: Sources to train on.
            held_out: Sources of held-out rows; none takes those of the dataset versions that
                are trained on.

        Returns:
            The files; nothing of their contents is read.

        Raises:
            InvalidInputError: A path leads nowhere; its metadata names the field.
        """
        data = TrainingData()
        if not train:
            raise invalid_field(
                "train_data_path", "is empty", "Give an object key or name/version."
            )
        own_held_out: list[DataFile] = []
        for source in train:
            version = self._dataset_version(source.path)
            if version:
                files = [_named(f"{version}train.jsonl", source.path)]
                own_held_out.extend(self._describe(version, source.path, data))
            else:
                files = self._files(source, "train_data_path")
            data.train.append(DataSource(files=tuple(files), weight=_weight(source)))
        for source in held_out:
            data.held_out.extend(self._files(source, "eval_data_path"))
        data.held_out = data.held_out or own_held_out
        return data

    def _dataset_version(self, path: str) -> str:
        """Its key prefix; empty when the path is none."""
        prefix = f"datasets/{path}/"
        if not _DATASET_VERSION.fullmatch(path) or self._store.exists(path):
            return ""
        return prefix if self._store.exists(f"{prefix}manifest.json") else ""

    def _describe(self, prefix: str, path: str, data: TrainingData) -> list[DataFile]:
        """Note what a dataset version says of itself; returns its held-out rows."""
        manifest = json.loads(self._store.get(f"{prefix}manifest.json"))
        data.digests.append(manifest.get("digest", ""))
        if self._store.exists(f"{prefix}prompt.json"):
            data.prompts.append(self._store.get(f"{prefix}prompt.json").decode())
        held_out = f"{prefix}eval.jsonl"
        return [_named(held_out, path)] if self._store.exists(held_out) else []

    def _files(self, source: AskedSource, field_name: str) -> list[DataFile]:
        path = source.path.removeprefix(self._location)
        if "://" in path:
            raise invalid_field(
                field_name,
                f"{source.path!r} is not in {self._location}, the object store here",
                "Copy it there, or upload it: the SDK and the CLI do that with local files.",
            )
        if path and self._store.exists(path):
            return [DataFile(key=path, name=source.name or path)]
        prefix = f"{path.rstrip('/')}/"
        names = [key.removeprefix(prefix) for key in self._store.list(prefix)] if path else []
        if not names:
            raise invalid_field(
                field_name,
                f"{source.path!r} is neither an object, nor a prefix of objects, nor a dataset"
                " version",
                "Give the key of an object, a prefix such as rows/, or name/version of a dataset"
                " that was built; to the SDK and the CLI also a file or folder of your machine.",
            )
        chosen = training_files(names, source.path)
        return [DataFile(key=prefix + name, name=name) for name in chosen]


def _named(key: str, path: str) -> DataFile:
    return DataFile(key=key, name=f"{path}/{key.rpartition('/')[2]}")


def _weight(source: AskedSource) -> float:
    if source.weight < 0:
        raise invalid_field("train_data.weight", f"{source.weight} is negative", "Use 1 for once.")
    return source.weight or 1.0
