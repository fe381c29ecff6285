"""Results of an evaluation: means, intervals, paired differences, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from goldbrief.core.training import IntrinsicEvaluation
from goldbrief.evaluation.rows import Row
from goldbrief.platform.statistics import (
    MIN_PAIRS,
    Estimate,
    estimate,
    is_shown,
    paired_difference,
)

MAX_MISSING_VERDICTS = 0.2
"""Share of a system's verdicts that may be missing before the results count as incomplete."""
_OFFLINE = "offline"

Results = dict[str, Any]
"""What `results.json` holds: see `compute_results`."""


def compute_results(
    rows: Sequence[Row], systems: Sequence[str], intrinsic: IntrinsicEvaluation | None
) -> Results:
    """Compute the results.

    Args:
        rows: One an article and system.
        systems: Their names; the last is compared with each other one.
        intrinsic: The training run's own evaluation, if there is one.

    Returns:
        `articles`, `judge`, `calibrated`, `judge_cards` (their keys), `label`, `incomplete`;
        `failures` (system to missing summaries and verdicts); `systems` (system, metric, mean with
        interval);
        `paired` (`<last>-<other>`, metric, difference with interval); `intrinsic`; and
        `headline`, the one sentence that the numbers allow.
    """
    judged = [row.judgment for row in rows if row.judgment is not None]
    judge = ", ".join(sorted({judgment.judge for judgment in judged})) or "none"
    failures = {name: _failures(rows, name) for name in systems}
    articles = len({row.article.sha256 for row in rows})
    values = {name: _by_metric(rows, name) for name in systems}
    *others, last = systems
    results: Results = {
        "articles": articles,
        "judge": judge,
        "calibrated": bool(judged) and all(judgment.calibrated for judgment in judged),
        "judge_cards": sorted({judgment.card for judgment in judged if judgment.card}),
        "label": "demonstration" if not judged or is_offline(judge) else "production",
        "incomplete": any(
            missing["verdicts"] > MAX_MISSING_VERDICTS * articles for missing in failures.values()
        ),
        "failures": failures,
        "systems": {
            name: {metric: asdict(estimate(list(of.values()))) for metric, of in metrics.items()}
            for name, metrics in values.items()
        },
        "paired": {f"{last}-{name}": _paired(values[last], values[name]) for name in others},
        "intrinsic": intrinsic.model_dump() if intrinsic else None,
    }
    return {**results, "headline": _headline(results, last, others)}


def is_offline(judge: str) -> bool:
    """Whether a judge, or one of several, is an offline one."""
    return any(name.startswith(_OFFLINE) for name in judge.split(", "))


def _failures(rows: Sequence[Row], system: str) -> dict[str, int]:
    own = [row for row in rows if row.system == system]
    return {
        "summaries": sum(1 for row in own if row.candidate is None),
        "verdicts": sum(1 for row in own if "judge_overall" not in row.metrics),
    }


def _by_metric(rows: Sequence[Row], system: str) -> dict[str, dict[str, float]]:
    """Metric to article to value; what is missing is left out, never counted as zero."""
    metrics: dict[str, dict[str, float]] = {}
    for row in rows:
        if row.system == system:
            for name, value in row.metrics.items():
                metrics.setdefault(name, {})[row.article.sha256] = value
    return metrics


def _paired(
    first: dict[str, dict[str, float]], second: dict[str, dict[str, float]]
) -> dict[str, dict[str, float]]:
    differences = {
        metric: paired_difference(first[metric], second[metric])
        for metric in first
        if metric in second
    }
    return {
        metric: {"difference": d.mean, "low": d.low, "high": d.high, "n": d.n}
        for metric, d in differences.items()
        if d is not None
    }


def difference_of(results: Results, pair: str, metric: str) -> Estimate | None:
    """The paired difference of a metric, e.g. of `tuned-base`; None when there is none."""
    found = results["paired"][pair].get(metric)
    if found is None:
        return None
    return Estimate(found["difference"], found["low"], found["high"], found["n"])


def _headline(results: Results, last: str, others: Sequence[str]) -> str:
    own = results["systems"][last].get("judge_overall")
    if own is None:
        return f"No verdict: the judge gave no score to {last}."
    judge = "the offline judge" if is_offline(results["judge"]) else "the judge"
    start = f"{last} scored {own['mean']:.1f} of 5 by {judge} on {_articles(own['n'])}"
    found = [_comparison(results, last, name) for name in others]
    if own["n"] < MIN_PAIRS:
        found = [_score(results, name) for name in others]
        found.append(f"fewer than {MIN_PAIRS} articles allow no verdict")
    sentence = f"{start}{': ' if found else ''}{'; '.join(found)}"
    return f"{sentence}; verdicts are missing." if results["incomplete"] else f"{sentence}."


def _score(results: Results, system: str) -> str:
    own = results["systems"][system].get("judge_overall")
    return f"{system} {own['mean']:.1f}" if own else f"{system} has no score"


def _comparison(results: Results, last: str, other: str) -> str:
    difference = difference_of(results, f"{last}-{other}", "judge_overall")
    if difference is None:
        return f"not comparable with {other}"
    if not is_shown(difference):
        return f"no difference from {other} shown with {_articles(difference.n)}"
    word = "better" if difference.mean > 0 else "worse"
    return (
        f"{word} than {other} by {abs(difference.mean):.1f} "
        f"(95% interval {difference.low:+.1f} to {difference.high:+.1f})"
    )


def _articles(n: int) -> str:
    return "1 article" if n == 1 else f"{n} articles"
