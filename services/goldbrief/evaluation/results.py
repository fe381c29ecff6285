"""Results of an evaluation: means, intervals, paired comparisons and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from goldbrief.core.training import IntrinsicEvaluation
from goldbrief.evaluation.contests import Contest, tally
from goldbrief.evaluation.headline import is_offline, write_headline
from goldbrief.evaluation.metrics import FIGURES, PREFERENCE, QUALITY, metric_named
from goldbrief.evaluation.rows import Row
from goldbrief.evaluation.slices import slice_rows
from goldbrief.platform.statistics import (
    CONFIDENCE,
    PairedComparison,
    compare_paired,
    estimate,
    holm,
    is_shown,
    pairs_needed,
)

MAX_MISSING_VERDICTS = 0.2
"""Share of a system's verdicts that may be missing before the results count as incomplete."""
_SLICED = (QUALITY.name, FIGURES.name)

Results = dict[str, Any]
"""What `results.json` holds: see `compute_results`."""
Values = dict[str, dict[str, float]]
"""Metric to article to value; what is missing is left out, never counted as zero."""


def compute_results(
    rows: Sequence[Row],
    systems: Sequence[str],
    intrinsic: IntrinsicEvaluation | None,
    contests: Sequence[Contest] = (),
) -> Results:
    """Compute the results.

    Args:
        rows: One an article and system.
        systems: Their names; the last is compared with each other one.
        intrinsic: The training run's own evaluation, if there is one.
        contests: Summaries of the last system that a judge compared with another's.

    Returns:
        `articles`, `judge`, `calibrated`, `judge_cards` (their keys), `label`, `incomplete`;
        `failures` (system to missing summaries and verdicts); `unmeasured` (system, metric, `n`
        and `why`); `systems` (system, metric, mean with interval); `paired` (`<last>-<other>`,
        metric, see `_compare`); `pairwise` (`<last>-<other>`, see `contests.tally`); `slices`;
        `intrinsic`; and `headline`, the one sentence that the numbers allow.
    """
    judged = [row.judgment for row in rows if row.judgment is not None]
    judge = ", ".join(sorted({judgment.judge for judgment in judged})) or "none"
    failures = {name: _failures(rows, name) for name in systems}
    against = _against(contests)
    for name, of in against.items():
        if lost := tally(of)["failures"]:
            failures[name]["comparisons"] = lost
    articles = len({row.article.sha256 for row in rows})
    values = {name: _values(rows, name) for name in systems}
    results: Results = {
        "articles": articles,
        "judge": judge,
        "calibrated": bool(judged) and all(judgment.calibrated for judgment in judged),
        "judge_cards": sorted({judgment.card for judgment in judged if judgment.card}),
        "label": "demonstration" if not judged or is_offline(judge) else "production",
        "incomplete": any(
            missing[what] > MAX_MISSING_VERDICTS * articles
            for missing in failures.values()
            for what in ("verdicts", "grades", "comparisons")
            if what in missing
        ),
        "failures": failures,
        "unmeasured": {name: _unmeasured(rows, name) for name in systems},
        "systems": {name: _estimates(of) for name, of in values.items()},
        "paired": _paired(values, against),
        "pairwise": {f"{systems[-1]}-{name}": tally(of) for name, of in against.items()},
        "slices": _slices(rows, systems),
        "intrinsic": intrinsic.model_dump() if intrinsic else None,
    }
    return {**results, "headline": write_headline(results, systems)}


def _failures(rows: Sequence[Row], system: str) -> dict[str, int]:
    own = [row for row in rows if row.system == system]
    failures = {
        "summaries": sum(1 for row in own if row.candidate is None),
        "verdicts": sum(1 for row in own if QUALITY.name not in row.metrics),
    }
    unread = sum(1 for row in own if _is_unread(row))
    return {**failures, "grades": unread} if unread else failures


def _is_unread(row: Row) -> bool:
    """Whether some grade of MLflow's metrics could not be read."""
    grades = row.grades.grades.values() if row.grades else ()
    return any(grade.state == "unreadable" for grade in grades)


def _unmeasured(rows: Sequence[Row], system: str) -> dict[str, dict[str, Any]]:
    """Metrics that some summaries have no value of: how many, and why the first has none."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.system == system:
            for metric, why in row.unmeasured.items():
                found.setdefault(metric, {"n": 0, "why": why})["n"] += 1
    return found


def _values(rows: Sequence[Row], system: str) -> Values:
    metrics: Values = {}
    for row in rows:
        if row.system == system:
            for name, value in row.metrics.items():
                metrics.setdefault(name, {})[row.article.sha256] = value
    return metrics


def _estimates(values: Values) -> dict[str, dict[str, float]]:
    return {metric: asdict(estimate(list(of.values()))) for metric, of in values.items()}


def _against(contests: Sequence[Contest]) -> dict[str, list[Contest]]:
    """Contests by the system that the last one met."""
    found: dict[str, list[Contest]] = {}
    for contest in contests:
        found.setdefault(contest.second, []).append(contest)
    return found


def _paired(
    values: Mapping[str, Values], against: Mapping[str, Sequence[Contest]] = MappingProxyType({})
) -> dict[str, dict[str, dict[str, Any]]]:
    """Compare the last system with each other one."""
    *others, last = values
    return {
        f"{last}-{name}": _compare(values[last], values[name], against.get(name, ()))
        for name in others
    }


def _compare(
    first: Values, second: Values, contests: Sequence[Contest]
) -> dict[str, dict[str, Any]]:
    """Compare two systems on each metric that both have, corrected for asking several questions.

    What the judge prefers is one of them: articles won less articles lost, as a share. The
    headline's question is asked first and by itself; the other metrics that have a better side
    share Holm's correction. A verdict needs an interval without zero, enough pairs and a
    corrected p value that is small enough.
    """
    compared = {metric: compare_paired(first[metric], second.get(metric, {})) for metric in first}
    points = {one.article: one.points for one in contests if one.points is not None}
    preferred = {article: 2 * value - 1 for article, value in points.items()}
    compared[PREFERENCE.name] = compare_paired(preferred, dict.fromkeys(preferred, 0.0))
    found = {metric: of for metric, of in compared.items() if of is not None}
    asked = {m: of.p_value for m, of in found.items() if metric_named(m).better}
    headline = {QUALITY.name: asked.pop(QUALITY.name)} if QUALITY.name in asked else {}
    adjusted = {**headline, **holm(asked)}
    return {metric: _comparison(metric, of, adjusted.get(metric)) for metric, of in found.items()}


def _comparison(metric: str, of: PairedComparison, adjusted: float | None) -> dict[str, Any]:
    difference = of.difference
    verdict = ""
    if adjusted is not None:
        verdict = "none shown"
        if is_shown(difference) and adjusted <= 1 - CONFIDENCE:
            verdict = "better" if difference.mean * metric_named(metric).better > 0 else "worse"
    return {
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
        "n": difference.n,
        "verdict": verdict,
        "p": of.p_value,
        "p_adjusted": adjusted,
        "effect": of.effect,
        "wins": of.wins,
        "ties": of.ties,
        "losses": of.losses,
        "deviation": of.deviation,
        "articles_needed": pairs_needed(difference.mean, of.deviation),
    }


def _slices(rows: Sequence[Row], systems: Sequence[str]) -> list[dict[str, Any]]:
    """The judge's score and the figures by kind of article; see `slice_rows`."""
    slices = []
    for by, name, part in slice_rows(rows):
        values = {system: _values(part, system) for system in systems}
        few = {
            system: {metric: of[metric] for metric in _SLICED if metric in of}
            for system, of in values.items()
        }
        slices.append(
            {
                "by": by,
                "slice": name,
                "articles": len({row.article.sha256 for row in part}),
                "systems": {system: _estimates(of) for system, of in few.items()},
                "paired": _paired(few),
            }
        )
    return slices
