"""A finished evaluation of three systems on three articles, and the desk where people rate it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goldbrief.core.hashing import sha256_text
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.reviews.accounts import Accounts
from goldbrief.evaluation.reviews.rating import CRITERIA, Rating, RatingDesk, Sheet, SideRating
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.reviews.sets import ReviewSets, SetState
from goldbrief.testing.ledgers import make_ledger

from ..samples import ARTICLES, BASE_TEXT, PLAN_KEY, SUMMARIES, put_dataset

SYSTEMS = ["v1", "base", "tuned"]


class FinishedEvaluation:
    """Stands for `Evaluations` with one that is finished: what reviews ask of it."""

    def __init__(self) -> None:
        self.rows = [
            {"system": system, "article": article, "persona": "CFO", "summary": text}
            for article, golden in zip(sha256s(), SUMMARIES, strict=True)
            for system, text in zip(
                SYSTEMS, (f"Draft. {BASE_TEXT}", BASE_TEXT, golden), strict=True
            )
        ]

    def predictions(self, evaluation_id: str) -> list[dict[str, Any]]:
        return self.rows

    def get(self, evaluation_id: str) -> Any:
        return type("Work", (), {"spec": {"plan_key": PLAN_KEY}})


def sha256s() -> list[str]:
    return [sha256_text(text) for text in ARTICLES]


class House:
    """Reviews on a throw-away database."""

    def __init__(self, folder: Path) -> None:
        ledger = make_ledger(folder)
        self.database = ledger.works._database
        self.store: ObjectStore = ledger.effects._store
        put_dataset(self.store)
        self.evaluation = FinishedEvaluation()
        self.sets = ReviewSets(self.database, self.store, self.evaluation)  # type: ignore[arg-type]
        self.desk = RatingDesk(self.database, self.store)
        self.results = ReviewResults(self.database, self.store)
        self.accounts = Accounts(self.database)

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
