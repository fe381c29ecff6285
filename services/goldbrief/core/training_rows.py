"""What a row of training data looks like for each kind of task; no tokenizer is asked here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Literal

from pydantic import Field

from goldbrief.core.documents import Record
from goldbrief.core.errors import InvalidInputError

TaskType = Literal["INSTRUCTION_FINETUNE", "CHAT_COMPLETION", "CONTINUED_PRETRAIN"]
"""What is learnt: to answer a prompt, to take the next turn of a chat, or to go on with a text."""

_ROLES = ("system", "user", "assistant")
_SHOWN = 20
"""Bad rows that a message names."""


class WeightedRow(Record):
    """What rows of every task may have."""

    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    """How often an epoch sees the row."""


class PromptResponse(WeightedRow):
    """A row of INSTRUCTION_FINETUNE; the loss covers the response."""

    prompt: str
    response: str


class Turn(Record):
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


class Chat(WeightedRow):
    """A row of CHAT_COMPLETION; the loss covers the last turn, the assistant's."""

    messages: tuple[Turn, ...]


class Passage(WeightedRow):
    """A row of CONTINUED_PRETRAIN; the loss covers all of it."""

    text: str


TrainingRow = PromptResponse | Chat | Passage


class BadRowError(ValueError):
    """A row cannot be trained on; the message is the reason."""


def bad_rows(problems: Sequence[str], remedy: str) -> InvalidInputError:
    """The error that names all bad rows at once.

    Args:
        problems: File, line and reason of each row.
        remedy: What to do about them.

    Returns:
        An error of reason BAD_DATA, whose message has the first rows and how many more there are.
    """
    more = len(problems) - _SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    return InvalidInputError(
        f"{len(problems)} bad rows: {'; '.join(problems[:_SHOWN])}{rest}.",
        reason="BAD_DATA",
        remedy=remedy,
        metadata={"rows": str(len(problems))},
    )


def read_line(line: str, task_type: TaskType) -> TrainingRow:
    """Read a line of a JSONL file.

    Args:
        line: One JSON object.
        task_type: Decides the fields, see `read_row`.

    Returns:
        The row.

    Raises:
        BadRowError: The line is not a row of the task.
    """
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRowError(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise BadRowError("not a JSON object")
    return read_row(value, task_type)


def read_row(fields: Mapping[str, Any], task_type: TaskType) -> TrainingRow:
    """Read the fields of a row.

    Args:
        fields: `prompt` and `response` for INSTRUCTION_FINETUNE, `messages` for
            CHAT_COMPLETION, `text` for CONTINUED_PRETRAIN; of other fields only `weight` counts.
        task_type: The task.

    Returns:
        The row.

    Raises:
        BadRowError: A field is missing, empty or of another type, the turns of a chat do not
            alternate and end with the assistant, or the weight is not a number above 0.
    """
    weight = row_weight(fields)
    if task_type == "INSTRUCTION_FINETUNE":
        return PromptResponse(
            prompt=_text(fields, "prompt", task_type),
            response=_text(fields, "response", task_type),
            weight=weight,
        )
    if task_type == "CHAT_COMPLETION":
        return Chat(messages=_turns(_field(fields, "messages", task_type)), weight=weight)
    return Passage(text=_text(fields, "text", task_type), weight=weight)


def row_weight(fields: Mapping[str, Any]) -> float:
    """How often an epoch is to see a row: its `weight`, or once; raises BadRowError."""
    value = fields.get("weight")
    if value is None:  # a null of a table
        return 1.0
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise BadRowError(f"field 'weight' is {value!r}, not a number above 0")
    return float(value)


def _field(fields: Mapping[str, Any], name: str, task_type: TaskType) -> Any:
    if name in fields:
        return fields[name]
    others: dict[str, TaskType] = {
        "messages": "CHAT_COMPLETION", "response": "INSTRUCTION_FINETUNE",
        "text": "CONTINUED_PRETRAIN",
    }  # fmt: skip
    fitting = next((task for other, task in others.items() if other in fields), task_type)
    hint = f"; this is a row of {fitting}" if fitting != task_type else ""
    raise BadRowError(f"field {name!r} is missing{hint}")


def _text(fields: Mapping[str, Any], name: str, task_type: TaskType) -> str:
    value = _field(fields, name, task_type)
    if not isinstance(value, str):
        raise BadRowError(f"field {name!r} is not text")
    if not value.strip():
        raise BadRowError(f"field {name!r} is empty")
    return value


def _turns(messages: Any) -> tuple[Turn, ...]:
    if not isinstance(messages, list) or not messages:
        raise BadRowError("field 'messages' is not a list of messages")
    turns = tuple(_turn(number, message) for number, message in enumerate(messages, start=1))
    dialogue = turns[1:] if turns[0].role == "system" else turns
    first = len(turns) - len(dialogue) + 1
    for number, (turn, role) in enumerate(zip(dialogue, cycle(("user", "assistant"))), first):
        if turn.role != role:
            raise BadRowError(f"message {number} is the {turn.role}'s, not the {role}'s")
    if not dialogue or dialogue[-1].role != "assistant":
        raise BadRowError("the last message is not the assistant's")
    return turns


def _turn(number: int, message: Any) -> Turn:
    if not isinstance(message, dict):
        raise BadRowError(f"message {number} is not a JSON object")
    role, content = message.get("role"), message.get("content")
    if role not in _ROLES:
        raise BadRowError(f"message {number} has role {role!r}, not one of {', '.join(_ROLES)}")
    if not isinstance(content, str) or not content.strip():
        raise BadRowError(f"message {number} has no text in 'content'")
    return Turn(role=role, content=content)
