"""A teacher behind a chat endpoint."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

from goldbrief.core.documents import Golden, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Message
from goldbrief.synthesis.teachers import Assignment, BadDraftError, Draft
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.prompts import render_instruction
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.similarity import copied_share

_EXAMPLES = 2
"""Goldens shown at once; they rotate, so that no two dominate the student's style."""
_MAX_TOKENS = 1000
"""Far above the longest summary, so that a cut-off answer shows that something went wrong."""
_TEMPERATURE = 0.7
"""For variety between candidates; the seed makes it repeatable where the endpoint honors it."""
_ECHO = 0.5
"""Share of the answer's word runs found in the shown goldens from which it is an echo."""
_FENCE = re.compile(r"^```\w*\n(?P<body>.*?)\n?```\s*$", re.DOTALL)
_TEMPLATES = {
    name: (files("goldbrief.synthesis") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("teacher", "rewrite")
}


class ChatTeacher:
    """Asks a chat model, showing two of the goldens and the house style.

    Args:
        model: The chat model.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.name = model.name

    @property
    def identity(self) -> dict[str, Any]:
        """The prompt templates and the sampling decide too."""
        return {"prompts": sha256_json(_TEMPLATES), "temperature": _TEMPERATURE}

    def write(self, assignment: Assignment) -> Draft:
        """Ask for a summary.

        Args:
            assignment: What to write.

        Returns:
            The answer without Markdown fences.

        Raises:
            BadDraftError: It refused, was cut off, is no summary, or echoes its examples.
            TransientError: The endpoint does not answer.
            ResourceExhaustedError: A rate limit or quota is used up.
        """
        examples = rotated(assignment)
        completion = self._model.chat(
            _messages(assignment, examples),
            max_tokens=_MAX_TOKENS,
            temperature=_TEMPERATURE,
            seed=_number(assignment) % 2**31,
        )
        text = _unfenced(completion.text)
        _require_summary(text, completion.finish_reason, assignment, examples)
        return Draft(
            text, completion.prompt_tokens, completion.completion_tokens, completion.latency_s
        )


def rotated(assignment: Assignment) -> list[Golden]:
    """The goldens to show: two, drawn by the seed, the article and the candidate's number.

    Those that depart from the style asked for are shown only where fewer than two keep it.
    """
    keeping = _keeping(assignment.goldens, assignment.style)
    shown = keeping if len(keeping) >= _EXAMPLES else assignment.goldens
    return Random(_number(assignment)).sample(shown, _EXAMPLES)


@lru_cache(maxsize=8)
def _keeping(goldens: tuple[Golden, ...], style: StyleContract) -> tuple[Golden, ...]:
    """Those in the style: the same for thousands of assignments."""
    return tuple(g for g in goldens if not structure_problems(g.summary, style))


def _number(assignment: Assignment) -> int:
    parts = [assignment.seed, assignment.article.sha256, assignment.persona]
    return int(sha256_json([*parts, assignment.candidate, assignment.round])[:12], 16)


def _messages(assignment: Assignment, examples: list[Golden]) -> list[Message]:
    shown = "\n\n".join(f"<example>\n{g.summary.strip()}\n</example>" for g in examples)
    ask = _TEMPLATES["teacher"].format(
        examples=shown,
        persona=assignment.persona,
        instruction=render_instruction(assignment.persona, assignment.style),
        article=strip_special_tokens(assignment.passage),
    )
    messages = [Message("user", ask)]
    if assignment.feedback:
        feedback = "\n".join(f"- {finding}" for finding in assignment.feedback)
        messages.append(Message("assistant", assignment.previous))
        messages.append(Message("user", _TEMPLATES["rewrite"].format(feedback=feedback)))
    return messages


def _unfenced(text: str) -> str:
    fence = _FENCE.match(text.strip())
    return (fence["body"] if fence else text).strip()


def _require_summary(
    text: str, finish_reason: str, assignment: Assignment, examples: list[Golden]
) -> None:
    if finish_reason == "refusal":
        raise BadDraftError("The teacher refused to answer.", text)
    if not text:
        raise BadDraftError("The teacher's answer is empty.", text)
    if finish_reason == "length":
        raise BadDraftError(f"The teacher's answer was cut off at {_MAX_TOKENS} tokens.", text)
    try:
        parse_summary(text, assignment.style)
    except InvalidInputError as error:
        raise BadDraftError(f"The teacher's answer is no summary: {error.message}", text) from error
    if any(copied_share(text, golden.summary) >= _ECHO for golden in examples):
        raise BadDraftError("The teacher repeated an example instead of summarizing.", text)
