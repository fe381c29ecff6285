"""What changed since the evaluation before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.evaluation.metrics import FIGURES, QUALITY
from goldbrief.evaluation.rows import Row
from goldbrief.platform.ledger import Work
from goldbrief.platform.statistics import compare_paired, is_shown

_LOOKED_AT = 20
"""Earlier evaluations whose predictions are read, at most."""
_COMPARED = (QUALITY.name, "structure_valid", FIGURES.name)


def changes_since(
    store: ObjectStore, before: Iterable[Work], systems: Sequence[str], rows: Sequence[Row]
) -> dict[str, Any] | None:
    """Compare with the newest earlier evaluation of systems and articles that are here too.

    Args:
        store: Where its predictions are.
        before: Earlier evaluations, newest first.
        systems: Names of this evaluation.
        rows: Its rows.

    Returns:
        `evaluation`, and by system and metric the change (now less then) over the shared
        articles with its interval, `n` and whether it `is_shown`; None when there is none.
    """
    now = _values((row.system, row.article.sha256, row.metrics) for row in rows)
    for work in islice(before, _LOOKED_AT):
        key = work.result.get("predictions_key")
        if work.state != State.SUCCEEDED or not key:
            continue
        lines = [json.loads(line) for line in store.get(key).splitlines()]
        then = _values((line["system"], line["article"], line["metrics"]) for line in lines)
        changes = {system: _changes(now, then, system) for system in systems}
        if any(changes.values()):
            found = {system: change for system, change in changes.items() if change}
            return {"evaluation": work.id, "systems": found}
    return None


Values = dict[tuple[str, str], dict[str, float]]
"""System and metric to article to value."""


def _values(rows: Iterable[tuple[str, str, dict[str, float]]]) -> Values:
    values: Values = {}
    for system, article, metrics in rows:
        for metric in _COMPARED:
            if metric in metrics:
                values.setdefault((system, metric), {})[article] = metrics[metric]
    return values


def _changes(now: Values, then: Values, system: str) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {}
    for metric in _COMPARED:
        place = (system, metric)
        compared = compare_paired(now.get(place, {}), then.get(place, {}))
        if compared is not None:
            difference = compared.difference
            changes[metric] = {
                "change": difference.mean,
                "low": difference.low,
                "high": difference.high,
                "n": difference.n,
                "is_shown": is_shown(difference),
            }
    return changes
