"""A judge behind a chat endpoint."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Completion, Message
from goldbrief.judge.verdicts import DIMENSIONS, Case, JudgeDescription, Verdict
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.prompts import render_instruction

RUBRIC = "brief-rubric-1"
"""Version of prompts/rubric.md; a change of wording is a new version."""
_MAX_TOKENS = 600
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_DELIMITER = re.compile(r"<(?=/?(?:article|summary|reference)\b)", re.IGNORECASE)
_TEMPLATES = {
    name: (files("goldbrief.judge") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("rubric", "repair")
}


class UnreadableAnswerError(ValueError):
    """The answer is not what the rubric asks for; the message says why."""


class LlmJudge:
    """Asks a chat model for a rationale and then five grades.

    Args:
        model: The chat model.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric; the prompt's wording decides too."""
        identity = {"prompts": sha256_json(_TEMPLATES)}
        return JudgeDescription(f"llm:{self._model.name}", RUBRIC, identity)

    def judge(self, case: Case) -> Verdict:
        """Ask, and ask once more when the answer cannot be read.

        Args:
            case: The summary to grade.

        Returns:
            The verdict; without any score, and with the raw answer, when the second answer
            cannot be read either.

        Raises:
            TransientError: The endpoint does not answer.
            ResourceExhaustedError: A rate limit or quota is used up.
        """
        messages = [Message("user", _ask(case))]
        first = self._chat(messages)
        try:
            return _verdict(first.text, [first])
        except UnreadableAnswerError as error:
            repair = _TEMPLATES["repair"].format(problem=str(error))
        second = self._chat([*messages, Message("assistant", first.text), Message("user", repair)])
        try:
            return _verdict(second.text, [first, second])
        except UnreadableAnswerError as error:
            rationale = f"The judge's answer could not be read: {error}"
            return _with_usage({}, None, rationale, second.text, [first, second])

    def _chat(self, messages: list[Message]) -> Completion:
        return self._model.chat(messages, max_tokens=_MAX_TOKENS, temperature=0.0, seed=0)


def read_grades(answer: str) -> tuple[dict[str, float], str]:
    """Read a judge's answer.

    Args:
        answer: A JSON object, perhaps with text around it.

    Returns:
        Grades by dimension, and the rationale.

    Raises:
        UnreadableAnswerError: There is no such object, or a grade is not a whole number
            from 1 to 5.
    """
    found = _OBJECT.search(answer)
    if found is None:
        raise UnreadableAnswerError("it holds no JSON object.")
    try:
        value: dict[str, Any] = json.loads(found[0])
    except ValueError as error:
        raise UnreadableAnswerError(f"it is no valid JSON ({error}).") from error
    for dimension in DIMENSIONS:
        grade = value.get(dimension)
        if type(grade) is not int or not 1 <= grade <= 5:
            raise UnreadableAnswerError(
                f"{dimension} is {grade!r}, not a whole number from 1 to 5."
            )
    rationale = value.get("rationale")
    if not isinstance(rationale, str) or not rationale.strip():
        raise UnreadableAnswerError("the rationale is missing.")
    return {dimension: float(value[dimension]) for dimension in DIMENSIONS}, rationale.strip()


def _ask(case: Case) -> str:
    reference = ""
    if case.reference:
        reference = (
            "\nA good summary of the same article, for comparison; others can be as good:\n"
            f"<reference>\n{_as_data(case.reference)}\n</reference>\n"
        )
    form = "a short executive summary with an overview, key takeaways and action items"
    return _TEMPLATES["rubric"].format(
        persona=case.persona,
        form=render_instruction(case.persona, case.style) if case.style else form,
        reference=reference,
        article=_as_data(case.article),
        summary=_as_data(case.summary),
    )


def _as_data(text: str) -> str:
    """Text that can neither end its block nor open a turn."""
    return _DELIMITER.sub("< ", strip_special_tokens(text))


def _verdict(text: str, completions: list[Completion]) -> Verdict:
    grades, rationale = read_grades(text)
    overall = round(sum(grades.values()) / len(grades), 2)
    return _with_usage(grades, overall, rationale, text, completions)


def _with_usage(
    scores: dict[str, float],
    overall: float | None,
    rationale: str,
    raw: str,
    completions: list[Completion],
) -> Verdict:
    return Verdict(
        scores,
        overall,
        rationale,
        raw,
        prompt_tokens=sum(completion.prompt_tokens for completion in completions),
        completion_tokens=sum(completion.completion_tokens for completion in completions),
    )
