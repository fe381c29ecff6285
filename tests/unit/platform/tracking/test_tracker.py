"""The tracker, on an SQLite file of its own; as an integration test, on a real server."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from goldbrief.core.errors import GoldbriefError, InvalidInputError, TransientError
from goldbrief.platform.tracking import (
    TrackedAssessment,
    TrackedDataset,
    TrackedModel,
    TrackedSummary,
    Tracker,
    mlflow_ui_command,
)
from goldbrief.testing.servers import MLFLOW_PASSWORD, MLFLOW_USERNAME, mlflow_server

INTEGRATION = pytest.mark.integration

MIGRATING = 20
"""Tables that are there when about half of MLflow's migrations are done."""
CURVE = [{"step": step, "loss": 3.0 / step, "tokens_per_s": 480.0} for step in range(1, 8)]


@pytest.fixture(scope="module", params=["file", pytest.param("server", marks=INTEGRATION)])
def tracker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tracker]:
    folder = tmp_path_factory.mktemp("tracking")
    if request.param == "file":
        yield Tracker(f"sqlite:///{folder / 'mlflow.db'}")
        return
    with pytest.MonkeyPatch.context() as environment, mlflow_server(folder) as uri:
        environment.setenv("MLFLOW_TRACKING_USERNAME", MLFLOW_USERNAME)
        environment.setenv("MLFLOW_TRACKING_PASSWORD", MLFLOW_PASSWORD)
        yield Tracker(uri)


def _log(tracker: Tracker, run_id: str = "run-1", accuracy: float = 0.61) -> str:
    return tracker.log_run(
        run_id,
        params={"learning_rate": 3e-4},
        metrics={"eval/token_accuracy": accuracy, "eval/undefined": float("nan")},
        tags={"goldbrief.label": "demonstration"},
        artifacts={"report.html": b"<h1>Report</h1>"},
        curves={"train": CURVE},
        dataset=TrackedDataset("briefs", "ab" * 32, 120),
        evaluation_table=[{"article": "a", "score": 4.0}, {"article": "b", "words": 120}],
    )


def test_a_kill_while_the_database_is_made_harms_no_later_run(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    script = (
        "import sys; from goldbrief.platform.tracking.library import load_client;"
        " load_client(sys.argv[1]).search_experiments()"
    )
    process = subprocess.Popen([sys.executable, "-c", script, f"sqlite:///{database}"])
    while process.poll() is None and _tables(tmp_path) < MIGRATING:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL

    assert _log(Tracker(f"sqlite:///{database}"))


def _tables(folder: Path) -> int:
    """How many tables the database has that is being made somewhere in a folder."""
    counts = [0]
    for file in folder.rglob("mlflow.db"):
        with suppress(sqlite3.Error), sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            counts += database.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
            ).fetchone()
    return max(counts)


def test_a_run_arrives_whole_and_is_not_doubled(tracker: Tracker) -> None:
    first = _log(tracker)
    assert _log(tracker) == first

    client = tracker._client
    run = client.get_run(first)
    assert run.info.status == "FINISHED"
    assert run.data.tags["goldbrief.run_id"] == "run-1"
    assert run.data.params == {"learning_rate": "0.0003"}
    assert run.data.metrics["eval/token_accuracy"] == 0.61
    assert len(client.get_metric_history(first, "train/loss")) == len(CURVE)
    assert [item.dataset.name for item in run.inputs.dataset_inputs] == ["briefs"]
    files = {file.path for file in client.list_artifacts(first)}
    assert files == {"report.html", "evaluation_rows.json"}


@pytest.mark.parametrize("tracker", ["file"], indirect=True)
def test_artifacts_of_an_sqlite_store_lie_beside_it(tracker: Tracker) -> None:
    location = tracker._client.get_run(_log(tracker)).info.artifact_uri
    database = Path(tracker._uri.removeprefix("sqlite:///"))
    assert location.startswith((database.parent / "mlflow-artifacts").as_uri())


def test_a_changed_param_is_refused(tracker: Tracker) -> None:
    tracker.log_run("run-2", params={"seed": 0}, metrics={})
    with pytest.raises(GoldbriefError, match="seed") as caught:
        tracker.log_run("run-2", params={"seed": 1}, metrics={})
    assert caught.value.reason == "TRACKING_REFUSED"


def test_lost_metrics_are_noticed(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracker._client, "log_batch", lambda *_, **__: None)
    with pytest.raises(TransientError) as caught:
        tracker.log_run("run-3", params={}, metrics={"loss": 1.0})
    assert caught.value.reason == "TRACKING_SHORTFALL"


def test_an_adapter_is_mirrored_once_with_its_lineage(tracker: Tracker) -> None:
    mlflow_run = _log(tracker)
    number = tracker.register_adapter("briefs", "7", "run-1", {"prefix": "adapters/briefs/7/"})
    assert tracker.register_adapter("briefs", "7", "run-1") == number

    (version,) = tracker._client.search_model_versions("name = 'briefs'")
    assert version.run_id == mlflow_run
    assert version.tags["goldbrief.version"] == "7"
    assert version.tags["prefix"] == "adapters/briefs/7/"
    model = tracker._client.get_logged_model(version.tags["mlflow.model_id"])
    assert model.tags["goldbrief.run_id"] == "run-1"


SUMMARIES = [
    TrackedSummary(
        key=f"{system}/{article}", system=system, article=f"{article}.md", persona="CFO",
        text=None if (system, article) == ("base", "b") else f"{system} on {article}", seconds=1.5,
        facts={"article_sha256": article * 64},
        assessments=(
            TrackedAssessment("judge_overall", 4.5, "judge", "llm:big", rationale="It is right."),
            TrackedAssessment("answer_similarity", None, "judge", "llm:big", error="Unreadable."),
            TrackedAssessment("structure_valid", 1.0, "measure", "goldbrief"),
        ),
    )
    for system in ("base", "tuned")
    for article in ("a", "b")
]  # fmt: skip
HELD_OUT = TrackedDataset("briefs held out", "cd" * 32, 2)


def _log_summaries(tracker: Tracker, run_id: str) -> str:
    mlflow_run = _log(tracker, run_id)
    tracker.register_adapter("notes", "3", run_id)
    model = TrackedModel("tuned", "notes", "3", {"tuned/judge_overall": 4.5})
    unknown = TrackedModel("base", "nobody", "1", {"base/judge_overall": 2.0})
    tracker.log_evaluation(run_id, summaries=SUMMARIES, dataset=HELD_OUT, models=[model, unknown])
    return mlflow_run


def test_summaries_are_traces_with_their_assessments_once(tracker: Tracker) -> None:
    mlflow_run = _log_summaries(tracker, "run-4")
    assert _log_summaries(tracker, "run-4") == mlflow_run
    client = tracker._client
    found = client.search_traces(locations=[tracker._experiment_id], run_id=mlflow_run)
    assert len(found) == len(SUMMARIES)
    traces = {one.info.request_preview + one.info.tags["mlflow.traceName"]: one for one in found}
    trace = traces['{"article": "a.md", "persona": "CFO"}tuned']
    assessments = {one.name: one for one in trace.info.assessments}
    assert len(trace.info.assessments) == 3
    judged = assessments["judge_overall"]
    assert (judged.value, judged.rationale) == (4.5, "It is right.")
    assert (judged.source.source_type, judged.source.source_id) == ("LLM_JUDGE", "llm:big")
    assert assessments["answer_similarity"].error.error_message == "Unreadable."
    assert assessments["structure_valid"].source.source_type == "CODE"
    (span,) = trace.data.spans
    assert (span.inputs["article"], span.outputs) == ("a.md", "tuned on a")
    assert trace.info.execution_duration == 1500
    assert trace.info.trace_metadata["goldbrief.article_sha256"] == "a" * 64
    failed = traces['{"article": "b.md", "persona": "CFO"}base']
    assert failed.info.state == "ERROR"


def test_an_evaluation_is_tied_to_its_data_and_models(tracker: Tracker) -> None:
    mlflow_run = _log_summaries(tracker, "run-5")
    _log_summaries(tracker, "run-5")
    client = tracker._client
    inputs = client.get_run(mlflow_run).inputs
    contexts = {one.dataset.name: one.tags[0].value for one in inputs.dataset_inputs}
    assert contexts == {"briefs": "training", "briefs held out": "evaluation"}
    (model,) = inputs.model_inputs
    logged = client.get_logged_model(model.model_id)
    metrics = [one for one in logged.metrics if one.run_id == mlflow_run]
    assert [(one.key, one.value, one.dataset_name) for one in metrics] == [
        ("tuned/judge_overall", 4.5, "briefs held out"),
    ]  # fmt: skip
    traces = client.search_traces(
        locations=[tracker._experiment_id], run_id=mlflow_run, model_id=model.model_id
    )
    assert {one.info.tags["mlflow.traceName"] for one in traces} == {"tuned"}


def test_a_reason_that_is_given_anew_replaces_the_old_one(tracker: Tracker) -> None:
    mlflow_run = _log_summaries(tracker, "run-8")
    judged, *rest = SUMMARIES[0].assessments
    reworded = replace(judged, rationale="Looked at again.")
    summary = replace(SUMMARIES[0], assessments=(reworded, *rest))
    tracker.log_evaluation("run-8", summaries=[summary], dataset=HELD_OUT)
    found = tracker._client.search_traces(locations=[tracker._experiment_id], run_id=mlflow_run)
    reasons = [a.rationale for one in found for a in one.info.assessments if a.name == judged.name]
    assert sorted(reasons) == ["It is right."] * 3 + ["Looked at again."]


def test_lost_traces_are_noticed(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    _log(tracker, "run-6")
    monkeypatch.setattr(tracker._client._tracing_client, "start_trace", lambda _: None)
    monkeypatch.setattr(tracker._client._tracing_client, "log_spans", lambda *_: None)
    with pytest.raises(TransientError, match="lost 4 of 4 traces") as caught:
        tracker.log_evaluation("run-6", summaries=SUMMARIES, dataset=HELD_OUT)
    assert caught.value.reason == "TRACKING_SHORTFALL"


@pytest.mark.parametrize("tracker", ["file"], indirect=True)
def test_confidential_text_is_in_no_trace(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDBRIEF_CONFIDENTIAL_HOSTS", "localhost")
    mlflow_run = _log_summaries(tracker, "run-7")
    found = tracker._client.search_traces(locations=[tracker._experiment_id], run_id=mlflow_run)
    assert {one.data.spans[0].outputs for one in found} == {""}
    judged = [one for trace in found for one in trace.info.assessments]
    assert {one.rationale for one in judged} == {None}
    assert {one.value for one in judged if one.name == "judge_overall"} == {4.5}


def test_the_package_is_light_to_import() -> None:
    code = "import sys, goldbrief.platform.tracking; sys.exit('mlflow' in sys.modules)"
    folder = str(Path(sys.modules["goldbrief"].__path__[0]).parent)
    environment = {**os.environ, "PYTHONPATH": folder}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_ui_command_serves_a_database_on_loopback() -> None:
    command = mlflow_ui_command("sqlite:///mlflow.db")
    assert command[command.index("--backend-store-uri") + 1] == "sqlite:///mlflow.db"
    assert command[command.index("--host") + 1] == "127.0.0.1"
    with pytest.raises(InvalidInputError, match="browser"):
        mlflow_ui_command("http://mlflow:5000")
