"""Asking a chat model for an answer of a set form, and once more where it cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Generic, TypeVar

from goldbrief.core.documents import Reading
from goldbrief.core.seams import Completion, Message
from goldbrief.judge.answers import UnreadableAnswerError
from goldbrief.text.normalization import strip_special_tokens

T = TypeVar("T")
_DELIMITER = re.compile(
    r"<(?=/?(?:article|summary|reference|first|second|input|output|target)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What came of asking."""

    completions: tuple[Completion, ...]
    """One, or two where the first could not be read."""
    value: T | None
    """What was read; None when the second answer could not be read either."""
    state: Reading
    problem: str = ""
    """Why not."""

    @property
    def raw(self) -> str:
        """The last answer, verbatim."""
        return self.completions[-1].text

    @property
    def model(self) -> str:
        """As the endpoint names what answered."""
        return self.completions[-1].model

    @property
    def usage(self) -> dict[str, float]:
        """Seconds and tokens of all answers, by the names that records give them."""
        return {
            "latency_s": round(sum(one.latency_s for one in self.completions), 3),
            "prompt_tokens": sum(one.prompt_tokens for one in self.completions),
            "completion_tokens": sum(one.completion_tokens for one in self.completions),
        }


def ask(
    chat: Callable[[Sequence[Message]], Completion],
    prompt: str,
    read: Callable[[Completion], T],
    repair: str,
) -> Asked[T]:
    """Ask, and ask once more when the answer cannot be read.

    Args:
        chat: Has the model answer.
        prompt: The question.
        read: Reads an answer; raises UnreadableAnswerError.
        repair: What to say of an answer that cannot be read, with `{problem}` in it.

    Returns:
        The answers, and what was read.
    """
    messages = [Message("user", prompt)]
    first = chat(messages)
    try:
        return Asked((first,), read(first), "answered")
    except UnreadableAnswerError as error:
        again = Message("user", repair.format(problem=str(error)))
    second = chat([*messages, Message("assistant", first.text), again])
    try:
        return Asked((first, second), read(second), "repaired")
    except UnreadableAnswerError as error:
        return Asked((first, second), None, "unreadable", str(error))


def template(name: str) -> str:
    """A wording from `prompts/`."""
    return (files("goldbrief.judge") / "prompts" / f"{name}.md").read_text(encoding="utf-8")


def as_data(text: str) -> str:
    """Text that can neither end its block nor open a turn."""
    return _DELIMITER.sub("< ", strip_special_tokens(text))
