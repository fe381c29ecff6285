"""What the next round of a dataset should add, with reasons: for people, and for a recipe."""

from __future__ import annotations

from typing import Any, Literal

from goldbrief.core.documents import Record


class Suggestion(Record):
    """One thing to do."""

    kind: Literal["write again", "add articles", "approve goldens", "change the recipe", "look at"]
    reason: str
    """What was found, with counts."""
    advice: str
    """What to do about it, and what the proposal's recipe does of it."""


class Target(Record):
    """A summary that a teacher should write (again)."""

    article_sha256: str
    persona: str
    reason: str
    """Why: a judge's words, a check's finding, or what the dataset lacks."""


class GoldenDraft(Record):
    """An accepted or corrected summary that may become a golden once a person has approved it."""

    article_sha256: str
    persona: str
    summary: str
    judge_score: float
    """0 for one that a person wrote."""
    reason: str


class Proposal(Record):
    """What the next round of a dataset should add."""

    version: str
    """Of the dataset, `name/version`: the next one extends it."""
    digest: str
    evaluations: tuple[str, ...]
    """Evaluations whose failed cases were looked at; empty where there are none."""
    suggestions: tuple[Suggestion, ...]
    targets: tuple[Target, ...]
    """The most urgent first."""
    goldens: tuple[GoldenDraft, ...]
    recipe: dict[str, dict[str, Any]]
    """Keys that the next recipe sets otherwise, by section."""
