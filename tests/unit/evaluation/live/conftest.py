"""What judges live answers, on a throw-away database and store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.evaluation.live.observing import Observed, Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.ledger import Base, Database, Ledger
from goldbrief.platform.storage import DirectoryStore


@dataclass
class FakeJudge:
    """Answers as told."""

    answer: judge_pb2.JudgeSummaryResponse = field(
        default_factory=lambda: judge_pb2.JudgeSummaryResponse(
            judge="a-judge", rubric="brief-1", overall=4.2, scores={"faithfulness": 4.5},
            figures_total=3, figures_supported=2,
            findings=[judge_pb2.Finding(check="figures", severity="error", message="$9")],
        )
    )  # fmt: skip
    error: Exception | None = None
    requests: list[Any] = field(default_factory=list)

    def JudgeSummary(self, request: Any, timeout: float) -> judge_pb2.JudgeSummaryResponse:  # noqa: N802
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return self.answer


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'live.db'}")
    Base.metadata.create_all(database.engine)
    return database


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "objects")


@pytest.fixture
def texts(store: DirectoryStore) -> LiveTexts:
    """Keeps none, as by default."""
    return LiveTexts(store, days=0)


@pytest.fixture
def profiles(database: Database, store: DirectoryStore, embedder: Any) -> TrainingProfiles:
    """Of no dataset version."""
    return TrainingProfiles(Ledger(database, store), store, embedder)


@pytest.fixture
def observer(
    database: Database, texts: LiveTexts, profiles: TrainingProfiles, judge: FakeJudge
) -> Observer:
    return Observer(database, texts, profiles, judge, daily_judgments=3)


def observed(request_id: str = "summary-1", **changes: str) -> Observed:
    fields = {
        "model": "briefs", "version": "2", "dataset_digest": "d1", "persona": "CFO",
        "style_json": "", "article_text": "Sales rose 5% to $12 million.\u200b In Cardiff.",
        "summary": "Sales rose 5%.",
    }  # fmt: skip
    return Observed(request_id=request_id, **{**fields, **changes})
