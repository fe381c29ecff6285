"""The held-out rows that every trial of a sweep answers."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from goldbrief.core.documents import Article, Record
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import DataFile
from goldbrief.core.training_files import format_of
from goldbrief.core.training_rows import BadRowError, read_row
from goldbrief.finetuning.invalid_fields import invalid_field

_FIELD = "eval_data_path"


class HeldOutRow(Record):
    """A row to answer, and what the judge holds the answer against."""

    prompt: str
    article: str
    """The article that the prompt is made from; the prompt itself where no article is known."""
    persona: str = ""
    """Whom the answer is for; empty when unknown."""
    reference: str = ""
    """A known good answer. Empty for rows of a teacher: they would favor the teacher's pupil."""


def choose_rows(
    store: ObjectStore, files: Iterable[DataFile], number: int, seed: int
) -> list[HeldOutRow]:
    """Draw held-out rows, one an article.

    Args:
        store: Holds the files, and the articles of dataset versions.
        files: JSONL with `prompt` and `response`; rows of dataset versions say more.
        number: Most rows.
        seed: Of the draw, which does not depend on the order of rows.

    Returns:
        At least one row; the same arguments give the same rows.

    Raises:
        InvalidInputError: There are no rows, or a file or row cannot be read.
    """
    fields = [one for file in files for one in _read(store, file)]
    fields.sort(key=lambda one: sha256_json([seed, one["prompt"], one.get("persona", "")]))
    chosen: dict[str, dict[str, Any]] = {}
    for one in fields:
        chosen.setdefault(str(one.get("article_sha256") or one["prompt"]), one)
    if not chosen:
        raise invalid_field(
            _FIELD,
            "a sweep is decided on held-out rows, and there are none",
            "Give rows that are not trained on, or train on a dataset version that holds some out.",
        )
    return [_row(store, one) for one in [*chosen.values()][:number]]


def _row(store: ObjectStore, fields: dict[str, Any]) -> HeldOutRow:
    key = article_key(str(fields.get("article_sha256", "")))
    if not store.exists(key):
        return HeldOutRow(
            prompt=fields["prompt"], article=fields["prompt"], reference=fields["response"]
        )
    is_golden = fields.get("origin") == "golden"
    return HeldOutRow(
        prompt=fields["prompt"],
        article=Article.model_validate_json(store.get(key)).text,
        persona=fields.get("persona", ""),
        reference=fields["response"] if is_golden else "",
    )


def _read(store: ObjectStore, file: DataFile) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_text(store, file).split("\n"), start=1):
        if line.strip():
            yield _fields(line, f"{file.name}:{number}")


def _text(store: ObjectStore, file: DataFile) -> str:
    if format_of(file.name) not in ("jsonl", None):
        raise _unreadable(f"{file.name} is not JSONL")
    try:
        content = store.get(file.key)
        is_packed = file.name.lower().endswith(".gz")
        return (gzip.decompress(content) if is_packed else content).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(f"{file.name} cannot be read: {error}") from error


def _fields(line: str, where: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
        read_row(fields if isinstance(fields, dict) else {}, "INSTRUCTION_FINETUNE")
    except (BadRowError, json.JSONDecodeError) as error:
        raise _unreadable(f"{where}: {error}") from error
    return dict(fields)


def _unreadable(problem: str) -> InvalidInputError:
    return invalid_field(
        _FIELD, problem, "The held-out rows of a sweep are JSONL with a prompt and a response each."
    )
