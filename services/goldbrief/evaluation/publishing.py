"""Writes what an evaluation found: results, rows and the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from goldbrief.core.hashing import canonical_json
from goldbrief.core.judge_cards import headlines
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import IntrinsicEvaluation, TrainingEvent, events_prefix
from goldbrief.evaluation.consistency import measure_consistency
from goldbrief.evaluation.contests import Contest
from goldbrief.evaluation.history import changes_since
from goldbrief.evaluation.material import Material
from goldbrief.evaluation.report import Loss, render_pngs, render_report
from goldbrief.evaluation.results import Results, compute_results
from goldbrief.evaluation.rows import Row
from goldbrief.evaluation.speed import measure_speed
from goldbrief.evaluation.spreadsheets import results_csv, rows_csv
from goldbrief.platform.ledger import Work


def publish(store: ObjectStore, material: Material, before: Iterable[Work]) -> dict[str, Any]:
    """Compute the results and store everything under `evaluations/<id>/`.

    Args:
        store: Object store.
        material: The evaluation.
        before: Earlier evaluations, newest first.

    Returns:
        What the work's result says: `report_key`, `results_key`, `predictions_key`,
        `headline`, and the names of the `files` for people.
    """
    prefix = f"evaluations/{material.evaluation_id}/"
    results = _compute(store, material, before)
    charts = render_pngs(results, material.systems)
    files = {
        "predictions.jsonl": _lines(map(_prediction, material.rows)),
        "judgments.jsonl": _lines(_judgments(material.rows)),
        "comparisons.jsonl": _lines(map(_contest, material.contests)),
        "rows.csv": rows_csv(material.rows),
        **{f"{name}.png": png for name, png in charts.items()},
        **render(store, material, results),
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


def render(store: ObjectStore, material: Material, results: Mapping[str, Any]) -> dict[str, bytes]:
    """Write the files that tell the results.

    Args:
        store: Has the training's losses.
        material: The evaluation.
        results: Its results, with what people said by now.

    Returns:
        By name: report.html, report.json and results.csv.
    """
    document = {
        "evaluation": material.evaluation_id,
        "plan": material.plan.model_dump(),
        "results": results,
    }
    losses = _losses(store, material.plan.finetuning_run_id)
    return {
        "report.html": render_report(dict(results), material, losses).encode(),
        "report.json": canonical_json(document),
        "results.csv": results_csv(results),
    }


def _compute(store: ObjectStore, material: Material, before: Iterable[Work]) -> Results:
    plan, systems, rows = material.plan, material.systems, material.rows
    intrinsic = _intrinsic(store, plan.finetuning_run_id)
    results = compute_results(rows, systems, intrinsic, material.contests)
    repeated = {row.article.sha256 for row in material.repeats}
    firsts = [row for row in rows if row.article.sha256 in repeated]
    several = [*firsts, *material.repeats]
    cards = (row.judgment.card for row in rows if row.judgment)
    return {
        **results,
        "evaluation": material.evaluation_id,
        "speed": measure_speed(rows, systems),
        "consistency": measure_consistency(several, systems, plan.prompt.style),
        "since": changes_since(store, before, systems, rows),
        "concurrency": min(plan.concurrency, results["articles"]),
        "judge_cards": headlines(store, cards),
        "human": {},
        "reviews": None,
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


def _contest(contest: Contest) -> dict[str, Any]:
    comparison = contest.comparison.model_dump() if contest.comparison else {}
    return {
        "article": contest.article,
        "first": contest.first,
        "second": contest.second,
        "cause": contest.cause,
        **comparison,
    }


def _lines(records: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(canonical_json(record) + b"\n" for record in records)
