"""How probable a model finds each token of a given text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from goldbrief.inference.llama import Adapter, Llama, LlamaSession

_AT_ONCE = 128
"""Tokens of a pass: the scores of each over the whole vocabulary are held meanwhile."""


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A text in tokens."""

    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    """Where each begins in the text, in characters."""
    log_probs: tuple[float, ...]
    """Natural logarithm of each but the first, given all before it."""
    likeliest: tuple[tuple[str, float], ...]
    """What the model finds likeliest in place of each but the first, and its logarithm."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """Natural logarithms at each token but the first."""

    log_probs: list[float]
    """Of the token itself."""
    best_ids: list[int]
    """The likeliest token in its place."""
    best_log_probs: list[float]


@torch.inference_mode()
def log_probabilities(llama: Llama, adapter: Adapter | None, ids: Sequence[int]) -> TokenScores:
    """How probable each token but the first is, given all before it.

    Args:
        llama: The model.
        adapter: Over it; None is the base alone.
        ids: At least one token.

    Returns:
        One place fewer than there are tokens.
    """
    session = LlamaSession(llama, adapter, [ids[:1]], max_new=len(ids) - 1)
    next_v = session.start()
    found = TokenScores([], [], [])
    for start in range(1, len(ids), _AT_ONCE):
        added = list(ids[start : start + _AT_ONCE])
        following_nv = session.step([added])
        predicting_nv = torch.cat([next_v, following_nv[:-1]]).log_softmax(dim=-1)
        best_n = predicting_nv.max(dim=-1)
        found.log_probs.extend(
            predicting_nv[torch.arange(len(added)), torch.tensor(added)].tolist()
        )
        found.best_ids.extend(best_n.indices.tolist())
        found.best_log_probs.extend(best_n.values.tolist())
        next_v = following_nv[-1:]
    return found
