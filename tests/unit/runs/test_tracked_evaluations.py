"""An evaluation that is part of no run is in MLflow as a run of its own, summary by summary."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mlflow import MlflowClient

from goldbrief.core.errors import GoldbriefError
from goldbrief.evaluation.mirroring import TELL_RATINGS_TASK
from goldbrief.platform.ledger import Advance, Finish, Later, Work
from goldbrief.platform.tracking import Tracker
from goldbrief.runs.tracking import TRACK_EVALUATION_TASK, TRACK_RATINGS_TASK, Tracking
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
from ..evaluation.test_reports import Reviewed


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


class Mirrored:
    """A reviewed evaluation, and MLflow."""

    def __init__(self, folder: Path) -> None:
        self.reviewed = Reviewed(folder)
        house = self.reviewed.house
        house.store.put(f"{PREFIX}manifest.json", b'{"files": {"eval.jsonl": "ab"}}')
        uri = f"sqlite:///{folder}/mlflow.db"
        self.tracking = Tracking(Tracker(uri), house.ledger, house.store)
        self.client = MlflowClient(uri)
        self.mirror = house.mirror

    @property
    def evaluation(self) -> Work:
        return self.reviewed.work

    def log_evaluation(self) -> Any:
        return self.tracking.log_evaluation(_stage({"evaluation_id": self.evaluation.id}))

    def log_ratings(self) -> Any:
        told = self.mirror.tell(_stage({"evaluation_id": self.evaluation.id, "due": 0}))
        assert isinstance(told, Advance)
        assert told.stage == "log"
        return self.tracking.log_ratings(_stage({"evaluation_id": self.evaluation.id}, told.data))

    def metrics(self, run_id: str) -> dict[str, float]:
        return dict(self.client.get_run(run_id).data.metrics)

    def said(self, run_id: str, system: str) -> list[Any]:
        """What people and programs said of a system's summary of the first article."""
        traces = traces_of(self.client.get_run(run_id), self.client)
        return [
            one
            for one in traces[system, "0.md"].info.assessments
            if one.source.source_id in {"ann", "ben", "sim", "lea"}
        ]


def _stage(spec: dict[str, Any], data: Any = None) -> Any:
    return SimpleNamespace(spec=spec, data=data or {})


@pytest.fixture
def mirrored(tmp_path: Path) -> Mirrored:
    return Mirrored(tmp_path)


def test_ratings_that_come_after_an_evaluation_are_added_to_it(mirrored: Mirrored) -> None:
    run_id = mirrored.log_evaluation().result["mlflow_run_id"]
    assert not any(name.startswith("human/") for name in mirrored.metrics(run_id))
    mirrored.reviewed.rate("ann")
    assert mirrored.log_ratings() == Finish(result={"mlflow_run_id": run_id})
    metrics = mirrored.metrics(run_id)
    assert (metrics["human/tuned/coherence"], metrics["human/base/overall"]) == (5.0, 2.0)
    assert (metrics["human/ratings"], metrics["human/tuned/preferred"]) == (3.0, 1.0)
    found = {one.name: one for one in mirrored.said(run_id, "tuned")}
    assert (found["completeness"].value, found["preferred_to_base"].value) == (5, "yes")
    assert found["completeness"].source.source_type == "HUMAN"


def test_what_is_said_anew_replaces_what_was_said(mirrored: Mirrored) -> None:
    run_id = mirrored.log_evaluation().result["mlflow_run_id"]
    mirrored.reviewed.rate("ann")
    mirrored.log_ratings()
    mirrored.reviewed.change_mind("ann", tuned=3)
    mirrored.reviewed.rate("ben", tuned=4)
    mirrored.log_ratings()
    mirrored.log_ratings()
    assert mirrored.metrics(run_id)["human/tuned/overall"] == 3.5, "lower than before, and later"
    scores = [
        (one.source.source_id, one.value)
        for one in mirrored.said(run_id, "tuned")
        if one.name == "coherence"
    ]
    assert sorted(scores) == [("ann", 3), ("ben", 4)]
    mirrored.log_evaluation()
    assert len(mirrored.said(run_id, "tuned")) == 12, "logged again, it keeps what people said"


def test_programs_are_no_people_in_mlflow(mirrored: Mirrored) -> None:
    run_id = mirrored.log_evaluation().result["mlflow_run_id"]
    mirrored.reviewed.rate("sim", is_simulated=True)
    mirrored.log_ratings()
    metrics = mirrored.metrics(run_id)
    assert metrics["simulated/tuned/overall"] == 5.0
    assert not any(name.startswith("human/") for name in metrics)
    assert {one.source.source_type for one in mirrored.said(run_id, "tuned")} == {"CODE"}


def test_a_lead_s_decision_is_an_assessment(mirrored: Mirrored) -> None:
    run_id = mirrored.log_evaluation().result["mlflow_run_id"]
    mirrored.reviewed.rate("ann")
    mirrored.reviewed.decide("lea", "both_bad", "Neither tells of the strike.")
    mirrored.log_ratings()
    (decided,) = (one for one in mirrored.said(run_id, "base") if one.source.source_id == "lea")
    assert (decided.name, decided.value) == ("decided_to_tuned", "both bad")
    assert decided.rationale == "Neither tells of the strike."


def test_ratings_wait_for_the_evaluation_to_be_logged(mirrored: Mirrored) -> None:
    mirrored.reviewed.rate("ann")
    assert isinstance(mirrored.log_ratings(), Later)


def test_ratings_of_a_run_that_never_got_to_mlflow_say_so(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored.reviewed.rate("ann")
    ended = SimpleNamespace(ended_at=1.0)
    evaluation = SimpleNamespace(**{**vars(mirrored.evaluation), "group_id": "run-1"})
    works = {evaluation.id: evaluation, "run-1": ended}
    monkeypatch.setattr(mirrored.tracking._works, "get", lambda key, _kind="": works[key])
    with pytest.raises(GoldbriefError, match="run-1 is not in MLflow"):
        mirrored.tracking.log_ratings(_stage({"evaluation_id": evaluation.id}, _told(mirrored)))


def _told(mirrored: Mirrored) -> Any:
    folder = mirrored.reviewed.house.reports.write_ratings(mirrored.evaluation.id)
    return {"folder": folder}


def test_many_ratings_of_a_minute_are_one_work(mirrored: Mirrored) -> None:
    for _ in range(3):
        mirrored.mirror.note("evaluation-1")
    asked = [one for one in mirrored.reviewed.house.ledger.works.of_kind("tracking")
             if one.spec["evaluation_id"] == "evaluation-1"]  # fmt: skip
    assert len(asked) <= 2, "two where a minute ended in between"
    assert asked[0].stages == {"tell": TELL_RATINGS_TASK, "log": TRACK_RATINGS_TASK}
    assert isinstance(mirrored.mirror.tell(_stage(asked[0].spec)), Later)


def test_nothing_is_told_while_nobody_has_said_anything(mirrored: Mirrored) -> None:
    spec = {"evaluation_id": mirrored.evaluation.id, "due": 0}
    assert mirrored.mirror.tell(_stage(spec)) == Finish()
