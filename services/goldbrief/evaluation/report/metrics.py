"""How metrics are named and written for readers."""

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


QUALITY = Metric("judge_overall", "Judge's score (1–5)", _two_decimals, 1)
FIGURES = Metric("figures_supported", "Figures found in article", _percent, 1)
LATENCY = Metric("latency_s", "Seconds a summary", _one_decimal, -1)

KEY_METRICS = (
    QUALITY,
    Metric("structure_valid", "In house form", _percent, 1),
    FIGURES,
    Metric("figures_per_summary", "Figures a summary", _one_decimal, 0),
    Metric("repeated_items", "Repeated points", _one_decimal, -1),
    Metric("words", "Words", _whole, 0),
    LATENCY,
    Metric("prompt_tokens", "Tokens read", _whole, -1),
    Metric("completion_tokens", "Tokens written", _whole, -1),
)
"""What the first table shows."""

CLOSENESS = (
    Metric("similarity", "Meaning (embedding cosine)", _two_decimals, 1),
    Metric("rouge1", "ROUGE-1", _two_decimals, 1),
    Metric("rouge2", "ROUGE-2", _two_decimals, 1),
    Metric("rougeLsum", "ROUGE-Lsum", _two_decimals, 1),
)
"""Closeness to the summary that the dataset holds."""


def dimension(name: str) -> Metric:
    """A dimension of the judge's, e.g. `judge_faithfulness`."""
    label = name.removeprefix("judge_").replace("_", " ").capitalize()
    return Metric(name, label, _two_decimals, 1)
