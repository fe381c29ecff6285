"""An evaluation as MLflow shows it: its summaries with what was found of them, data and models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from goldbrief.core.hashing import sha256_json
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.platform.ledger import Work
from goldbrief.platform.tracking import (
    TrackedAssessment,
    TrackedDataset,
    TrackedModel,
    TrackedRatings,
    TrackedSummary,
)

_OFFLINE = "offline"
_MEASURED = (
    "structure_valid", "figures_supported", "figure_coverage", "length_fit", "repeated_items",
    "rougeLsum", "similarity", "bits_per_byte",
)  # fmt: skip
"""Metrics that are told as assessments; all are in predictions.jsonl."""
_PREFERRED = {"first": "yes", "second": "no", "tie": "tie"}
_HELD_OUT = ("eval", "golden")


def read_results(store: ObjectStore, evaluation: Work) -> dict[str, Any]:
    """The results of a finished evaluation."""
    return dict(json.loads(store.get(evaluation.result["results_key"])))


def read_files(store: ObjectStore, evaluation: Work) -> dict[str, bytes]:
    """The files of an evaluation: its report, tables, rows and charts."""
    report: str = evaluation.result["report_key"]
    names = evaluation.result.get("files", ["report.html"])
    return {name: store.get(report.replace("report.html", name)) for name in names}


def metrics_of(results: Mapping[str, Any]) -> dict[str, float]:
    """Means by system and metric, what was preferred, and training's own measures."""
    means = {
        f"{system}/{metric}": value["mean"]
        for system, metrics in results.get("systems", {}).items()
        for metric, value in metrics.items()
        if value.get("mean") is not None
    }
    return {**means, **_pairwise(results), **intrinsic_metrics(results)}


def intrinsic_metrics(results: Mapping[str, Any]) -> dict[str, float]:
    """Training's own measures."""
    return {
        f"intrinsic/{name}": float(value)
        for name, value in (results.get("intrinsic") or {}).items()
        if isinstance(value, int | float)
    }


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


def tracked_ratings(results: Mapping[str, Any]) -> TrackedRatings | None:
    """What people said of an evaluation; of programs alone, it is told apart by its name."""
    reviews = results.get("reviews")
    if not reviews:
        return None
    of = "simulated" if reviews["simulated"] else "human"
    means = {
        f"{of}/{system}/{name}": value["mean"]
        for system, criteria in reviews["systems"].items()
        for name, value in criteria.items()
    }
    won = {f"{of}/{system}/preferred": value["mean"] for system, value in reviews["won"].items()}
    alphas = {
        f"{of}/alpha/{name}": value["mean"] for name, value in reviews["agreement"]["alpha"].items()
    }
    counts = {f"{of}/{name}": float(reviews[name]) for name in ("pairs", "ratings", "raters")}
    return TrackedRatings({**means, **won, **alphas, **counts}, reviews["last_time"])


def evaluated_data(store: ObjectStore, evaluation: Work, articles: int) -> TrackedDataset:
    """What was summarized: held-out rows of a dataset version, or articles given."""
    plan = EvaluationPlan.model_validate_json(store.get(evaluation.spec["plan_key"]))
    if plan.given:
        digest = sha256_json([one.model_dump() for one in plan.given])
        return TrackedDataset("articles", digest, articles)
    files = json.loads(store.get(f"{plan.dataset_prefix}manifest.json"))["files"]
    digest = sha256_json([files.get(f"{name}.jsonl") for name in _HELD_OUT])
    name = plan.dataset_prefix.removeprefix("datasets/").strip("/")
    return TrackedDataset(f"{name} held out", digest, articles)


def tracked_models(evaluation: Work, metrics: Mapping[str, float]) -> list[TrackedModel]:
    """The registered versions among the systems of an evaluation, each with its metrics."""
    models = []
    for system in evaluation.spec["systems"]:
        name, _, version = system["adapter"].rpartition("--")
        prefix = f"{system['name']}/"
        own = {metric: value for metric, value in metrics.items() if metric.startswith(prefix)}
        if name:
            models.append(TrackedModel(system["name"], name, version, own))
    return models


def tracked_summaries(files: Mapping[str, bytes]) -> list[TrackedSummary]:
    """The summaries of an evaluation.

    Args:
        files: Of the evaluation, see `read_files`, perhaps with people's ratings.jsonl.

    Returns:
        One an article and system.
    """
    judged = {(one["system"], one["article"]): one for one in _lines(files, "judgments.jsonl")}
    contests: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in _lines(files, "comparisons.jsonl"):
        contests.setdefault((one["first"], one["article"]), []).append(one)
    ratings: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for one in _lines(files, "ratings.jsonl"):
        ratings.setdefault((one["system"], one["article"], one["persona"]), []).append(one)
    found = []
    for row in _lines(files, "predictions.jsonl"):
        place = (row["system"], row["article"])
        assessments = [
            *_verdict(judged.get(place), row["cause"]),
            *_grades(judged.get(place, {}).get("grades")),
            *_measures(row["metrics"]),
            *(_preference(one) for one in contests.get(place, ())),
            *(said for one in ratings.get((*place, row["persona"]), ()) for said in _ratings(one)),
        ]
        found.append(_summary(row, assessments))
    return found


def _summary(row: Mapping[str, Any], assessments: Sequence[TrackedAssessment]) -> TrackedSummary:
    return TrackedSummary(
        key=f"{row['system']}/{row['article']}/{row['persona']}",
        system=row["system"],
        article=row["article_uri"] or row["article"],
        persona=row["persona"],
        text=row["summary"],
        seconds=row["metrics"].get("latency_s", 0.0),
        facts={"article_sha256": row["article"]},
        assessments=assessments,
    )


def _verdict(judgment: Mapping[str, Any] | None, cause: str) -> Iterator[TrackedAssessment]:
    if judgment is None:
        yield TrackedAssessment(
            "judge_overall", None, "judge", "none", error=cause or "Not judged."
        )
        return
    judge, overall = judgment["judge"], judgment["overall"]
    source = _source(judge)
    error = "" if overall is not None else judgment["rationale"] or "The judge failed to answer."
    rationale = judgment["rationale"] if overall is not None else ""
    yield TrackedAssessment("judge_overall", overall, source, judge, rationale, error)
    for dimension, score in judgment["scores"].items():
        yield TrackedAssessment(f"judge_{dimension}", score, source, judge)


def _grades(graded: Mapping[str, Any] | None) -> Iterator[TrackedAssessment]:
    if graded is None:
        return
    for name, grade in graded["grades"].items():
        if not grade["state"]:
            continue  # it was not asked for
        judge, said, score = graded["judge"], grade["justification"], grade["score"]
        error = said or "It could not be read."
        yield TrackedAssessment(
            name, score, _source(judge), judge,
            *(("", error) if score is None else (said,)),
        )  # fmt: skip


def _measures(metrics: Mapping[str, float]) -> Iterator[TrackedAssessment]:
    for name in _MEASURED:
        if name in metrics:
            yield TrackedAssessment(name, metrics[name], "measure", "goldbrief")


def _preference(contest: Mapping[str, Any]) -> TrackedAssessment:
    """What the judge says of a summary of the last system beside another's."""
    name, judge = f"preferred_to_{contest['second']}", contest.get("judge", "none")
    preferred = contest.get("preferred")
    if preferred is None:
        error = contest["cause"] or "The judge failed to answer."
        return TrackedAssessment(name, None, _source(judge), judge, error=error)
    value = _PREFERRED[preferred]
    return TrackedAssessment(name, value, _source(judge), judge, contest["rationale"])


def _ratings(rating: Mapping[str, Any]) -> Iterator[TrackedAssessment]:
    """What somebody says of a summary beside another."""
    by, comment, occasion = rating["by"], rating["comment"], rating["occasion"]
    # MLflow knows people, judges and programs; these are programs
    source: Literal["measure", "person"] = "measure" if rating["simulated"] else "person"

    def said(name: str, value: float | str, comment: str = "") -> TrackedAssessment:
        return TrackedAssessment(name, value, source, by, comment, occasion=occasion)

    for criterion, score in rating["scores"].items():
        yield said(criterion, score)
    if rating["wrong"]:
        yield said("wrong_sentences", len(rating["wrong"]))
    name = f"{'decided' if rating['decision'] else 'preferred'}_to_{rating['beside']}"
    yield said(name, rating["preferred"], comment)


def _source(judge: str) -> Any:
    return "measure" if judge.startswith(_OFFLINE) else "judge"


def _lines(files: Mapping[str, bytes], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files.get(name, b"").splitlines()]
