"""Which files of a folder are training data, told by their names, on disk and in a store alike."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from goldbrief.core.errors import InvalidInputError

DataFormat = Literal["jsonl", "text", "parquet", "arrow"]

_ENDINGS: dict[str, DataFormat] = {
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".txt": "text",
    ".txt.gz": "text",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
_TRAIN = "train"
_OTHER_SPLITS = ("test", "validation", "valid", "val", "eval", "dev")


def format_of(name: str) -> DataFormat | None:
    """The format that a file name's ending tells; None for other files."""
    return next((kind for end, kind in _ENDINGS.items() if name.lower().endswith(end)), None)


def training_files(names: Iterable[str], folder: str) -> list[str]:
    """Choose the training data among the files of a folder.

    Of a Hugging Face dataset, whose folder or file names tell the split, only the split
    `train` is taken.

    Args:
        names: Paths below the folder, with slashes.
        folder: The folder, for messages.

    Returns:
        The files to train on, by name.

    Raises:
        InvalidInputError: There are none, they are of several formats, or no split is `train`.
    """
    data = sorted(name for name in names if format_of(name) and not _is_hidden(name))
    if not data:
        raise InvalidInputError(
            f"{folder} holds no training data.",
            reason="EMPTY_DATA",
            remedy=f"Files must end with one of {', '.join(_ENDINGS)}.",
        )
    if any(_split(name) in _OTHER_SPLITS for name in data):
        others = data
        data = [name for name in data if _split(name) == _TRAIN]
        if not data:
            raise InvalidInputError(
                f"{folder} has no split `train`, only {', '.join(others[:5])}.",
                reason="NO_TRAIN_SPLIT",
                remedy="Name the files to train on one by one.",
            )
    formats = {format_of(name) for name in data}
    if len(formats) > 1:
        raise InvalidInputError(
            f"{folder} mixes {' and '.join(sorted(map(str, formats)))} files.",
            reason="MIXED_DATA",
            remedy="Give them as several sources, or remove what is not to be trained on.",
        )
    return data


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _split(name: str) -> str:
    """The split that the name tells, e.g. `train` for `train/data-00000-of-00001.arrow`."""
    for part in PurePosixPath(name).parts:
        word = part.partition(".")[0].partition("-")[0].partition("_")[0].lower()
        if word == _TRAIN or word in _OTHER_SPLITS:
            return word
    return ""
