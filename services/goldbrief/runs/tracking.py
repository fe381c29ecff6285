"""The last phase: a run's parameters, metrics, table and model go to MLflow, one way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from goldbrief.core.seams import ObjectStore
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Finish, Ledger, Transition
from goldbrief.platform.tracking import TrackedDataset, Tracker

TRACK_TASK = "runs.track"


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
        mlflow_run_id = self._tracker.log_pipeline_run(
            run_id,
            recipe=recipe,
            params=dict(_flat(recipe)),
            metrics=_metrics(results),
            tags={
                "goldbrief.dataset_digest": dataset["digest"],
                "goldbrief.style_version": str(stage.spec.get("style_version", "")),
                "goldbrief.judge": str(results.get("judge", "")),
                "goldbrief.label": str(promotion.get("label", "")),
                "goldbrief.promoted": str(promotion.get("promoted", False)),
            },
            artifacts={"report.html": self._store.get(evaluation["report_key"])},
            training_curve=self._curve(resources["finetune"]),
            dataset=TrackedDataset(
                dataset["name"], dataset["digest"], sum(dataset["rows"].values())
            ),
        )
        self._tracker.register_adapter(
            recipe["finetuning"]["register_to"],
            str(training["model_version"]),
            run_id,
            {"goldbrief.adapter_prefix": str(training.get("adapter_prefix", ""))},
        )
        return Finish(result={"mlflow_run_id": mlflow_run_id})

    def _curve(self, finetuning_id: str) -> list[dict[str, float]]:
        return [
            {key: value for key, value in event.data.items() if isinstance(value, int | float)}
            for event in self._works.events(finetuning_id)
            if event.type == "PROGRESS"
        ]


def _metrics(results: Mapping[str, Any]) -> dict[str, float]:
    means = {
        f"{system}/{metric}": value["mean"]
        for system, metrics in results.get("systems", {}).items()
        for metric, value in metrics.items()
        if value.get("mean") is not None
    }
    intrinsic = results.get("intrinsic") or {}
    numbers = {
        f"intrinsic/{name}": float(value)
        for name, value in intrinsic.items()
        if isinstance(value, int | float)
    }
    return {**means, **numbers}


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", inner
