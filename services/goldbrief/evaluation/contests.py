"""Contests: the last system's summary of an article beside another's, for a judge to prefer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from goldbrief.core.documents import Candidate, Comparison, Preference
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.evaluation.heldout import EvaluationRow
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Item
from goldbrief.platform.statistics import estimate

_SIDES = ("first", "second")
_POINTS: dict[Preference, float] = {"first": 1.0, "tie": 0.5, "second": 0.0}


@dataclass(frozen=True, slots=True)
class Contest:
    """Two systems on one article, and what the judge said."""

    article: str
    """Its SHA-256."""
    first: str
    """Name of the last system."""
    second: str
    """Name of another."""
    comparison: Comparison | None
    """None where there were not two summaries, or the judge was never had."""
    is_met: bool
    """Whether there were two summaries."""
    cause: str
    """Why there is no comparison."""

    @property
    def points(self) -> float | None:
        """1 where the first is preferred, 0 where the second is, 0.5 for a tie; or None."""
        preferred = self.comparison.preferred if self.comparison else None
        return _POINTS[preferred] if preferred else None


def contest_item(row: EvaluationRow, first: int, second: int) -> dict[str, Any]:
    """Data of a contest's item: its article, and the items of the two summaries."""
    return {"article": row.article, "persona": row.persona, "first": first, "second": second}


def is_contest(data: Mapping[str, Any]) -> bool:
    """Whether an item is a contest, rather than a summary to write."""
    return "first" in data


def meet(store: ObjectStore, context: StageContext) -> Advance | None:
    """Have the two summaries of a contest compared.

    Args:
        store: Where they are.
        context: The contest's item.

    Returns:
        The next stage; None while one of them is still being written.

    Raises:
        FailedPreconditionError: One of them failed, or is empty.
    """
    keys: dict[str, str] = {}
    for side in _SIDES:
        (item,) = context.ledger.works.items(context.work_id, first=context.data[side], limit=1)
        key = item.data.get("candidate_key")
        if key is None and not State(item.state).is_terminal:
            return None
        if key is None or not Candidate.model_validate_json(store.get(key)).text.strip():
            raise FailedPreconditionError(
                f"{item.data['system']} has no summary of this article to compare.",
                reason="NOTHING_TO_COMPARE",
            )
        keys[f"{side}_key"] = key
    return Advance("compare", keys)


def read_contests(store: ObjectStore, items: Sequence[Item]) -> list[Contest]:
    """Read the contests among the ended items of an evaluation, in order."""
    systems = {item.index: item.data.get("system", "") for item in items}
    contests = (item for item in items if is_contest(item.data))
    return [_read(store, item, *(systems[item.data[side]] for side in _SIDES)) for item in contests]


def _read(store: ObjectStore, item: Item, first: str, second: str) -> Contest:
    key = item.data.get("comparison_key")
    comparison = Comparison.model_validate_json(store.get(key)) if key else None
    cause = item.cause["message"] if item.cause else ""
    if comparison and comparison.preferred is None:
        cause = comparison.rationale
    return Contest(
        article=item.data["article"],
        first=first,
        second=second,
        comparison=comparison,
        is_met="first_key" in item.data,
        cause=cause,
    )


def tally(contests: Sequence[Contest]) -> dict[str, Any]:
    """Count what the judge prefers.

    Args:
        contests: Of the same two systems.

    Returns:
        `wins`, `ties` and `losses` of the first; `swayed`, the ties among them at which the judge
        prefers another in the other order; `failures`, where it gave no answer that could be read;
        `unmet`, where there were not two summaries; and `win_rate` with its interval over
        articles, a tie counting half, None without any answer.
    """
    met = [contest for contest in contests if contest.is_met]
    points = [contest.points for contest in met if contest.points is not None]
    counts = Counter(points)
    compared = [contest.comparison for contest in met if contest.comparison]
    return {
        "wins": counts[_POINTS["first"]],
        "ties": counts[_POINTS["tie"]],
        "losses": counts[_POINTS["second"]],
        "swayed": sum(1 for one in compared if one.preferred == "tie" and not one.is_consistent),
        "failures": len(met) - len(points),
        "unmet": len(contests) - len(met),
        "win_rate": asdict(estimate(points)) if points else None,
    }
