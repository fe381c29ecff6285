"""The judge's RPCs: calibration and its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldbrief.api.judge.v1 import judge_pb2 as pb
from goldbrief.core.documents import Article, Judgment
from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.object_keys import article_key
from goldbrief.judge.judging import Judging
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.platform.storage import DirectoryStore

CONTEXT: Any = None


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


@pytest.fixture
def servicer(store: DirectoryStore, embedder: Any) -> JudgeServicer:
    return JudgeServicer(Judging(store, OfflineJudge(embedder)))


def test_a_calibration_tells_progress_and_leaves_a_card(
    servicer: JudgeServicer, store: DirectoryStore, article: Article, summary: str
) -> None:
    with pytest.raises(NotFoundError, match="goldbrief judge calibrate"):
        servicer.GetJudgeCard(pb.GetJudgeCardRequest(), CONTEXT)
    store.put(article_key(article.sha256), article.model_dump_json().encode())
    case = pb.CalibrateJudgeRequest(article_sha256=article.sha256, summary=summary, is_good=True)
    *progress, last = servicer.CalibrateJudge(iter([case]), CONTEXT)
    assert [one.judged for one in progress] == [10]
    assert last.judged == last.total > 10
    shown = servicer.GetJudgeCard(pb.GetJudgeCardRequest(), CONTEXT)
    assert (shown.card_json, shown.card_markdown) == (last.card_json, last.card_markdown)
    described = servicer.GetJudge(pb.GetJudgeRequest(), CONTEXT)
    card = json.loads(last.card_json)
    assert described.version == card["version"]
    assert (described.standing, described.calibrated) == ("uncalibrated", False)
    assert described.accept_score == card["accept_score"] > 1
    judged = servicer.JudgeSummary(
        pb.JudgeSummaryRequest(article_text=article.text, summary=summary), CONTEXT
    )
    assert set(judged.scores) == set(described.dimensions)
    judgment = Judgment.model_validate_json(judged.judgment_json)
    assert (judgment.overall, judgment.state) == (judged.overall, "measured")
    assert store.exists(judgment.card)


@pytest.mark.parametrize("scores", [{"overall": 6}, {"quality": 3}])
def test_ratings_of_anything_else_are_refused(
    servicer: JudgeServicer, scores: dict[str, float]
) -> None:
    case = pb.CalibrateJudgeRequest(
        article_text="A.", summary="S.", ratings=[pb.Rating(rater="ann", scores=scores)]
    )
    with pytest.raises(InvalidInputError, match="ann rated"):
        list(servicer.CalibrateJudge(iter([case]), CONTEXT))
