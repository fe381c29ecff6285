"""What is measured of one summary."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Literal

from pydantic import Field

from goldbrief.core.documents import (
    AnswerGrades,
    Candidate,
    Judgment,
    Origin,
    Record,
    StyleContract,
)
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import Embedder
from goldbrief.evaluation.user_metrics import MetricRow, score_row
from goldbrief.text.figure_check import check_figures
from goldbrief.text.key_figures import figure_coverage
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.sentences import split_sentences, words
from goldbrief.text.similarity import ngrams, repeated_items, rouge_n_f

_ROUGE = ("rouge1", "rouge2", "rougeLsum")
_CLOSENESS = (*_ROUGE, "token_overlap", "similarity")
_NO_REFERENCE = "The article comes with no summary to compare with."
_EMPTY = "The summary is empty."


class Target(Record):
    """The summary that an article comes with."""

    text: str = ""
    """Empty when there is none."""
    origin: Origin | Literal["none"] = "none"
    """Approved by people, written by the teacher, the user's own, or not there."""


LIKELIHOODS = ("bits_per_byte", "perplexity", "token_accuracy")


class Likelihood(Record):
    """How probable a system finds a target."""

    metrics: dict[str, float] = Field(default_factory=dict)
    """By LIKELIHOODS, of the target's tokens after the prompt that the system completes: negative
    log-likelihood in bits a UTF-8 byte; exp of its mean a token; share of tokens that the model
    finds likeliest in their places."""
    problem: str = ""
    """Why there is none."""


class Measurement(Record):
    """Metrics of one summary, by name.

    Always there: `structure_valid` (0 or 1), `figures_supported` (share, 1 when there are none),
    `figures_per_summary`, `figure_coverage` (share of the article's key figures), `length_fit`
    (1 within the house style's lengths, less the further off), `novelty` (share of word pairs that
    the article lacks), `repeated_items` and `words`.

    With a target, for summaries that are not empty: `rouge1`, `rouge2` and `rougeLsum` (F-measures
    of rouge-score with the Porter stemmer), `token_overlap` (F-measure of shared words, as in
    SQuAD) and `similarity` (cosine of embeddings).

    When the judge answered: `judge_overall` and `judge_<dimension>` (1 to 5), and where they were
    asked for `answer_similarity`, `answer_correctness` and `answer_relevance` (1 to 5).

    Where the engine was asked how probable the system finds the target: see Likelihood.

    Where known: `latency_s`, `first_token_s`, `prompt_tokens`, `completion_tokens` and `cost`.
    """

    metrics: dict[str, float]
    problems: tuple[str, ...]
    """What is wrong with its form."""
    unmeasured: dict[str, str] = Field(default_factory=dict)
    """Metrics that could not be had, and why."""


def measure(
    candidate: Candidate,
    article_text: str,
    style: StyleContract,
    target: Target,
    judgment: Judgment | None,
    embedder: Embedder,
    *,
    grades: AnswerGrades | None = None,
    likelihood: Likelihood | None = None,
) -> Measurement:
    """Measure a summary.

    Args:
        candidate: The summary.
        article_text: The whole article.
        style: The house style.
        target: What it is compared with.
        judgment: None when there is none.
        embedder: For `similarity`.
        grades: None when there are none.
        likelihood: How probable the system finds the target; None where that was not asked.

    Returns:
        The metrics; those that are no finite numbers are among the unmeasured.

    Raises:
        TransientError: The embedder is away.
    """
    text = candidate.text
    problems = structure_problems(text, style) if text else [_EMPTY]
    found = {
        "structure_valid": float(not problems),
        **_content(text, article_text, style),
        **_usage(candidate),
        **_judge_metrics(judgment),
    }
    unmeasured: dict[str, str] = {}
    if text and target.text:
        found |= _closeness(text, target.text, embedder)
    else:
        unmeasured |= dict.fromkeys(_CLOSENESS, _EMPTY if target.text else _NO_REFERENCE)
    for name, grade in grades.grades.items() if grades else ():
        if grade.score is None:
            unmeasured[name] = grade.justification
        else:
            found[name] = float(grade.score)
    if likelihood:
        found |= likelihood.metrics
        unmeasured |= dict.fromkeys(LIKELIHOODS if likelihood.problem else (), likelihood.problem)
    own, failed = score_row(MetricRow(article_text, text, candidate.persona, target.text))
    found = {**own, **found}  # the names of built-in metrics are theirs
    unmeasured |= failed
    finite = {name: value for name, value in found.items() if math.isfinite(value)}
    unmeasured |= {name: f"It came out as {found[name]}." for name in found.keys() - finite.keys()}
    return Measurement(metrics=finite, problems=tuple(problems), unmeasured=unmeasured)


def _content(text: str, article: str, style: StyleContract) -> dict[str, float]:
    figures = check_figures(text, article)
    return {
        "figures_supported": figures.supported / figures.total if figures.total else 1.0,
        "figures_per_summary": float(figures.total),
        "figure_coverage": figure_coverage(text, article).share,
        "length_fit": _length_fit(_length(text, style), style),
        "novelty": _novelty(text, article),
        "repeated_items": float(len({later for _, later in repeated_items(_items(text, style))})),
        "words": float(len(words(text))),
    }


def _usage(candidate: Candidate) -> dict[str, float]:
    """What it took, where that is known: an offline teacher counts no tokens."""
    taken = {
        "latency_s": candidate.latency_s,
        "prompt_tokens": float(candidate.prompt_tokens),
        "completion_tokens": float(candidate.completion_tokens),
        "first_token_s": candidate.first_token_s,
    }
    known = {name: value for name, value in taken.items() if value}
    return known if candidate.cost is None else {**known, "cost": candidate.cost}


def _length(text: str, style: StyleContract) -> int:
    """Words as the house style counts them: those of the body, where the form is readable."""
    try:
        return parse_summary(text, style).num_words
    except InvalidInputError:
        return len(words(text))


def _length_fit(length: int, style: StyleContract) -> float:
    """1 within the lengths asked for; outside, the shorter of length and bound over the longer."""
    nearest = min(max(length, style.min_words), style.max_words)
    return min(length, nearest) / max(length, nearest, 1)


def _novelty(text: str, article: str) -> float:
    """Share of the summary's word pairs that the article lacks (See et al. 2017)."""
    own = ngrams(words(text), 2)
    known = set(ngrams(words(article), 2))
    return sum(pair not in known for pair in own) / len(own) if own else 0.0


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
    rouge = {name: scores[name].fmeasure for name in _ROUGE}
    return {**rouge, "token_overlap": rouge_n_f(text, target, 1), "similarity": similarity}


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
