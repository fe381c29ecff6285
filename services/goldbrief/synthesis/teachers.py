"""What a teacher is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Assignment:
    """One summary to write."""

    article: Article
    passage: str
    """The article as the student will see it, after the article strategy."""
    persona: str
    style: StyleContract
    goldens: tuple[Golden, ...]
    candidate: int = 0
    """Number among the candidates for the same article and persona."""
    round: int = 0
    """0 for the first draft; each rewrite adds one."""
    feedback: tuple[str, ...] = ()
    """What the judge found wrong with the previous draft."""
    previous: str = ""
    """The previous draft; empty in round 0."""
    temperature: float = 0.7
    """Sampling temperature, for language models."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ArticleSeed:
    """What an article is invented from."""

    topic: str
    persona: str
    genre: str
    words: int
    number: int
    """Makes articles of one topic differ."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a teacher wrote, and what it used."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0


class BadDraftError(InvalidInputError):
    """The teacher answered with something that is no summary.

    Args:
        message: What is wrong with it.
        raw: The answer, verbatim, kept for whoever looks into it.
        prompt_tokens: What it took, as it is paid for all the same.
        completion_tokens: Likewise.
    """

    default_reason = "TEACHER_BAD_OUTPUT"

    def __init__(
        self, message: str, raw: str, prompt_tokens: int = 0, completion_tokens: int = 0
    ) -> None:
        super().__init__(message, metadata={"raw": raw})
        self.raw = raw
        self.prompt_tokens = prompt_tokens
        self.completion_tokens = completion_tokens


@runtime_checkable
class Inventor(Protocol):
    """A teacher that can also invent articles."""

    def invent(self, seed: ArticleSeed, plan_seed: int) -> Draft:
        """Write an article; raises BadDraftError, TransientError, ResourceExhaustedError."""


class Teacher(Protocol):
    """Writes summaries for the student to learn from."""

    name: str
    """Recorded with every candidate."""

    @property
    def identity(self) -> dict[str, Any]:
        """What besides the assignment determines its answers, for the record of calls."""

    def write(self, assignment: Assignment) -> Draft:
        """Write a summary; raises BadDraftError, TransientError, ResourceExhaustedError."""
