"""Training data on the client's disk: checked there, and uploaded."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.object_keys import upload_key
from goldbrief.core.training_files import format_of, training_files
from goldbrief.core.training_rows import BadRowError, TaskType, bad_rows, read_line
from goldbrief.sdk.client import Client

DataPath = str | Path
TrainingDataPaths = DataPath | Sequence[DataPath] | Mapping[DataPath, float]
"""One path, several, or several with weights; see `data_sources`."""


def data_sources(
    client: Client, paths: TrainingDataPaths, task_type: TaskType
) -> list[finetuning_pb2.DataSource]:
    """Turn paths into sources that the server can read.

    Args:
        client: Uploads local files.
        paths: Each a file or folder on this machine (uploaded), a dataset version as
            `name/version`, an object key, or a prefix of keys. A folder holds JSONL, Parquet,
            Arrow or text files: of a Hugging Face dataset its training split is taken. A
            mapping gives each path a weight: how often an epoch sees its rows.
        task_type: Decides what a row of a local JSONL file must look like.

    Returns:
        The sources.

    Raises:
        InvalidInputError: A local file has bad rows, all named with file and line, or a local
            folder does not tell what to train on.
    """
    weights = _weights(paths)
    local = {path: _local_files(path) for path in weights}
    _check_rows([file for files in local.values() for file in files.values()], task_type)
    sources = []
    for path, weight in weights.items():
        for name, file in local[path].items():
            key = upload_key(client.upload(file, name))
            sources.append(finetuning_pb2.DataSource(path=key, weight=weight, name=name))
        if not local[path]:
            sources.append(finetuning_pb2.DataSource(path=path, weight=weight))
    return sources


def _weights(paths: TrainingDataPaths) -> dict[str, float]:
    if isinstance(paths, Mapping):
        return {str(path): weight for path, weight in paths.items()}
    several = [paths] if isinstance(paths, str | Path) else paths
    return {str(path): 1.0 for path in several}


def _local_files(path: str) -> dict[str, Path]:
    """The local files that a path means, by name; none when it is not local."""
    root = Path(path)
    if root.is_file():
        return {root.name: root}
    if not path or not root.is_dir():
        return {}
    names = [file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()]
    return {name: root / name for name in training_files(names, path)}


def _check_rows(files: Sequence[Path], task_type: TaskType) -> None:
    problems = [problem for file in files for problem in _problems(file, task_type)]
    if problems:
        raise bad_rows(problems, "Correct these rows.")


def _problems(file: Path, task_type: TaskType) -> Iterator[str]:
    if format_of(file.name) not in ("jsonl", None):
        return
    opened = gzip.open if file.name.lower().endswith(".gz") else open
    try:
        with opened(file, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    if line.strip():
                        read_line(line, task_type)
                except BadRowError as error:
                    yield f"{file}:{number}: {error}"
    except (UnicodeDecodeError, OSError, EOFError) as error:
        yield f"{file}: cannot be read: {error}"
