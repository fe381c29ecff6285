"""How probable a language model finds a summary beside the passages that it rests on.

Given these, names and figures are expected, and what is not is a wrong word, a wrong order or an
unsupported turn: what people call not fluent (GPTScore, Fu et al. 2023, and BARTScore, Yuan et al.
2021, score so).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldbrief.core.seams import TokenScorer

Vectors = NDArray[np.float64]
_NEAREST = 3
"""Sentences of the article for each of the summary, as in `support`."""
_LEAST_LIKELY = 0.2
"""Share of the tokens that the worst places are sought among."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Natural logarithms of probabilities a token; None without a language model."""

    mean_log_prob: float | None = None
    worst_log_prob: float | None = None
    """Mean of the least probable fifth."""


def measure_likelihood(
    summary: Sequence[str], source: Sequence[str], similarity: Vectors, scorer: TokenScorer | None
) -> Likelihood:
    """Ask a language model how probable it finds a summary.

    Args:
        summary: Its sentences; at least one.
        source: The article's; at least one.
        similarity: Cosines, a row a sentence of the summary.
        scorer: The model; None leaves it out.

    Returns:
        The features; None where the model tells nothing.

    Raises:
        TransientError: The engine does not answer.
        InvalidInputError: It does not tell, or the passages are too long for it.
    """
    if scorer is None:
        return Likelihood()
    near = np.unique(np.argsort(-similarity, axis=1, kind="stable")[:, :_NEAREST])
    passage = " ".join(source[place] for place in near)
    told = " ".join(dict.fromkeys(summary))  # nothing is more probable than what was just said
    log_probs = sorted(scorer.log_probs(f"{passage}\n\nIn short:", f" {told}"))
    if not log_probs:
        return Likelihood()
    worst = log_probs[: max(1, round(len(log_probs) * _LEAST_LIKELY))]
    return Likelihood(float(np.mean(log_probs)), float(np.mean(worst)))
