"""Metrics that users write: functions from a row to a score, found by their entry points.

A package names them in the group `goldbrief.metrics`; see examples/custom-metric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

GROUP = "goldbrief.metrics"


@dataclass(frozen=True, slots=True)
class MetricRow:
    """What a metric is computed from."""

    article: str
    summary: str
    """Markdown as the system wrote it; may be empty."""
    persona: str
    reference: str
    """The summary that the article comes with; empty when there is none."""


UserMetric = Callable[[MetricRow], float]
"""More is better. May raise for a row that it cannot score, or return NaN: neither is counted."""


def score_row(row: MetricRow) -> tuple[dict[str, float], dict[str, str]]:
    """Compute all user-written metrics of a row.

    Args:
        row: The row.

    Returns:
        Scores by the entry point's name, and why others could not be had.
    """
    scores: dict[str, float] = {}
    failed: dict[str, str] = {}
    for name, metric in user_metrics().items():
        try:
            scores[name] = float(metric(row))
        except Exception as error:  # noqa: BLE001 - foreign code; its failure is told in the report
            failed[name] = f"{type(error).__name__}: {error}"
    return scores, failed


@cache
def user_metrics() -> dict[str, UserMetric]:
    """The installed metrics; one that cannot be imported fails on every row, saying why."""
    found: dict[str, UserMetric] = {}
    for entry in entry_points(group=GROUP):
        try:
            found[entry.name] = entry.load()
        except Exception as error:  # noqa: BLE001 - as above
            found[entry.name] = _broken(entry.value, error)
    return found


def _broken(where: str, error: Exception) -> UserMetric:
    def fail(_: MetricRow) -> float:
        raise ImportError(f"{where} cannot be loaded: {error}")

    return fail
