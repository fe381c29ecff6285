"""Results and rows as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from goldbrief.evaluation.rows import Row


def results_csv(results: Mapping[str, Any]) -> bytes:
    """Means and differences with their intervals, a line each."""
    lines: list[dict[str, Any]] = []
    for system, metrics in results["systems"].items():
        lines += [{"of": system, "metric": metric, **of} for metric, of in metrics.items()]
    for pair, metrics in results["paired"].items():
        for metric, found in metrics.items():
            mean = {"mean": found["difference"]}
            lines.append({"of": pair, "metric": metric, **mean, **found})
    for pair, found in results["pairwise"].items():
        if found["win_rate"]:
            lines.append({"of": pair, "metric": "win_rate", **found["win_rate"]})
    for system, criteria in results["human"].items():
        lines += [{"of": system, "metric": f"human/{name}", **of} for name, of in criteria.items()]
    columns = ("of", "metric", "mean", "low", "high", "n", "verdict", "p", "p_adjusted", "effect")
    return _csv(columns, lines)


def rows_csv(rows: Sequence[Row]) -> bytes:
    """The metrics of each summary, a line each; what is missing is left empty."""
    metrics = sorted({name for row in rows for name in row.metrics})
    lines = (
        {
            "system": row.system,
            "article": row.article.uri or row.article.sha256,
            "persona": row.persona,
            "cause": row.cause,
            **row.metrics,
        }
        for row in rows
    )
    return _csv(("system", "article", "persona", *metrics, "cause"), lines)


def _csv(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in line.items()} for line in lines)
    return text.getvalue().encode()


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, quoted so that it does not."""
    return (
        f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value
    )
