"""What an evaluation's results and report are made of, read back from its items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.evaluation.contests import Contest, is_contest, read_contests
from goldbrief.evaluation.evaluations import read_plan
from goldbrief.evaluation.rows import Row, RowReader
from goldbrief.platform.ledger import Item, Work, WorkFacts


@dataclass(frozen=True, slots=True)
class Material:
    """An evaluation whose summaries are written and judged."""

    evaluation_id: str
    plan: EvaluationPlan
    systems: Sequence[str]
    """Names; the last is compared with each other one."""
    rows: Sequence[Row]
    """One an article and system."""
    repeats: Sequence[Row]
    """Further writings of some of the articles."""
    contests: Sequence[Contest]


def read_material(
    store: ObjectStore, embedder: Embedder, work: Work | WorkFacts, items: Sequence[Item]
) -> Material:
    """Read what is known of an evaluation; what was deleted since is left out.

    Args:
        store: Where its objects are.
        embedder: Measures the summaries whose judgment failed.
        work: The evaluation.
        items: All of it, ended.

    Returns:
        The material.

    Raises:
        TransientError: The embedder is away.
    """
    plan = read_plan(store, work.spec["plan_key"])
    kept = {sha256 for sha256 in _articles(items) if store.exists(article_key(sha256))}
    written = [item for item in items if not is_contest(item.data) and item.data["article"] in kept]
    rows = RowReader(store, embedder).read_all(written, plan.prompt.style)
    return Material(
        evaluation_id=work.id,
        plan=plan,
        systems=[system["name"] for system in work.spec["systems"]],
        rows=[row for row in rows if not row.repeat],
        repeats=[row for row in rows if row.repeat],
        contests=read_contests(store, items),
    )


def _articles(items: Sequence[Item]) -> set[str]:
    return {item.data["article"] for item in items}
