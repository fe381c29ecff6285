"""How probable a model finds each token of a given text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from goldbrief.inference.llama import Llama, LlamaSession

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


@torch.inference_mode()
def log_probabilities(llama: Llama, ids: Sequence[int]) -> list[float]:
    """Natural logarithm of the probability of each token but the first, given all before it.

    Args:
        llama: The model, without an adapter.
        ids: At least one token.

    Returns:
        One fewer than there are tokens.
    """
    session = LlamaSession(llama, None, [ids[:1]], max_new=len(ids) - 1)
    next_v = session.start()
    found: list[float] = []
    for start in range(1, len(ids), _AT_ONCE):
        added = list(ids[start : start + _AT_ONCE])
        following_nv = session.step([added])
        predicting_nv = torch.cat([next_v, following_nv[:-1]]).log_softmax(dim=-1)
        found += predicting_nv[torch.arange(len(added)), torch.tensor(added)].tolist()
        next_v = following_nv[-1:]
    return found
