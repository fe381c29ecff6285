"""What a judge is shown, and what every judge's verdict is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import fmean
from typing import Any, Protocol

from goldbrief.core.documents import Comparison, StyleContract, Verdict
from goldbrief.core.hashing import sha256_json
from goldbrief.text.prompts import render_instruction

DIMENSIONS = ("faithfulness", "coverage", "conciseness", "coherence", "style", "usefulness")
"""What is scored; usefulness is that of the action items."""
_MOST_ABOVE_FAITHFULNESS = 0.5
"""So a summary with a wrong figure (faithfulness 2 by the rubric) stays below 3, however good its
form: a falsehood in good form is not a good summary."""
_VERSION_CHARS = 12
_NO_FORM = (
    "None in particular. Grade style by clean language and an even, factual tone alone, and "
    "usefulness with 5 where there are no action items."
)


@dataclass(frozen=True, slots=True)
class Case:
    """A summary to judge."""

    article: str
    summary: str
    persona: str
    """Whom it is written for; empty for anyone."""
    style: StyleContract | None = None
    """The house style; None when the form is not to be judged."""
    reference: str = ""
    """A known good summary; empty when there is none."""

    @property
    def reader(self) -> str:
        """Whom it is written for, in a prompt."""
        return self.persona or "reader"


@dataclass(frozen=True, slots=True)
class JudgeDescription:
    """Which judge gives a verdict, for the records."""

    name: str
    rubric: str
    identity: dict[str, Any] = field(default_factory=dict)
    """What besides name, rubric and case determines a verdict."""
    prompt_sha256: str = ""
    """Hash of the wording that it is asked with; empty for one that measures."""

    @property
    def version(self) -> str:
        """Identifies everything that determines verdicts: a judge card holds for one version."""
        return sha256_json(asdict(self))[:_VERSION_CHARS]


def form_asked_for(case: Case) -> str:
    """The form that a summary should have, in words for a language model."""
    return render_instruction(case.persona, case.style) if case.style else _NO_FORM


class Judge(Protocol):
    """Scores summaries in the six dimensions, 1 to 5 each."""

    @property
    def description(self) -> JudgeDescription:
        """Name and rubric."""

    def judge(self, case: Case) -> Verdict:
        """Score a summary; raises TransientError, ResourceExhaustedError, InvalidInputError."""

    def compare(self, case: Case, other: str) -> Comparison:
        """Say whether the case's summary is better or another one; raises as `judge` does."""


def overall_score(scores: Mapping[str, float]) -> float:
    """Mean of the dimensions, at most half a point above faithfulness; two decimals."""
    return round(min(fmean(scores.values()), scores["faithfulness"] + _MOST_ABOVE_FAITHFULNESS), 2)
