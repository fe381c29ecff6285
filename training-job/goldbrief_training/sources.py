"""Rows of the stored data files, whatever their format, or the full list of what is wrong."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pyarrow
import pyarrow.ipc
import pyarrow.parquet

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import DataFile
from goldbrief.core.training_files import format_of
from goldbrief.core.training_rows import (
    BadRowError,
    Passage,
    TaskType,
    TrainingRow,
    read_line,
    read_row,
)

NumberedRow = tuple[int, TrainingRow | BadRowError]
"""A row, or what is wrong with it, and its line in the file or its number, from 1."""


def read_rows(store: ObjectStore, file: DataFile, task_type: TaskType) -> Iterator[NumberedRow]:
    """Read the rows of a file.

    Args:
        store: Where it is.
        file: Its name tells the format; JSONL when it tells none.
        task_type: Decides what a row looks like.

    Yields:
        Each row in order; blank lines of JSONL are none.

    Raises:
        InvalidInputError: The file is missing, cannot be read as its format, or is plain
            text for a task other than CONTINUED_PRETRAIN.
    """
    kind = format_of(file.name) or "jsonl"
    try:
        content = store.get(file.key)
        if file.name.lower().endswith(".gz"):
            content = gzip.decompress(content)
        if kind == "jsonl":
            yield from _lines(content.decode(), task_type)
        elif kind == "text":
            yield 1, _passage(file, content.decode(), task_type)
        else:
            table = _read_parquet(content) if kind == "parquet" else _read_arrow(content)
            yield from _table_rows(table, task_type)
    except NotFoundError as error:
        raise InvalidInputError(error.message, reason="DATA_NOT_FOUND") from error
    except UnicodeDecodeError as error:
        raise _unreadable(file, f"is not UTF-8: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(file, f"cannot be unpacked: {error}") from error
    except pyarrow.ArrowException as error:
        raise _unreadable(file, f"cannot be read as {kind}: {error}") from error


def _lines(text: str, task_type: TaskType) -> Iterator[NumberedRow]:
    # Not splitlines, which also splits at U+2028 and the like inside a row's text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, read_line(line, task_type)
        except BadRowError as error:
            yield number, error


def _passage(file: DataFile, text: str, task_type: TaskType) -> TrainingRow | BadRowError:
    if task_type != "CONTINUED_PRETRAIN":
        raise InvalidInputError(
            f"{file.name} is plain text, which {task_type} cannot learn from.",
            reason="BAD_DATA",
            remedy="Choose CONTINUED_PRETRAIN, or give rows as JSONL.",
        )
    return Passage(text=text) if text.strip() else BadRowError("the file is empty")


def _table_rows(table: pyarrow.Table, task_type: TaskType) -> Iterator[NumberedRow]:
    number = 0
    for batch in table.to_batches():
        for fields in batch.to_pylist():
            number += 1
            try:
                yield number, read_row(fields, task_type)
            except BadRowError as error:
                yield number, error


def _read_parquet(content: bytes) -> pyarrow.Table:
    return pyarrow.parquet.read_table(pyarrow.BufferReader(content))


def _read_arrow(content: bytes) -> pyarrow.Table:
    # `datasets` writes the stream format, other tools the file format.
    try:
        return pyarrow.ipc.open_stream(content).read_all()
    except pyarrow.ArrowInvalid:
        return pyarrow.ipc.open_file(content).read_all()


def _unreadable(file: DataFile, problem: str) -> InvalidInputError:
    return InvalidInputError(f"{file.name} {problem}.", reason="BAD_DATA")
