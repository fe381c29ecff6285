"""What a judge is shown and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from goldbrief.core.documents import StyleContract

DIMENSIONS = ("faithfulness", "coverage", "coherence", "conciseness", "style")


@dataclass(frozen=True, slots=True)
class Case:
    """A summary to judge."""

    article: str
    summary: str
    persona: str
    style: StyleContract | None = None
    """The house style; None when the form is not to be judged."""
    reference: str = ""
    """A known good summary; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's answer; `overall` is None when it failed to give one."""

    scores: dict[str, float]
    overall: float | None
    rationale: str
    raw: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class JudgeDescription:
    """Which judge gives a verdict, for the records."""

    name: str
    rubric: str
    identity: dict[str, Any] = field(default_factory=dict)
    """What besides name, rubric and case determines a verdict."""


class Judge(Protocol):
    """Scores summaries in five dimensions, 1 to 5 each."""

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric."""

    def judge(self, case: Case) -> Verdict:
        """Score a summary; raises TransientError, ResourceExhaustedError."""
