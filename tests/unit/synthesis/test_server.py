from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.synthesis.v1 import synthesis_pb2 as pb
from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.core.plans import SynthesisPlan
from goldbrief.judge import tasks as judge_tasks
from goldbrief.judge.judging import Judging
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.platform.storage import DirectoryStore
from goldbrief.synthesis import tasks
from goldbrief.synthesis.candidates import CandidateStages
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.server import SynthesisServicer
from goldbrief.synthesis.synthesis import Syntheses
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end


def test_a_synthesis_is_created_shown_and_listed(
    tmp_path: Path, articles: list[Article], plan: SynthesisPlan, embedder: Any
) -> None:
    ledger, store = make_ledger(tmp_path), DirectoryStore(tmp_path / "objects")
    article = articles[0]
    store.put("plans/p.json", plan.model_dump_json().encode())
    store.put(f"articles/{article.sha256}.json", article.model_dump_json().encode())
    teacher = OfflineTeacher(embedder)
    broker = make_broker(tmp_path, ledger)
    tasks.register(broker, CandidateStages(store, teacher))
    judge_tasks.register(broker, Judging(store, OfflineJudge(embedder)))
    servicer = SynthesisServicer(Syntheses(ledger, store, teacher.name), ledger)
    context: Any = None

    request = pb.CreateSynthesisRequest(
        request_id="r", article_sha256s=[article.sha256], plan_key="plans/p.json"
    )
    created = servicer.CreateSynthesis(request, context).synthesis
    run_to_end(broker, created.work.id)
    shown = servicer.GetSynthesis(pb.GetSynthesisRequest(id=created.work.id), context).synthesis
    listing = pb.ListCandidatesRequest(synthesis_id=created.work.id, outcome="ACCEPTED")
    (candidate,) = servicer.ListCandidates(listing, context).candidates

    assert (shown.teacher, shown.judge) == ("offline-extractive-4", "offline-metric-3")
    assert shown.work.progress.accepted == 1
    assert candidate.text.startswith("## Overview")
    assert candidate.score == json.loads(candidate.judgment_json)["overall"]


def test_a_style_is_inferred_from_goldens(
    goldens: tuple[Golden, ...], style: StyleContract
) -> None:
    sent = [pb.Golden(name=g.name, persona=g.persona, summary=g.summary) for g in goldens]
    servicer = SynthesisServicer(None, None)  # type: ignore[arg-type]
    context: Any = None
    response = servicer.InferStyle(pb.InferStyleRequest(goldens=sent), context)
    assert StyleContract.model_validate_json(response.style_json) == style


def test_a_summary_is_judged_by_call(
    tmp_path: Path, articles: list[Article], embedder: Any
) -> None:
    servicer = JudgeServicer(Judging(DirectoryStore(tmp_path), OfflineJudge(embedder)))
    context: Any = None
    request = judge_pb2.JudgeSummaryRequest(
        article_text=articles[0].text, summary="Revenue rose 99% to $7 billion."
    )
    response = servicer.JudgeSummary(request, context)
    assert not response.failed
    assert response.figures_supported < response.figures_total
    assert "figures" in {finding.check for finding in response.findings}
    described = servicer.GetJudge(judge_pb2.GetJudgeRequest(), context)
    assert (described.judge, described.calibrated) == ("offline-metric-3", False)


def test_a_judge_that_cannot_be_reached_is_not_described(tmp_path: Path, embedder: Any) -> None:
    def probe() -> None:
        raise TransientError("nobody there", reason="LLM_UNREACHABLE")

    judging = Judging(DirectoryStore(tmp_path), OfflineJudge(embedder), probe)
    context: Any = None
    with pytest.raises(TransientError, match="nobody there"):
        JudgeServicer(judging).GetJudge(judge_pb2.GetJudgeRequest(), context)


def test_candidates_are_listed_page_by_page(
    tmp_path: Path, articles: list[Article], plan: SynthesisPlan
) -> None:
    ledger, store = make_ledger(tmp_path), DirectoryStore(tmp_path / "objects")
    store.put("plans/p.json", plan.model_dump_json().encode())
    for article in articles:
        store.put(f"articles/{article.sha256}.json", article.model_dump_json().encode())
    syntheses = Syntheses(ledger, store, "teacher")
    work = syntheses.create("r", "", [one.sha256 for one in articles], "plans/p.json")
    servicer = SynthesisServicer(syntheses, ledger)
    context: Any = None
    request = pb.ListCandidatesRequest(synthesis_id=work.id, page_size=3)
    first = servicer.ListCandidates(request, context)
    request.page_token = first.next_page_token
    second = servicer.ListCandidates(request, context)
    listed = [one.article_sha256 for one in (*first.candidates, *second.candidates)]
    assert listed == [one.sha256 for one in articles]
    assert (len(first.candidates), second.next_page_token) == (3, "")
    request.page_token = "the second"
    with pytest.raises(InvalidInputError) as caught:
        servicer.ListCandidates(request, context)
    assert caught.value.reason == "INVALID_PAGE_TOKEN"
