"""The metrics of a summary: how they are named and written for readers, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it is shown."""

    name: str
    """In the results."""
    label: str
    write: Callable[[float], str]
    better: int
    """1 when more is better, -1 when less is, 0 when neither."""


def _percent(value: float) -> str:
    return f"{100 * value:.0f}%"


def _one_decimal(value: float) -> str:
    return f"{value:.1f}"


def _two_decimals(value: float) -> str:
    return f"{value:.2f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _money(value: float) -> str:
    return f"{value:.4f}"


QUALITY = Metric("judge_overall", "Judge's score (1–5)", _two_decimals, 1)
"""What the headline asks about."""
FIGURES = Metric("figures_supported", "Figures found in article", _percent, 1)
LATENCY = Metric("latency_s", "Seconds a summary", _one_decimal, -1)
PREFERENCE = Metric("preference", "Preferred by the judge, side by side", _two_decimals, 1)
"""Of two systems: articles won less articles lost, as a share; a difference without a mean."""
COST = Metric("cost", "Cost a summary", _money, -1)

KEY_METRICS = (
    QUALITY,
    Metric("structure_valid", "In house form", _percent, 1),
    FIGURES,
    Metric("figure_coverage", "Key figures kept", _percent, 1),
    Metric("length_fit", "Length as asked", _percent, 1),
    Metric("repeated_items", "Repeated points", _one_decimal, -1),
    LATENCY,
    Metric("completion_tokens", "Tokens written", _whole, -1),
    COST,
)
"""What the first table shows."""

CLOSENESS = (
    Metric("similarity", "Meaning (embedding cosine)", _two_decimals, 1),
    Metric("rouge1", "ROUGE-1", _two_decimals, 1),
    Metric("rouge2", "ROUGE-2", _two_decimals, 1),
    Metric("rougeLsum", "ROUGE-Lsum", _two_decimals, 1),
    Metric("token_overlap", "Token accuracy (words shared, F1)", _two_decimals, 1),
)
"""Closeness to the summary that the article comes with."""

ANSWERS = (
    Metric("answer_similarity", "Answer similarity (1–5)", _two_decimals, 1),
    Metric("answer_correctness", "Answer correctness (1–5)", _two_decimals, 1),
    Metric("answer_relevance", "Answer relevance (1–5)", _two_decimals, 1),
)
"""MLflow's metrics of an answer, as the judge grades them."""

LIKELIHOOD = (
    Metric("bits_per_byte", "Bits per byte of the reference", _two_decimals, -1),
    Metric("perplexity", "Perplexity of the reference", _two_decimals, -1),
    Metric("token_accuracy", "Next token guessed right", _percent, 1),
)
"""How probable a system finds the summary that the article comes with, token by token."""

TEXT = (
    Metric("words", "Words", _whole, 0),
    Metric("figures_per_summary", "Figures a summary", _one_decimal, 0),
    Metric("novelty", "Word pairs that the article lacks", _percent, 0),
    Metric("prompt_tokens", "Tokens read", _whole, -1),
    Metric("first_token_s", "Seconds to the first token", _two_decimals, -1),
)
"""What describes the texts, and what they took besides."""

_KNOWN = {
    metric.name: metric
    for metric in (*KEY_METRICS, PREFERENCE, *CLOSENESS, *ANSWERS, *LIKELIHOOD, *TEXT)
}


def metric_named(name: str) -> Metric:
    """A metric by its name in the results; judges' dimensions and user-written ones too.

    Args:
        name: e.g. `words`, `judge_faithfulness`, or what a user's entry point is named.

    Returns:
        The metric; of user-written ones more is better.
    """
    label = name.removeprefix("judge_").replace("_", " ").capitalize()
    return _KNOWN.get(name) or Metric(name, label, _two_decimals, 1)
