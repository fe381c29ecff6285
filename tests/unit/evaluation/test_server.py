"""The RPCs, called as the server calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.evaluation.evaluations import Evaluations
from goldbrief.evaluation.models import LiveModels
from goldbrief.evaluation.reports import Reports
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.server import EvaluationServicer
from goldbrief.testing.ledgers import make_ledger

from .samples import (
    ADAPTER,
    ARTICLES,
    PLAN_KEY,
    PREFIX,
    HashEmbedder,
    ScriptedEngine,
    make_prompt,
    put_dataset,
)

SYSTEMS = [
    evaluation_pb2.System(name="base", kind="BASE"),
    evaluation_pb2.System(name="tuned", kind="ADAPTER", adapter=ADAPTER),
]


@pytest.fixture
def servicer(tmp_path: Path) -> EvaluationServicer:
    ledger = make_ledger(tmp_path)
    store = ledger.effects._store
    put_dataset(store)
    evaluations = Evaluations(ledger, store, LiveModels(ScriptedEngine()))
    ratings = ReviewResults(ledger.database, store)
    reports = Reports(evaluations, ledger, store, HashEmbedder(), ratings)
    return EvaluationServicer(evaluations, reports, ledger)


def test_an_evaluation_is_created_found_and_listed(servicer: EvaluationServicer) -> None:
    request = evaluation_pb2.CreateEvaluationRequest(
        request_id="r1", run_id="run-1", systems=SYSTEMS, plan_key=PLAN_KEY
    )
    created = servicer.CreateEvaluation(request, None).evaluation
    assert created.work.state == work_pb2.STATE_QUEUED
    assert created.work.run_id == "run-1"
    assert created.work.progress.total == 6 + 3, "summaries, and comparisons of the two"
    assert (created.results_json, created.report_key) == ("", "")
    assert list(created.systems) == SYSTEMS
    assert created.dataset_prefix == PREFIX

    get = evaluation_pb2.GetEvaluationRequest(id=created.work.id)
    assert servicer.GetEvaluation(get, None).evaluation == created
    listed = servicer.ListEvaluations(evaluation_pb2.ListEvaluationsRequest(run_id="run-1"), None)
    assert list(listed.evaluations) == [created]
    with pytest.raises(FailedPreconditionError):
        list(servicer.GetReport(evaluation_pb2.GetReportRequest(id=created.work.id), None))
    with pytest.raises(NotFoundError):
        servicer.GetEvaluation(evaluation_pb2.GetEvaluationRequest(id="eval-0"), None)


def test_a_sample_shows_what_it_took(servicer: EvaluationServicer) -> None:
    request = evaluation_pb2.WriteSampleRequest(
        system=evaluation_pb2.System(name="v1", kind="PROMPT_CHAIN"),
        article_text=ARTICLES[0],
        persona="CFO",
        prompt_json=make_prompt().model_dump_json(),
    )
    response = servicer.WriteSample(request, None)
    assert response.text.startswith("## Overview")
    assert response.latency_s == 2.0
    assert response.prompt_tokens > response.completion_tokens > 0

    request.prompt_json = "{}"
    with pytest.raises(InvalidInputError, match="prompt_json"):
        servicer.WriteSample(request, None)
