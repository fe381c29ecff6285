"""JSONL files: one article a row, plain or compressed."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.decoding import decode_text
from goldbrief.datasets.documents import (
    Document,
    Refusal,
    clean_label,
    guess_company,
    iso_date,
)

_MAX_ROW_BYTES = 8 * 1024 * 1024
"""Longest row; an article is at most 1 MiB, but JSON escapes may treble it."""
_MAX_BYTES = 512 * 1024 * 1024
"""Most bytes that a compressed file may hold."""
_TEXT_KEYS = ("title", "company", "source", "date", "url", "id", "licence", "license")


def read_rows(name: str, data: bytes, *, compressed: bool) -> Iterator[Document | Refusal]:
    """Read a JSONL file row by row.

    A row is an object with `text` and optionally id, title, company, source, date, url,
    licence.
    Without a company, the first part of the id stands for it.

    Args:
        name: File name.
        data: Its bytes.
        compressed: Whether they are gzip data.

    Yields:
        A document or refusal for each row that is not blank; what comes after damaged
        gzip data is one refusal.
    """
    number = 0
    try:
        with _open(data, compressed) as file:
            for number, line in _lines(file):
                if line.strip():
                    yield _row(f"{name}:{number}", line)
    except (OSError, EOFError, zlib.error) as error:
        yield Refusal(f"{name}:{number + 1}", f"the gzip data is damaged from here on: {error}")
    except InvalidInputError as error:
        yield Refusal(f"{name}:{number + 1}", error.message)


def _open(data: bytes, compressed: bool) -> IO[bytes]:
    raw = BytesIO(data)
    return gzip.GzipFile(fileobj=raw) if compressed else raw  # type: ignore[return-value]


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number, total = 0, 0
    while line := file.readline(_MAX_ROW_BYTES):
        number += 1
        total += len(line)
        if len(line) == _MAX_ROW_BYTES or total > _MAX_BYTES:
            limit = _MAX_ROW_BYTES if len(line) == _MAX_ROW_BYTES else _MAX_BYTES
            what = "a row is" if limit == _MAX_ROW_BYTES else "the rows are"
            raise InvalidInputError(f"{what} over {limit >> 20} MiB; nothing after it was read")
        yield number, line


def _row(name: str, line: bytes) -> Document | Refusal:
    try:
        row = json.loads(decode_text(line))
    except InvalidInputError as error:
        return Refusal(name, error.message)
    except (ValueError, RecursionError) as error:
        return Refusal(name, f"the row is not JSON: {error}")
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        found = ", ".join(sorted(map(str, row))) if isinstance(row, dict) else type(row).__name__
        return Refusal(name, f"the row has no `text`; found: {found[:200]}")
    return _document(name, row, len(line))


def _document(name: str, row: dict[str, Any], size: int) -> Document:
    labels = {key: clean_label(row.get(key)) for key in _TEXT_KEYS}
    company = labels["company"]
    notes: tuple[str, ...] = ()
    if not company:
        company, notes = guess_company(labels["id"], "row's id")
    return Document(
        name,
        row["text"],
        title=labels["title"],
        company=company,
        source=labels["source"],
        date=iso_date(labels["date"]),
        uri=labels["url"],
        size=size,
        licence=labels["licence"] or labels["license"],
        notes=notes,
    )
