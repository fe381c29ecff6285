"""How answers to held-out rows are scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goldbrief.core.documents import Record

LOWEST = 1.0
"""What an empty answer earns: the low end of the judge's scale, without asking the judge."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the judge is shown; together it decides the verdict."""

    article: str
    text: str
    persona: str
    style_json: str
    """The house style; empty where no prompt format has one."""
    reference: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says."""

    score: float | None
    """1 to 5; None when the judge failed, which is never a score."""
    rationale: str
    judge: str
    """Name and version."""
    rubric: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    card: str = ""
    """Object key of the judge's card that held; empty without one."""


Judge = Callable[[Answer], Verdict]
"""Scores an answer; raises TransientError, ResourceExhaustedError, InvalidInputError."""


class ScoredAnswer(Record):
    """A trial's answer to a held-out row, stored at `sweeps/<id>/trials/<index>/<row>.json`."""

    answer: str
    score: float | None
    rationale: str
    judge: str
    """Empty where the judge was not asked."""
    rubric: str
    card: str = ""
    """As in Verdict; empty as well in records of before it was kept."""


def scored_answer_key(sweep_id: str, index: int, row: int) -> str:
    """Object key of a trial's scored answer."""
    return f"sweeps/{sweep_id}/trials/{index}/{row:05d}.json"
