"""How probable a system finds the summary that an article comes with, token by token."""

from __future__ import annotations

import math
from collections.abc import Sequence

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.seams import GivenToken
from goldbrief.evaluation.measuring import Likelihood
from goldbrief.evaluation.models import LiveModels

_MOST_NATS = 700.0
"""Above it exp overflows."""


def measure_likelihood(
    models: LiveModels, prompt: str, target: str, adapter: str | None
) -> Likelihood:
    """Ask the engine how probable a model finds a target.

    Args:
        models: Has the engine.
        prompt: What the model completes.
        target: The summary that the article comes with; not empty.
        adapter: None is the base model.

    Returns:
        The measures, or why there are none.

    Raises:
        TransientError: The engine is away.
        ResourceExhaustedError: It is overloaded.
    """
    try:
        tokens = models.weigh(prompt, target, adapter)
    except (InvalidInputError, NotFoundError) as error:
        return Likelihood(problem=f"Not offered by this engine: {error.message}")
    if not tokens:
        return Likelihood(problem="The engine told of no token of the summary.")
    return Likelihood(metrics=_metrics(tokens, target))


def _metrics(tokens: Sequence[GivenToken], text: str) -> dict[str, float]:
    surprise = -sum(token.log_prob for token in tokens)
    return {
        "bits_per_byte": surprise / math.log(2) / len(text.encode()),
        "perplexity": _exp(surprise / len(tokens)),
        "token_accuracy": sum(token.is_likeliest for token in tokens) / len(tokens),
    }


def _exp(nats: float) -> float:
    """Infinity rather than an overflow: engines write what is impossible as -9999."""
    return math.exp(nats) if nats < _MOST_NATS else math.inf
