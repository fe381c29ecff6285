"""An evaluation that is part of no run is in MLflow as a run of its own, summary by summary."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient

from goldbrief.platform.ledger import Finish, Later
from goldbrief.platform.tracking import Tracker
from goldbrief.runs.tracking import TRACK_EVALUATION_TASK, Tracking
from goldbrief.testing.ledgers import run_to_end

from ..evaluation.samples import (
    ADAPTER,
    ARTICLES,
    BASE_TEXT,
    PLAN_KEY,
    PREFIX,
    SYSTEMS,
    put_dataset,
)
from ..evaluation.test_evaluations import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    put_dataset(house.store)
    house.store.put(f"{PREFIX}manifest.json", b'{"files": {"eval.jsonl": "ab"}}')
    return house


def track(house: House, folder: Path) -> tuple[Any, MlflowClient]:
    """Evaluate and do what the evaluation asks of the runs service; returns run and client."""
    uri = f"sqlite:///{folder}/mlflow.db"
    tracker = Tracker(uri)
    model, _, version = ADAPTER.partition("--")
    tracker.log_run("fine-1", params={}, metrics={})
    tracker.register_adapter(model, version, "fine-1")
    evaluation = house.run()
    (asked,) = house.ledger.works.of_kind("tracking")
    assert asked.stages == {"log": TRACK_EVALUATION_TASK}
    tracking = Tracking(tracker, house.ledger, house.store)
    done = tracking.log_evaluation(SimpleNamespace(spec=asked.spec))  # type: ignore[arg-type]
    assert isinstance(done, Finish)
    client = MlflowClient(uri)
    run = client.get_run(done.result["mlflow_run_id"])
    assert run.data.tags["goldbrief.run_id"] == evaluation.id
    return run, client


def traces_of(run: Any, client: MlflowClient) -> dict[tuple[str, str], Any]:
    """By system and article."""
    found = client.search_traces(locations=[run.info.experiment_id], run_id=run.info.run_id)
    return {
        (one.info.tags["mlflow.traceName"], one.data.spans[0].inputs["article"]): one
        for one in found
    }


def test_results_files_and_links_are_there(house: House, tmp_path: Path) -> None:
    run, client = track(house, tmp_path)
    assert run.data.params == {"systems": "v1, base, tuned"}
    assert run.data.metrics["tuned/judge_overall"] == 4.5
    assert run.data.metrics["pairwise/tuned-base/win_rate"] == 1.0
    assert run.data.metrics["pairwise/tuned-base/wins"] == 3.0
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "predictions.jsonl", "comparisons.jsonl", "results.csv"} <= files
    (data,) = run.inputs.dataset_inputs
    assert (data.dataset.name, data.tags[0].value) == ("briefs/1 held out", "evaluation")
    (model,) = run.inputs.model_inputs
    metrics = {one.key: one.value for one in client.get_logged_model(model.model_id).metrics}
    assert metrics["tuned/judge_overall"] == 4.5
    assert not any(name.startswith("base/") for name in metrics)


def test_every_summary_is_a_trace_with_what_was_found_of_it(house: House, tmp_path: Path) -> None:
    house.judge.silent_for = {"base"}
    house.preference.silent_on = {ARTICLES[0][:60]}
    traces = traces_of(*track(house, tmp_path))
    assert len(traces) == 9
    found = {one.name: one for one in traces["tuned", "1.md"].info.assessments}
    assert found["judge_overall"].value == 4.5
    assert found["judge_overall"].rationale == "Headings are <b>looked at</b>."
    assert found["structure_valid"].value == 1.0
    assert found["answer_relevance"].value in range(1, 6)
    assert found["preferred_to_base"].value == "yes"
    assert found["preferred_to_base"].source.source_type == "LLM_JUDGE"
    lost = {one.name: one for one in traces["tuned", "0.md"].info.assessments}
    assert (lost["preferred_to_base"].value, lost["preferred_to_base"].error.error_message) == (
        None, "It could not be read.",
    )  # fmt: skip
    silent = {one.name: one for one in traces["base", "1.md"].info.assessments}
    assert (silent["judge_overall"].value, silent["judge_overall"].error is None) == (None, False)
    assert traces["base", "1.md"].data.spans[0].outputs == BASE_TEXT


def test_an_evaluation_that_has_not_ended_is_waited_for(house: House, tmp_path: Path) -> None:
    work = house.create()
    tracking = Tracking(Tracker(f"sqlite:///{tmp_path}/mlflow.db"), house.ledger, house.store)
    found = tracking.log_evaluation(SimpleNamespace(spec={"evaluation_id": work.id}))  # type: ignore[arg-type]
    assert isinstance(found, Later)


def test_an_evaluation_of_a_run_is_left_to_the_run(house: House) -> None:
    work = house.evaluations.create("r9", "run-1", SYSTEMS[1:], PLAN_KEY)
    run_to_end(house.broker, work.id)
    assert house.ledger.works.of_kind("tracking") == []
