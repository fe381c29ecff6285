"""Which rows an evaluation uses: held-out ones of a dataset version, or articles given to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from goldbrief.core.documents import Pair
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.object_keys import article_key
from goldbrief.core.plans import EvaluationPlan, GivenArticle
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.measuring import Target
from goldbrief.evaluation.systems import Example

_EXAMPLES = 2
"""Rows that few-shot prompts show: more would not fit the small model's context."""


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """An article to summarize."""

    article: str
    """Its SHA-256."""
    persona: str
    target: Target


def choose_rows(store: ObjectStore, plan: EvaluationPlan) -> list[EvaluationRow]:
    """Choose the rows that a plan asks for: the articles it gives, or held-out ones.

    Args:
        store: Where articles and dataset versions are.
        plan: Names either.

    Returns:
        At most `plan.articles`.

    Raises:
        InvalidInputError: The plan names neither.
        NotFoundError: An article or the dataset version does not exist.
        FailedPreconditionError: The dataset version holds nothing out.
    """
    if plan.given:
        return [_given(store, one) for one in plan.given[: plan.articles]]
    if not plan.dataset_prefix:
        raise InvalidInputError(
            "The plan names no articles to evaluate on.",
            reason="INVALID_PLAN",
            remedy="Give it a dataset version or articles.",
        )
    return [
        EvaluationRow(row.article_sha256, row.persona, Target(text=row.response, origin=row.origin))
        for row in _held_out(store, plan)
    ]


def choose_examples(store: ObjectStore, plan: EvaluationPlan) -> list[Example]:
    """Choose the training rows that few-shot prompts show; the same plan gives the same.

    Args:
        store: Where the dataset version is.
        plan: Names it.

    Returns:
        Two, drawn by the seed.

    Raises:
        FailedPreconditionError: There are not so many.
    """
    key = f"{plan.dataset_prefix}train.jsonl"
    rows = _read(store, key) if plan.dataset_prefix and store.exists(key) else []
    if len(rows) < _EXAMPLES:
        raise FailedPreconditionError(
            f"A few-shot prompt shows {_EXAMPLES} training rows, and there are {len(rows)}.",
            reason="NO_EXAMPLES",
            remedy="Evaluate on a dataset version that has them, or leave FEW_SHOT out.",
        )
    drawn = sorted(rows, key=lambda row: _draw(row, plan.seed))[:_EXAMPLES]
    return [Example(row.prompt, row.response) for row in drawn]


def _given(store: ObjectStore, one: GivenArticle) -> EvaluationRow:
    if not store.exists(article_key(one.sha256)):
        raise NotFoundError(f"There is no article {one.sha256}.", reason="ARTICLE_NOT_FOUND")
    origin: Literal["golden", "none"] = "golden" if one.reference else "none"
    return EvaluationRow(one.sha256, one.persona, Target(text=one.reference, origin=origin))


def _held_out(store: ObjectStore, plan: EvaluationPlan) -> list[Pair]:
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
