"""Rows of an evaluation: what one system made of one article, read back for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from goldbrief.core.documents import AnswerGrades, Article, Candidate, Judgment, StyleContract
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.evaluation.measuring import Likelihood, Measurement, Target, measure
from goldbrief.platform.ledger import Item


@dataclass(frozen=True, slots=True)
class Row:
    """One article and one system."""

    index: int
    system: str
    article: Article
    persona: str
    target: Target
    candidate: Candidate | None = None
    """None when the system failed to write."""
    judgment: Judgment | None = None
    """None when it never came to a judgment; a judge that failed has no `overall`."""
    grades: AnswerGrades | None = None
    """None where they were not asked for, or never came."""
    measurement: Measurement | None = None
    """None without a candidate."""
    repeat: int = 0
    """From 1 on: the same article written once more, to see how far its summaries agree."""
    cause: str = ""
    """Why the row ended early; empty when it did not."""

    @property
    def metrics(self) -> dict[str, float]:
        """The measured metrics; empty without a candidate."""
        return self.measurement.metrics if self.measurement else {}

    @property
    def unmeasured(self) -> dict[str, str]:
        """Metrics that could not be had, and why."""
        return self.measurement.unmeasured if self.measurement else {}


class RowReader:
    """Reads rows from the items of an evaluation.

    Args:
        store: Where their objects are.
        embedder: Measures the summaries whose judgment failed.
    """

    def __init__(self, store: ObjectStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def read_all(self, items: Sequence[Item], style: StyleContract) -> list[Row]:
        """Read the rows of ended items, in order; raises TransientError without embedder."""
        articles: dict[str, Article] = {}
        for item in items:
            sha256 = item.data["article"]
            if sha256 not in articles:
                articles[sha256] = read_article(self._store, sha256)
        return [self._read(item, articles[item.data["article"]], style) for item in items]

    def _read(self, item: Item, article: Article, style: StyleContract) -> Row:
        data = item.data
        target = Target.model_validate(data["target"])
        candidate = read_candidate(self._store, data)
        judgment = read_judgment(self._store, data)
        grades = read_grades(self._store, data)
        measurement = None
        if data.get("measured_key"):
            stored = self._store.get(data["measured_key"])
            measurement = Measurement.model_validate_json(stored)
        elif candidate is not None:
            measurement = measure(
                candidate, article.text, style, target, judgment, self._embedder, grades=grades,
                likelihood=read_likelihood(data),
            )  # fmt: skip
        return Row(
            index=item.index,
            system=data["system"],
            article=article,
            persona=data["persona"],
            target=target,
            candidate=candidate,
            judgment=judgment,
            grades=grades,
            measurement=measurement,
            repeat=data.get("repeat", 0),
            cause=item.cause["message"] if item.cause else "",
        )


def read_article(store: ObjectStore, sha256: str) -> Article:
    """Read an article; raises NotFoundError."""
    return Article.model_validate_json(store.get(article_key(sha256)))


def read_candidate(store: ObjectStore, data: dict[str, str]) -> Candidate | None:
    """Read the candidate of an item, if it has one."""
    key = data.get("candidate_key")
    return Candidate.model_validate_json(store.get(key)) if key else None


def read_judgment(store: ObjectStore, data: dict[str, str]) -> Judgment | None:
    """Read the judgment of an item, if it has one."""
    key = data.get("judgment_key")
    return Judgment.model_validate_json(store.get(key)) if key else None


def read_likelihood(data: Mapping[str, Any]) -> Likelihood | None:
    """What the engine was asked for an item, if it was."""
    found = data.get("likelihood")
    return None if found is None else Likelihood.model_validate(found)


def read_grades(store: ObjectStore, data: dict[str, str]) -> AnswerGrades | None:
    """Read the grades of an item, if it has them."""
    key = data.get("grades_key")
    return AnswerGrades.model_validate_json(store.get(key)) if key else None
