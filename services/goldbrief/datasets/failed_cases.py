"""What the models of a dataset version fail on: in evaluations, and where users marked it wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from goldbrief.core.live_summaries import MarkedWrong, marked_wrong_prefix
from goldbrief.core.plans import EvaluationPlan
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.datasets.collecting import read_record
from goldbrief.platform.ledger import Ledger, Work

_EVALUATION = "evaluation"
"""Kind of the works that evaluate."""


@dataclass(frozen=True, slots=True)
class FailedCase:
    """A held-out article that the system under evaluation summarized badly, or not at all."""

    article_sha256: str
    persona: str
    band: str
    """Length band of the article."""
    reason: str


def evaluations_of(ledger: Ledger, store: ObjectStore, prefix: str) -> list[Work]:
    """The finished evaluations on the held-out rows of a version, newest first."""
    return [
        work
        for work in ledger.works.of_kind(_EVALUATION)
        if work.state == State.SUCCEEDED
        and work.result.get("predictions_key")
        and read_record(store, work.spec["plan_key"], EvaluationPlan).dataset_prefix == prefix
    ]


def failures(
    store: ObjectStore, evaluation: Work, accept_score: float
) -> Iterator[tuple[str, str, str]]:
    """Read what the last system of an evaluation, the one that a gate asks about, failed on.

    Args:
        store: Holds the predictions.
        evaluation: A finished one.
        accept_score: Judge score below which a summary of the teacher would be rejected.

    Yields:
        Hash of the article, persona, and reason.
    """
    system = evaluation.spec["systems"][-1]["name"]
    for line in store.get(evaluation.result["predictions_key"]).splitlines():
        prediction = json.loads(line)
        if prediction["system"] == system and (reason := _reason(prediction, accept_score)):
            yield prediction["article"], prediction["persona"], reason


def marked_wrong(store: ObjectStore, digest: str) -> list[MarkedWrong]:
    """Live summaries by a version's models that people found to be wrong, in the order of keys."""
    return [read_record(store, key, MarkedWrong) for key in store.list(marked_wrong_prefix(digest))]


def _reason(prediction: dict[str, Any], accept_score: float) -> str:
    metrics = prediction["metrics"]
    if not prediction["summary"]:
        return prediction["cause"] or "no summary was written"
    if prediction["problems"]:
        return str(prediction["problems"][0]).rstrip(".")
    if metrics.get("figures_supported", 1.0) < 1:
        return f"{1 - metrics['figures_supported']:.0%} of the figures are not in the article"
    if metrics.get("judge_overall", accept_score) < accept_score:
        return f"the judge scored it {metrics['judge_overall']:.2f}, below {accept_score:g}"
    return ""
