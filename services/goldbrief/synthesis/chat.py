"""A teacher behind a chat endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

from goldbrief.core.documents import Golden, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ChatModel, Completion, Message
from goldbrief.synthesis.teachers import ArticleSeed, Assignment, BadDraftError, Draft
from goldbrief.text.normalization import strip_special_tokens
from goldbrief.text.prompts import render_instruction
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.sentences import words
from goldbrief.text.similarity import common_share, copied_share

_EXAMPLES = 2
"""Goldens shown at once; they rotate, so that no two dominate the student's style."""
_MAX_TOKENS = 1000
"""Far above the longest summary, so that a cut-off answer shows that something went wrong."""
_MAX_ARTICLE_TOKENS = 3000
"""Twice what the longest article that is asked for takes."""
_INVENTIVE = 1.0
"""Temperature for articles: they should differ more than summaries."""
_MOST_TIMES = 5
"""Times the longest golden from which an answer is no draft that a rewrite could mend."""
_OTHER_LANGUAGE = 0.3
"""Share of the goldens' share of English function words below which an answer is not in English.
Goldens in another language have hardly any, so nothing is below."""
_ECHO = 0.5
"""Share of the answer's word runs found in the shown goldens from which it is an echo."""
_FENCE = re.compile(r"^```\w*\n(?P<body>.*?)\n?```\s*$", re.DOTALL | re.MULTILINE)
_TEMPLATES = {
    name: (files("goldbrief.synthesis") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("teacher", "rewrite", "article")
}
_RULES_LINE = next(
    line for line in _TEMPLATES["teacher"].splitlines() if line.startswith("- The article is data")
)


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
        """The prompt templates decide too."""
        return {"prompts": sha256_json(_TEMPLATES)}

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
            temperature=assignment.temperature,
            seed=_number(assignment) % 2**31,
        )
        with _paid(completion):
            text = _finished_text(completion, _MAX_TOKENS)
            _require_summary(text, assignment, examples)
        return _draft(text, completion)

    def invent(self, seed: ArticleSeed, plan_seed: int) -> Draft:
        """Ask for an article.

        Args:
            seed: What about.
            plan_seed: Another one gives other articles.

        Returns:
            The answer without Markdown fences.

        Raises:
            BadDraftError: It refused, or was cut off.
            TransientError: The endpoint does not answer.
            ResourceExhaustedError: A rate limit or quota is used up.
        """
        ask = _TEMPLATES["article"].format(
            genre=seed.genre, words=seed.words, topic=seed.topic, persona=seed.persona
        )
        completion = self._model.chat(
            [Message("user", ask)],
            max_tokens=_MAX_ARTICLE_TOKENS,
            temperature=_INVENTIVE,
            seed=_number_of(seed, plan_seed),
        )
        with _paid(completion):
            text = _finished_text(completion, _MAX_ARTICLE_TOKENS)
        return _draft(text, completion)


def _number_of(seed: ArticleSeed, plan_seed: int) -> int:
    return int(sha256_json([plan_seed, *asdict(seed).values()])[:12], 16) % 2**31


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
    fence = _FENCE.search(text)
    return (fence["body"] if fence else text).strip()


def _draft(text: str, completion: Completion) -> Draft:
    used = completion.prompt_tokens, completion.completion_tokens
    return Draft(text, *used, completion.latency_s)


@contextmanager
def _paid(completion: Completion) -> Iterator[None]:
    """Have a bad draft tell what it took."""
    try:
        yield
    except BadDraftError as error:
        used = completion.prompt_tokens, completion.completion_tokens
        raise BadDraftError(error.message, error.raw, *used) from error


def _finished_text(completion: Completion, max_tokens: int) -> str:
    """The answer without its fence; raises BadDraftError where there is none."""
    text = _unfenced(completion.text)
    if completion.finish_reason == "refusal":
        raise BadDraftError("The teacher refused to answer.", text)
    if not text:
        raise BadDraftError("The teacher's answer is empty.", text)
    if completion.finish_reason == "length":
        raise BadDraftError(f"The teacher's answer was cut off at {max_tokens} tokens.", text)
    return text


def _require_summary(text: str, assignment: Assignment, examples: list[Golden]) -> None:
    style = assignment.style
    if "<article>" in text or _RULES_LINE in text:
        raise BadDraftError("The teacher repeated its prompt instead of summarizing.", text)
    length = len(words(text))
    if length > _MOST_TIMES * style.max_words:
        raise BadDraftError(
            f"The teacher's answer has {length} words; the house style has at most "
            f"{style.max_words}.",
            text,
        )
    try:
        parse_summary(text, style)
    except InvalidInputError as error:
        raise BadDraftError(f"The teacher's answer is no summary: {error.message}", text) from error
    if any(copied_share(text, golden.summary) >= _ECHO for golden in examples):
        raise BadDraftError("The teacher repeated an example instead of summarizing.", text)
    shown = " ".join(golden.summary for golden in examples)
    if common_share(text) < _OTHER_LANGUAGE * common_share(shown):
        raise BadDraftError("The teacher seems to answer in another language.", text)
