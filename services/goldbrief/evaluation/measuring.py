"""What is measured of one summary."""

from __future__ import annotations

from functools import cache
from typing import Any

from goldbrief.core.documents import Candidate, Judgment, Origin, Record, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Embedder
from goldbrief.text.figure_check import check_figures
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.sentences import split_sentences, words
from goldbrief.text.similarity import repeated_items

_ROUGE = ("rouge1", "rouge2", "rougeLsum")


class Target(Record):
    """The summary that the dataset holds for an article."""

    text: str
    origin: Origin
    """Approved by people, written by the teacher, or the user's own."""


class Measurement(Record):
    """Metrics of one summary, by name.

    `structure_valid` (0 or 1), `figures_supported` (share, 1 when there are none),
    `figures_per_summary`, `repeated_items`, `words`, `latency_s`, `prompt_tokens` and
    `completion_tokens` are always there; `rouge1`, `rouge2`, `rougeLsum` and `similarity`
    (0 to 1, against the target) for summaries that are not empty; `judge_overall` and
    `judge_<dimension>` (1 to 5) when the judge answered.
    """

    metrics: dict[str, float]
    problems: tuple[str, ...]
    """What is wrong with its form."""


def measure(
    candidate: Candidate,
    article_text: str,
    style: StyleContract,
    target: Target,
    judgment: Judgment | None,
    embedder: Embedder,
) -> Measurement:
    """Measure a summary.

    Args:
        candidate: The summary.
        article_text: The whole article.
        style: The house style.
        target: What it is compared with.
        judgment: None when there is none.
        embedder: For `similarity`.

    Returns:
        The metrics.

    Raises:
        TransientError: The embedder is away.
    """
    text = candidate.text
    figures = check_figures(text, article_text)
    problems = structure_problems(text, style) if text else ["The summary is empty."]
    metrics = {
        "structure_valid": float(not problems),
        "figures_supported": figures.supported / figures.total if figures.total else 1.0,
        "figures_per_summary": float(figures.total),
        "repeated_items": float(len({later for _, later in repeated_items(_items(text, style))})),
        "words": float(len(words(text))),
        "latency_s": candidate.latency_s,
        "prompt_tokens": float(candidate.prompt_tokens),
        "completion_tokens": float(candidate.completion_tokens),
        **(_closeness(text, target.text, embedder) if text else {}),
        **_judge_metrics(judgment),
    }
    return Measurement(metrics=metrics, problems=tuple(problems))


def _items(text: str, style: StyleContract) -> tuple[str, ...]:
    """All items but the overview's; every line where the form is not readable."""
    try:
        summary = parse_summary(text, style)
    except InvalidInputError:
        return tuple(line for line in text.splitlines() if len(words(line)) > 3)
    return tuple(
        item for name, items in summary.sections.items() if name != "overview" for item in items
    )


def _closeness(text: str, target: str, embedder: Embedder) -> dict[str, float]:
    scores = _rouge_scorer().score(_sentence_lines(target), _sentence_lines(text))
    first, second = embedder.embed([text, target])
    similarity = sum(a * b for a, b in zip(first, second, strict=True))
    return {**{name: scores[name].fmeasure for name in _ROUGE}, "similarity": similarity}


def _sentence_lines(text: str) -> str:
    """One sentence a line, as ROUGE-Lsum expects."""
    return "\n".join(split_sentences(text))


def _judge_metrics(judgment: Judgment | None) -> dict[str, float]:
    if judgment is None or judgment.overall is None:
        return {}
    scores = {f"judge_{dimension}": score for dimension, score in judgment.scores.items()}
    return {**scores, "judge_overall": judgment.overall}


@cache
def _rouge_scorer() -> Any:
    from rouge_score.rouge_scorer import RougeScorer  # noqa: PLC0415 - takes a second to import

    return RougeScorer(_ROUGE, use_stemmer=True)
