"""Pairs that users bring: what a row of their JSONL files looks like."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from goldbrief.core.documents import Record
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training_rows import BadRowError, Chat, bad_rows, read_row, row_weight

MAX_CHARS = 1024 * 1024
"""Longest text of a row."""
_SHAPES = (("article", "summary"), ("prompt", "response"), ("messages",))
_LABELS = ("persona", "company", "source", "licence", "title", "teacher")
_SHOWN_FIELDS = 200


class OwnPair(Record):
    """A pair as the user has it: with its article, or with a prompt that holds it."""

    line: int
    """In the file, from 1."""
    article: str = ""
    prompt: str = ""
    """What the model is to read; empty where there is an article to make it of."""
    response: str
    weight: float = 1.0
    persona: str = ""
    company: str = ""
    source: str = ""
    licence: str = ""
    title: str = ""
    teacher: str = ""
    """Who or what wrote the response; empty when that is not told."""


def read_own_pairs(lines: Iterable[str], name: str) -> list[OwnPair]:
    """Read a file of pairs.

    Args:
        lines: JSON objects with `article` and `summary`, `prompt` and `response`, or `messages`
            with one turn of the user and one of the assistant, perhaps behind a system message.
            Optional: persona, company, source, licence, title, teacher (texts), and weight.
        name: Of the file, for messages.

    Returns:
        The pairs; blank lines are none.

    Raises:
        InvalidInputError: There is no pair, or lines are bad: each is named with the reason.
    """
    pairs, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            if line.strip():
                pairs.append(_pair(number, line))
        except BadRowError as error:
            problems.append(f"{name}:{number}: {error}")
    if problems:
        raise bad_rows(problems, "Correct these lines; nothing was imported.")
    if not pairs:
        raise InvalidInputError(f"{name} has no rows.", reason="EMPTY_DATA")
    return pairs


def _pair(number: int, line: str) -> OwnPair:
    try:
        fields = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadRowError(f"not JSON ({error})") from error
    if not isinstance(fields, dict):
        raise BadRowError("not a JSON object")
    found = [shape for shape in _SHAPES if any(field in fields for field in shape)]
    if len(found) != 1:
        told = ", ".join(sorted(map(str, fields)))[:_SHOWN_FIELDS]
        many = "more than one" if found else "none"
        raise BadRowError(
            f"has {many} of article and summary, prompt and response, messages; its fields: {told}"
        )
    labels = {label: _label(fields, label) for label in _LABELS}
    return OwnPair(line=number, **_texts(fields, found[0]), **labels)


def _texts(fields: Mapping[str, Any], shape: tuple[str, ...]) -> dict[str, Any]:
    if shape == ("messages",):
        row = read_row(fields, "CHAT_COMPLETION")
        texts = _turns(row) if isinstance(row, Chat) else {}
    else:
        _require_texts(fields, shape)
        texts = {"response": fields[shape[1]], shape[0]: fields[shape[0]]}
    for field, text in texts.items():
        if len(text) > MAX_CHARS:
            raise BadRowError(f"the {field} has {len(text)} characters; at most {MAX_CHARS} may be")
    return {**texts, "weight": row_weight(fields)}


def _require_texts(fields: Mapping[str, Any], shape: tuple[str, ...]) -> None:
    for field in shape:
        if field not in fields:
            raise BadRowError(f"field {field!r} is missing")
        if not isinstance(fields[field], str):
            raise BadRowError(f"field {field!r} is not text")
        if not fields[field].strip():
            raise BadRowError(f"field {field!r} is empty")


def _turns(chat: Chat) -> dict[str, str]:
    *asked, answer = chat.messages
    users = sum(turn.role == "user" for turn in asked)
    if users != 1:
        raise BadRowError(
            f"the user speaks {users} times; a pair has one prompt and one response "
            "(`goldbrief finetune create --task CHAT_COMPLETION` trains on longer chats)"
        )
    return {"prompt": "\n\n".join(turn.content for turn in asked), "response": answer.content}


def _label(fields: Mapping[str, Any], label: str) -> str:
    value = fields.get(label)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRowError(f"field {label!r} is not text")
    return " ".join(value.split())
