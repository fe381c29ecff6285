"""What a language model answers when it judges, and how it is read."""

from __future__ import annotations

import json
import re
from typing import Any

from goldbrief.judge.verdicts import DIMENSIONS

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "rationale": {"type": "string"},
        **{dimension: {"type": "integer", "enum": [1, 2, 3, 4, 5]} for dimension in DIMENSIONS},
    },
    "required": ["rationale", *DIMENSIONS],
    "additionalProperties": False,
}
"""The rationale stands first, so that the grades follow from it."""
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


class UnreadableAnswerError(ValueError):
    """The answer is not what the rubric asks for; the message says why."""


def read_object(answer: str) -> tuple[dict[str, Any], str]:
    """Read the JSON object of an answer, and its rationale.

    Endpoints that take no schema answer with text around the object, so that is allowed.

    Args:
        answer: A JSON object, perhaps with text around it.

    Returns:
        The object, and the rationale in it.

    Raises:
        UnreadableAnswerError: There is no such object, or no rationale in it.
    """
    found = _OBJECT.search(answer)
    if found is None:
        raise UnreadableAnswerError("it holds no JSON object.")
    try:
        value: dict[str, Any] = json.loads(found[0])
    except ValueError as error:
        raise UnreadableAnswerError(f"it is no valid JSON ({error}).") from error
    rationale = value.get("rationale")
    if not isinstance(rationale, str) or not rationale.strip():
        raise UnreadableAnswerError("the rationale is missing.")
    return value, rationale.strip()


def read_grades(answer: str) -> tuple[dict[str, float], str]:
    """Read a judge's grades.

    Args:
        answer: See `read_object`.

    Returns:
        Grades by dimension, and the rationale.

    Raises:
        UnreadableAnswerError: There is no such object, or a grade is not a whole number
            from 1 to 5.
    """
    value, rationale = read_object(answer)
    for dimension in DIMENSIONS:
        grade = value.get(dimension)
        if type(grade) is not int or not 1 <= grade <= 5:
            raise UnreadableAnswerError(
                f"{dimension} is {grade!r}, not a whole number from 1 to 5."
            )
    return {dimension: float(value[dimension]) for dimension in DIMENSIONS}, rationale
