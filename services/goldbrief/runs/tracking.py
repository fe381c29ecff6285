"""What ended goes to MLflow, one way: a run as its last phase, and what is outside of runs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goldbrief.core.errors import GoldbriefError, TransientError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Finish, Later, Ledger, Transition, Work
from goldbrief.platform.tracking import TrackedDataset, Tracker
from goldbrief.runs.evaluated import (
    evaluated_data,
    intrinsic_metrics,
    metrics_of,
    read_files,
    read_results,
    tracked_models,
    tracked_ratings,
    tracked_summaries,
)

TRACK_TASK = "runs.track"
TRACK_FINETUNING_TASK = "runs.track_finetuning"
"""The finetuning service asks for it, see `finetuning.mirroring`."""
TRACK_EVALUATION_TASK = "runs.track_evaluation"
"""The evaluation service asks for it, see `evaluation.stages`."""
TRACK_RATINGS_TASK = "runs.track_ratings"
"""The evaluation service asks for it, see `evaluation.mirroring`."""
_RETRY_S = 60.0
_SOON_S = 1.0
_NO_PARAMETERS = ("train_data", "eval_data", "eval_prompts", "prompt")
"""Parts of a training spec that runs are not compared by."""
_log = logging.getLogger(__name__)


class Tracking:
    """Mirrors finished runs.

    Args:
        tracker: Writes to MLflow.
        ledger: Where the works of the phases are.
        store: Where results and reports are.
    """

    def __init__(self, tracker: Tracker, ledger: Ledger, store: ObjectStore) -> None:
        self._tracker = tracker
        self._works = ledger.works
        self._store = store

    def log(self, stage: StageContext) -> Transition:
        """Write one run; writing it again changes nothing."""
        resources: Mapping[str, str] = stage.spec["resources"]
        recipe: Mapping[str, Any] = stage.spec["recipe"]
        run_id = stage.claim.work.group_id
        dataset, training = (
            self._works.get(resources[phase]).result for phase in ("curate", "finetune")
        )
        evaluation = self._works.get(resources["evaluate"])
        results, files = self._found(evaluation)
        promotion = self._works.get(resources["promote"]).result
        mlflow_run_id = self._tracker.log_run(
            run_id,
            params=dict(_flat(recipe)),
            metrics=metrics_of(results),
            tags={
                "goldbrief.dataset_digest": dataset["digest"],
                "goldbrief.style_version": str(stage.spec.get("style_version", "")),
                "goldbrief.judge": str(results.get("judge", "")),
                "goldbrief.label": str(promotion.get("label", "")),
                "goldbrief.promoted": str(promotion.get("promoted", False)),
            },
            artifacts={
                "recipe.json": _json(recipe),
                **files,
            },
            curves=self._curves(resources["finetune"]),
            dataset=TrackedDataset(
                dataset["name"], dataset["digest"], sum(dataset["rows"].values())
            ),
        )
        self._register(recipe["finetuning"]["register_to"], run_id, training)
        self._log_evaluation(run_id, evaluation, results, files)
        return Finish(result={"mlflow_run_id": mlflow_run_id})

    def log_evaluation(self, stage: StageContext) -> Transition:
        """Write an evaluation that is part of no run, however long MLflow is away."""
        evaluation = self._works.get(stage.spec["evaluation_id"], "evaluation")
        if evaluation.ended_at is None:  # it asked in the moment before its end
            return Later(_SOON_S)
        try:
            results, files = self._found(evaluation)
            mlflow_run_id = self._tracker.log_run(
                evaluation.id,
                params={"systems": ", ".join(one["name"] for one in evaluation.spec["systems"])},
                metrics=metrics_of(results),
                tags={
                    "goldbrief.judge": str(results["judge"]),
                    "goldbrief.label": str(results["label"]),
                },
                artifacts=files,
            )
            self._log_evaluation(evaluation.id, evaluation, results, files)
        except TransientError as error:
            _log.warning("%s is not in MLflow yet: %s", evaluation.id, error)
            return Later(_RETRY_S)
        return Finish(result={"mlflow_run_id": mlflow_run_id})

    def log_ratings(self, stage: StageContext) -> Transition:
        """Add what people said by now to the run that has the evaluation.

        It waits for that run, and for MLflow, however long they take. A run that ended before it
        got to MLflow never will.
        """
        evaluation = self._works.get(stage.spec["evaluation_id"], "evaluation")
        run_id = evaluation.group_id or evaluation.id
        has_ended = bool(evaluation.group_id) and self._works.get(run_id).ended_at is not None
        folder = stage.data["folder"]
        results = json.loads(self._store.get(f"{folder}results.json"))
        files = {
            **read_files(self._store, evaluation),
            "ratings.jsonl": self._store.get(f"{folder}ratings.jsonl"),
        }
        try:
            mlflow_run_id = self._log_evaluation(run_id, evaluation, results, files)
        except TransientError as error:
            _log.warning("Ratings of %s are not in MLflow yet: %s", evaluation.id, error)
            return Later(_RETRY_S)
        except GoldbriefError as error:
            if error.reason != "TRACKING_RUN_NOT_FOUND" or has_ended:
                raise
            return Later(_RETRY_S)
        return Finish(result={"mlflow_run_id": mlflow_run_id})

    def _found(self, evaluation: Work) -> tuple[dict[str, Any], dict[str, bytes]]:
        return read_results(self._store, evaluation), read_files(self._store, evaluation)

    def _log_evaluation(
        self,
        run_id: str,
        evaluation: Work,
        results: Mapping[str, Any],
        files: Mapping[str, bytes],
    ) -> str:
        """Add its summaries as traces, and tie the run to data and models."""
        return self._tracker.log_evaluation(
            run_id,
            summaries=tracked_summaries(files),
            dataset=evaluated_data(self._store, evaluation, results.get("articles", 0)),
            models=tracked_models(evaluation, metrics_of(results)),
            ratings=tracked_ratings(results),
        )

    def log_finetuning(self, stage: StageContext) -> Transition:
        """Write a fine-tuning run that is part of no other, however long MLflow is away."""
        run = self._works.get(stage.spec["finetuning_run_id"], "finetuning")
        training: Mapping[str, Any] = run.spec["training"]
        try:
            mlflow_run_id = self._tracker.log_run(
                run.id,
                params={
                    **dict(_flat({k: v for k, v in training.items() if k not in _NO_PARAMETERS})),
                    "train_data": run.spec["train_data_path"],
                },
                metrics=intrinsic_metrics(run.result),
                tags={
                    "goldbrief.dataset_digest": run.spec["dataset_digest"],
                    "goldbrief.experiment": run.spec["experiment_path"],
                },
                artifacts={"request.json": _json(run.spec)},
                curves=self._curves(run.id),
                dataset=_rows_of(run),
            )
            if version := stage.spec["model_version"]:
                result = {**run.result, "model_version": version}
                self._register(training["register_to"], run.id, result)
        except TransientError as error:
            _log.warning("%s is not in MLflow yet: %s", run.id, error)
            return Later(_RETRY_S)
        return Finish(result={"mlflow_run_id": mlflow_run_id})

    def _register(self, model: str, run_id: str, training: Mapping[str, Any]) -> None:
        prefix = str(training.get("adapter_prefix", ""))
        self._tracker.register_adapter(
            model, str(training["model_version"]), run_id, {"goldbrief.adapter_prefix": prefix}
        )

    def _curves(self, finetuning_id: str) -> dict[str, Sequence[Mapping[str, float]]]:
        events = self._works.events(finetuning_id)
        return {
            "train": [event.data for event in events if event.type == "PROGRESS"],
            "held_out": [
                {"step": event.data["step"], "loss": event.data["held_out_loss"]}
                for event in events
                if event.type == "MEASURED"
            ],
        }


def _rows_of(run: Work) -> TrackedDataset:
    data = run.spec["training"]["train_data"]
    # the keys of what a client uploaded name its content
    digest = run.spec["dataset_digest"] or sha256_json(data)
    rows = run.result.get("estimate", {}).get("rows", 0)
    return TrackedDataset(run.spec["train_data_path"], digest, rows)


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode()
