"""Fine-tuning that is part of no run is in MLflow as a run of its own."""

from pathlib import Path

import pytest
from mlflow import MlflowClient

from goldbrief.core.errors import TransientError, UnauthenticatedError
from goldbrief.platform.ledger import Ledger, NewWork, Work
from goldbrief.platform.storage import DirectoryStore
from goldbrief.platform.tracking import Tracker
from goldbrief.runs.tracking import TRACK_FINETUNING_TASK, Tracking
from goldbrief.testing.ledgers import make_broker, make_ledger, run_to_end

SPEC = {
    "train_data_path": "rows.jsonl", "experiment_path": "spring", "dataset_digest": "",
    "training": {
        "model": "acme/tiny", "register_to": "notes", "learning_rate": 3e-4, "lora": {"rank": 16},
        "train_data": [{"files": [{"key": "uploads/ab12", "name": "rows.jsonl"}]}],
        "eval_data": [], "eval_prompts": ["Revenue?"], "prompt": None,
    },
}  # fmt: skip


class Setting:
    """A fine-tuning run that has ended, and a tracking work for it."""

    def __init__(self, folder: Path) -> None:
        self.ledger: Ledger = make_ledger(folder)
        self.folder = folder
        self.run = self._finetuning()

    def _finetuning(self) -> Work:
        works = self.ledger.works
        run = works.create(NewWork("finetuning", "r-1", SPEC, {"train": ""}, []))
        works.set_result(
            run.id,
            {"intrinsic": {"tuned_perplexity": 1.5, "tokenizer": "tiny"}, "estimate": {"rows": 12},
             "adapter_prefix": f"runs/{run.id}/adapter/"},
        )  # fmt: skip
        for step in (1, 2):
            works.add_event(run.id, "PROGRESS", "", {"step": step, "loss": 3.0 / step})
        works.add_event(run.id, "MEASURED", "", {"step": 2, "held_out_loss": 2.0, "best_step": 2})
        return run

    def track(self, tracker: Tracker, version: str) -> Work:
        works, broker = self.ledger.works, make_broker(self.folder, self.ledger)
        tracking = Tracking(tracker, self.ledger, DirectoryStore(self.folder / "objects"))
        broker.on_stage(TRACK_FINETUNING_TASK, tracking.log_finetuning)
        spec = {"finetuning_run_id": self.run.id, "model_version": version}
        stages = {"log": TRACK_FINETUNING_TASK}
        work = works.create(NewWork("tracking", f"track/{version}", spec, stages, [{}]))
        return run_to_end(broker, work.id)


def test_parameters_measures_curves_data_and_model_are_there(tmp_path: Path) -> None:
    setting, uri = Setting(tmp_path), f"sqlite:///{tmp_path}/mlflow.db"
    trial = setting.track(Tracker(uri), "")
    client = MlflowClient(uri)
    assert client.search_registered_models() == []
    winner = setting.track(Tracker(uri), "4")  # a sweep registers its best trial afterwards
    assert trial.result == winner.result
    mlflow_run_id = winner.result["mlflow_run_id"]
    run = client.get_run(mlflow_run_id)
    assert run.data.params == {
        "model": "acme/tiny", "register_to": "notes", "learning_rate": "0.0003", "lora.rank": "16",
        "train_data": "rows.jsonl",
    }  # fmt: skip
    assert run.data.metrics["intrinsic/tuned_perplexity"] == 1.5
    history = client.get_metric_history(mlflow_run_id, "train/loss")
    assert [(point.step, point.value) for point in history] == [(1, 3.0), (2, 1.5)]
    assert [p.value for p in client.get_metric_history(mlflow_run_id, "held_out/loss")] == [2.0]
    assert run.data.tags["goldbrief.experiment"] == "spring"
    (rows,) = run.inputs.dataset_inputs
    assert (rows.dataset.name, rows.dataset.profile) == ("rows.jsonl", '{"num_rows": 12}')
    (version,) = client.search_model_versions("name = 'notes'")
    assert version.run_id == mlflow_run_id
    assert version.tags["goldbrief.version"] == "4"
    assert version.tags["goldbrief.adapter_prefix"] == f"runs/{setting.run.id}/adapter/"


class AwayTwice:
    """An MLflow that does not answer at first."""

    def __init__(self) -> None:
        self.calls = 0

    def log_run(self, *_: object, **__: object) -> str:
        self.calls += 1
        if self.calls < 3:
            raise TransientError("MLflow is away.")
        return "mlflow-1"


def test_mlflow_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldbrief.runs.tracking._RETRY_S", 0.0)
    tracker = AwayTwice()
    work = Setting(tmp_path).track(tracker, "")  # type: ignore[arg-type]
    assert (work.state, work.result) == ("SUCCEEDED", {"mlflow_run_id": "mlflow-1"})
    assert tracker.calls == 3


class NotLetIn:
    """An MLflow that knows another password."""

    def __init__(self) -> None:
        self.calls = 0

    def log_run(self, *_: object, **__: object) -> str:
        self.calls += 1
        raise UnauthenticatedError("No.", reason="TRACKING_UNAUTHENTICATED")


def test_a_wrong_password_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    tracker = NotLetIn()
    work = Setting(tmp_path).track(tracker, "")  # type: ignore[arg-type]
    assert work.state == "FAILED"
    assert (work.cause or {})["reason"] == "TRACKING_UNAUTHENTICATED"
    assert tracker.calls == 1
