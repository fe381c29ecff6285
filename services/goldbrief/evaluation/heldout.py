"""Which held-out rows of a dataset version an evaluation uses."""

from __future__ import annotations

from collections.abc import Iterable

from goldbrief.core.documents import Pair
from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore


def choose_rows(store: ObjectStore, plan: EvaluationPlan) -> list[Pair]:
    """Choose one held-out row an article: golden ones in their order, then others by the seed.

    Args:
        store: Where the dataset version is.
        plan: Names it and limits the articles.

    Returns:
        At most `plan.articles` rows; the same plan gives the same rows.

    Raises:
        NotFoundError: There is no such dataset version.
        FailedPreconditionError: It holds nothing out.
    """
    golden_key, eval_key = (f"{plan.dataset_prefix}{name}.jsonl" for name in ("golden", "eval"))
    if not store.exists(eval_key):
        raise NotFoundError(
            f"There is no dataset version at {plan.dataset_prefix!r}.", reason="DATASET_NOT_FOUND"
        )
    golden = _read(store, golden_key) if store.exists(golden_key) else []
    others = sorted(_read(store, eval_key), key=lambda row: _draw(row, plan.seed))
    rows = _one_an_article([*golden, *others])[: plan.articles]
    if not rows:
        raise FailedPreconditionError(
            f"The dataset version at {plan.dataset_prefix!r} holds no rows out.",
            reason="NO_EVALUATION_ROWS",
            remedy="Make a version with eval_pairs of at least 1.",
        )
    return rows


def _read(store: ObjectStore, key: str) -> list[Pair]:
    lines = store.get(key).decode().split("\n")
    return [Pair.model_validate_json(line) for line in lines if line]


def _draw(row: Pair, seed: int) -> str:
    """A random order that does not depend on the order of the file."""
    return sha256_json([seed, row.article_sha256, row.persona])


def _one_an_article(rows: Iterable[Pair]) -> list[Pair]:
    first: dict[str, Pair] = {}
    for row in rows:
        first.setdefault(row.article_sha256, row)
    return list(first.values())
