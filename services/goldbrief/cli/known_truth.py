"""What a run's systems got right of articles whose truth is known (`goldbrief simulate`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.core.errors import NotFoundError
from goldbrief.simulator.folder_scores import KnownTruth, Total


def score_predictions(
    articles: Path, predictions: Iterable[evaluation_pb2.Prediction]
) -> Mapping[str, Total]:
    """Score the predictions of an evaluation against the truth beside the articles.

    Args:
        articles: Folder of the run's articles.
        predictions: What each system wrote.

    Returns:
        System to the sum of its scores; empty where the articles are not simulated, or none
        of them was held out.

    Raises:
        InvalidInputError: The articles were changed, or come from another version or lexicon.
    """
    try:
        truth = KnownTruth(articles.parent)
    except NotFoundError:
        return {}
    totals: dict[str, Total] = defaultdict(Total)
    for one in predictions:
        article = PurePosixPath(one.article_uri).stem
        if truth.has(article):
            totals[one.system].add(truth.score(article, one.article_uri, one.summary, one.persona))
    return totals


def facts_of(total: Total) -> dict[str, int]:
    """A sum as numbers, for machines."""
    counts = total.counts
    return {
        "summaries": total.summaries,
        "figures_right": counts["right"],
        "figures_wrong": counts["wrong"],
        "figures_invented": counts["invented"],
        "key_facts_right": counts["key_facts_right"],
        "key_facts": counts["key_facts"],
    }


def truth_rows(totals: Mapping[str, Total]) -> Iterable[tuple[str, list[str]]]:
    """The result for people: a title and a cell a system, in the order of the mapping.

    Args:
        totals: Of `score_predictions`.

    Yields:
        The rows.
    """
    for verdict in ("right", "wrong", "invented"):
        yield f"figures {verdict}", [_share(one, verdict) for one in totals.values()]
    yield (
        "key facts kept",
        [
            f"{one.counts['key_facts_right']} of {one.counts['key_facts']}"
            for one in totals.values()
        ],
    )


def _share(total: Total, verdict: str) -> str:
    stated = sum(total.counts[one] for one in ("right", "wrong", "invented"))
    return f"{total.counts[verdict]} of {stated}"
