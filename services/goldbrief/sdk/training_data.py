"""Training data on the client's disk: checked there, and uploaded."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.object_keys import upload_key
from goldbrief.core.training_files import format_of, training_files
from goldbrief.core.training_rows import BadRowError, TaskType, read_line
from goldbrief.sdk.client import Client

DataPath = str | Path
TrainingDataPaths = DataPath | Sequence[DataPath] | Mapping[DataPath, float]
"""One path, several, or several with weights; see `data_sources`."""

_SHOWN = 20


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
    local = [file for path in weights for file in _local_files(path)]
    _check_rows([file for _, file in local], task_type)
    return [
        source
        for path, weight in weights.items()
        for source in (_uploaded(client, path, weight) or [_named(path, weight)])
    ]


def _weights(paths: TrainingDataPaths) -> dict[str, float]:
    if isinstance(paths, Mapping):
        return {str(path): weight for path, weight in paths.items()}
    several = [paths] if isinstance(paths, str | Path) else paths
    return {str(path): 1.0 for path in several}


def _local_files(path: str) -> list[tuple[str, Path]]:
    """Name and place of each local file that a path means; none when it is not local."""
    root = Path(path)
    if root.is_file():
        return [(root.name, root)]
    if not path or not root.is_dir():
        return []
    names = [file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()]
    return [(name, root / name) for name in training_files(names, path)]


def _uploaded(client: Client, path: str, weight: float) -> list[finetuning_pb2.DataSource]:
    return [
        finetuning_pb2.DataSource(
            path=upload_key(client.upload(file, name)), weight=weight, name=name
        )
        for name, file in _local_files(path)
    ]


def _named(path: str, weight: float) -> finetuning_pb2.DataSource:
    return finetuning_pb2.DataSource(path=path, weight=weight)


def _check_rows(files: Sequence[Path], task_type: TaskType) -> None:
    problems = [problem for file in files for problem in _problems(file, task_type)]
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise InvalidInputError(
            f"{len(problems)} bad rows: {'; '.join(problems[:_SHOWN])}{more}.",
            reason="BAD_DATA",
            remedy="Correct these rows.",
            metadata={"rows": str(len(problems))},
        )


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
