"""Writes what an evaluation found: results, rows and the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from goldbrief.core.hashing import canonical_json
from goldbrief.core.judge_cards import headlines
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import IntrinsicEvaluation, TrainingEvent, events_prefix
from goldbrief.evaluation.consistency import measure_consistency
from goldbrief.evaluation.history import changes_since
from goldbrief.evaluation.report import Loss, render_pngs, render_report
from goldbrief.evaluation.results import compute_results
from goldbrief.evaluation.rows import Row
from goldbrief.evaluation.speed import measure_speed
from goldbrief.evaluation.spreadsheets import results_csv, rows_csv
from goldbrief.platform.ledger import Work


def publish(
    store: ObjectStore,
    evaluation_id: str,
    plan: EvaluationPlan,
    systems: Sequence[str],
    rows: Sequence[Row],
    before: Iterable[Work] = (),
) -> dict[str, Any]:
    """Compute the results and store everything under `evaluations/<id>/`.

    Args:
        store: Object store.
        evaluation_id: Which.
        plan: What was asked for.
        systems: Names; the last is compared with each other one.
        rows: All rows, those of repeats too.
        before: Earlier evaluations, newest first.

    Returns:
        What the work's result says: `report_key`, `results_key`, `predictions_key`,
        `headline`, and the names of the `files` for people.
    """
    prefix = f"evaluations/{evaluation_id}/"
    repeated = {row.article.sha256 for row in rows if row.repeat}
    several = [row for row in rows if row.article.sha256 in repeated]
    rows = [row for row in rows if not row.repeat]
    results = compute_results(rows, systems, _intrinsic(store, plan.finetuning_run_id))
    results["speed"] = measure_speed(rows, systems)
    results["consistency"] = measure_consistency(several, systems, plan.prompt.style)
    results["since"] = changes_since(store, before, systems, rows)
    results["concurrency"] = min(plan.concurrency, results["articles"])
    cards = (row.judgment.card for row in rows if row.judgment)
    results["judge_cards"] = headlines(store, cards)
    losses = _losses(store, plan.finetuning_run_id)
    document = {"evaluation": evaluation_id, "plan": plan.model_dump(), "results": results}
    files = {
        "predictions.jsonl": _lines(_prediction(row) for row in rows),
        "judgments.jsonl": _lines(_judgments(rows)),
        "report.json": canonical_json(document),
        "results.csv": results_csv(results),
        "rows.csv": rows_csv(rows),
        **{f"{name}.png": png for name, png in render_pngs(results, systems).items()},
        "report.html": render_report(results, systems, rows, losses).encode(),
    }
    for name, data in files.items():
        store.put(prefix + name, data)
    store.put(f"{prefix}results.json", canonical_json(results))
    return {
        "report_key": f"{prefix}report.html",
        "results_key": f"{prefix}results.json",
        "predictions_key": f"{prefix}predictions.jsonl",
        "headline": results["headline"],
        "files": sorted(files),
    }


def _intrinsic(store: ObjectStore, run_id: str) -> IntrinsicEvaluation | None:
    key = f"runs/{run_id}/eval.json"
    if not run_id or not store.exists(key):
        return None
    return IntrinsicEvaluation.model_validate_json(store.get(key))


def _losses(store: ObjectStore, run_id: str) -> list[Loss]:
    """Training loss by step; a step that was trained again after an interruption counts once."""
    if not run_id:
        return []
    events = (
        TrainingEvent.model_validate_json(store.get(key))
        for key in store.list(events_prefix(run_id))
    )
    progress = (event.data for event in events if event.type == "PROGRESS")
    by_step = {int(data["step"]): float(data["loss"]) for data in progress}
    return [Loss(step, loss) for step, loss in sorted(by_step.items())]


def _prediction(row: Row) -> dict[str, Any]:
    return {
        "system": row.system,
        "article": row.article.sha256,
        "article_uri": row.article.uri,
        "persona": row.persona,
        "summary": row.candidate.text if row.candidate else None,
        "target": row.target.text,
        "target_origin": row.target.origin,
        "metrics": row.metrics,
        "problems": row.measurement.problems if row.measurement else (),
        "cause": row.cause,
    }


def _judgments(rows: Sequence[Row]) -> Iterable[dict[str, Any]]:
    for row in rows:
        if row.judgment is not None:
            place = {"system": row.system, "article": row.article.sha256}
            graded = {"grades": row.grades.model_dump()} if row.grades else {}
            yield {**place, **row.judgment.model_dump(), **graded}


def _lines(records: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(canonical_json(record) + b"\n" for record in records)
