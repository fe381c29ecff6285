"""The first table: what the judge says, what people say, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from goldbrief.evaluation.metrics import CLOSENESS, FIGURES, LIKELIHOOD, QUALITY, Metric
from goldbrief.evaluation.report.markup import table
from goldbrief.evaluation.report.people import RATED
from goldbrief.evaluation.report.tables import cell
from goldbrief.evaluation.results import Results

_MEASURED = (FIGURES, CLOSENESS[0], LIKELIHOOD[0])


@dataclass(frozen=True, slots=True)
class _Group:
    """Columns under one head."""

    name: str
    heads: list[str]


def render_summary(results: Results, systems: Sequence[str]) -> str:
    """A row a system, by the three kinds of evidence.

    Args:
        results: See `publishing`.
        systems: Names; the last is compared with each other one.

    Returns:
        HTML; people are left out where none has rated anything.
    """
    found = results["systems"]
    measured = [m for m in _MEASURED if any(m.name in found[system] for system in systems)]
    won = _shares_won(results, systems[-1])
    people = results["human"]
    preferred = _shares_preferred(results, systems[-1]) if people else {}
    versus = f"Share won against {systems[-1]}"
    groups = [_Group("Judge", [QUALITY.label, *([versus] if won else [])])]
    if people:
        groups.append(_Group("People", [RATED.label, *([versus] if preferred else [])]))
    groups.append(_Group("Measured", [metric.label for metric in measured]))
    rows = []
    for system in systems:
        cells = [cell(found[system].get(QUALITY.name), QUALITY)]
        cells += [_share(won.get(system))] if won else []
        if people:
            cells.append(cell(people.get(system, {}).get("overall"), RATED))
            cells += [_share(preferred.get(system))] if preferred else []
        cells += [cell(found[system].get(metric.name), metric) for metric in measured]
        rows.append([escape(system), *cells])
    heads = [escape(head) for group in groups for head in group.heads]
    return table(["System", *heads], rows, [(group.name, len(group.heads)) for group in groups])


def _share(estimate: dict[str, Any] | None) -> str:
    return cell(estimate, Metric("", "", FIGURES.write, 1))


def _shares_won(results: Results, last: str) -> dict[str, dict[str, Any]]:
    """The share of articles on which the judge prefers each other system to the last."""
    return {
        pair.removeprefix(f"{last}-"): _turned(found["win_rate"])
        for pair, found in results["pairwise"].items()
        if found["win_rate"]
    }


def _shares_preferred(results: Results, last: str) -> dict[str, dict[str, Any]]:
    """The share of articles on which people prefer each other system to the last."""
    shares = {}
    for found in results["reviews"]["preferences"]:
        first, second, difference = found["first"], found["second"], found["difference"]
        if last in (first, second):
            share = {end: (1 + difference[end]) / 2 for end in ("mean", "low", "high")}
            other = second if first == last else first
            shares[other] = _turned(share) if first == last else share
    return shares


def _turned(share: dict[str, Any]) -> dict[str, Any]:
    """The same share, told of the other side."""
    return {"mean": 1 - share["mean"], "low": 1 - share["high"], "high": 1 - share["low"]}
