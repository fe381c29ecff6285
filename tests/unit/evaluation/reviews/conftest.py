"""A finished evaluation of three systems on three articles, and the desk where people rate it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.evaluation.reviews.rating import Rating, Sheet, SideRating
from goldbrief.evaluation.reviews.sets import SetState
from goldbrief.testing.reviewing import ReviewWorkplace

from ..samples import ARTICLES, BASE_TEXT, SUMMARIES


class House(ReviewWorkplace):
    """Reviews with the people who do them."""

    def __init__(self, folder: Path) -> None:
        summaries = {
            "v1": [f"Draft. {BASE_TEXT}"] * 3, "base": [BASE_TEXT] * 3, "tuned": SUMMARIES,
        }  # fmt: skip
        super().__init__(folder, dict(zip("abc", ARTICLES, strict=True)), summaries)

    def people(self, *names: str) -> None:
        for name in names:
            self.accounts.create(name, "reviewer")

    def make_set(self, systems: list[str] | None = None) -> SetState:
        return self.sets.create("r1", "eval-1", "First", systems or ["base", "tuned"])

    def shared(self, *names: str, raters: int = 0, repeats: int = 0) -> SetState:
        self.people(*names)
        made = self.make_set()
        return self.sets.assign(made.row.id, 0, names, raters or len(names), repeats)

    def submit(self, sheet: Sheet, good: int, bad: int, seconds: float = 60.0) -> None:
        """Let a reviewer give the tuned system one score and the other another one."""
        _, pair = self.desk.texts(sheet)
        tuned_is_left = pair.first.system == "tuned"
        left, right = (good, bad) if tuned_is_left else (bad, good)
        preference = "tie" if left == right else "left" if left > right else "right"
        self.desk.save(
            sheet.assignment.id, sheet.assignment.reviewer, sheet.assignment.version,
            rating(left, right, preference), "SUBMIT", seconds,
        )  # fmt: skip


def rating(left: int, right: int, preference: str = "left", **fields: Any) -> Rating:
    return Rating(
        left=SideRating(scores=dict.fromkeys(CRITERIA, left)),
        right=SideRating(scores=dict.fromkeys(CRITERIA, right)),
        preference=preference,  # type: ignore[arg-type]
        **fields,
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
