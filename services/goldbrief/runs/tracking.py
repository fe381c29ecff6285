"""What ended goes to MLflow, one way: a run as its last phase, and fine-tuning outside of runs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goldbrief.core.errors import TransientError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Finish, Later, Ledger, Transition, Work
from goldbrief.platform.tracking import TrackedDataset, Tracker

TRACK_TASK = "runs.track"
TRACK_FINETUNING_TASK = "runs.track_finetuning"
"""The finetuning service asks for it, see `finetuning.mirroring`."""
_RETRY_S = 60.0
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
        dataset, training, evaluation = (
            self._works.get(resources[phase]).result for phase in ("curate", "finetune", "evaluate")
        )
        results = json.loads(self._store.get(evaluation["results_key"]))
        promotion = self._works.get(resources["promote"]).result
        mlflow_run_id = self._tracker.log_run(
            run_id,
            params=dict(_flat(recipe)),
            metrics=_metrics(results),
            tags={
                "goldbrief.dataset_digest": dataset["digest"],
                "goldbrief.style_version": str(stage.spec.get("style_version", "")),
                "goldbrief.judge": str(results.get("judge", "")),
                "goldbrief.label": str(promotion.get("label", "")),
                "goldbrief.promoted": str(promotion.get("promoted", False)),
            },
            artifacts={
                "recipe.json": _json(recipe),
                **self._files(evaluation),
            },
            curves=self._curves(resources["finetune"]),
            dataset=TrackedDataset(
                dataset["name"], dataset["digest"], sum(dataset["rows"].values())
            ),
        )
        self._register(recipe["finetuning"]["register_to"], run_id, training)
        return Finish(result={"mlflow_run_id": mlflow_run_id})

    def _files(self, evaluation: Mapping[str, Any]) -> dict[str, bytes]:
        """The files of an evaluation: its report, tables, rows and charts."""
        report: str = evaluation["report_key"]
        names = evaluation.get("files", ["report.html"])
        return {name: self._store.get(report.replace("report.html", name)) for name in names}

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
                metrics=_intrinsic(run.result),
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


def _metrics(results: Mapping[str, Any]) -> dict[str, float]:
    means = {
        f"{system}/{metric}": value["mean"]
        for system, metrics in results.get("systems", {}).items()
        for metric, value in metrics.items()
        if value.get("mean") is not None
    }
    human = {
        f"human/{system}/{criterion}": value["mean"]
        for system, criteria in results.get("human", {}).items()
        for criterion, value in criteria.items()
    }
    return {**means, **_pairwise(results), **human, **_intrinsic(results)}


def _pairwise(results: Mapping[str, Any]) -> dict[str, float]:
    """Win rates and counts of what the judge compared side by side."""
    found: dict[str, float] = {}
    for pair, of in results.get("pairwise", {}).items():
        rate = of["win_rate"] or {}
        ends = {f"win_rate_{end}": rate[end] for end in ("low", "high") if end in rate}
        counts = {name: value for name, value in of.items() if name != "win_rate"}
        mean = {"win_rate": rate["mean"]} if rate else {}
        for name, value in {**mean, **ends, **counts}.items():
            found[f"pairwise/{pair}/{name}"] = float(value)
    return found


def _intrinsic(results: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"intrinsic/{name}": float(value)
        for name, value in (results.get("intrinsic") or {}).items()
        if isinstance(value, int | float)
    }


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode()
