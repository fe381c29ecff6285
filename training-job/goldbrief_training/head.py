"""The language-model head and its loss as one operation, some positions at a time.

Logits of a large vocabulary are the largest tensors of a small model's step, and its loss
reads and writes them several times over. Here 128 positions at once go from hidden states
to loss and gradient, and their logits are forgotten: Wijmans et al., "Cut Your Losses in
Large-Vocabulary Language Models" (2024), in plain tensor operations.

Tensor shapes: c positions, e hidden size, v vocabulary.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from goldbrief_training.families import is_plain

_CHUNK = 128


def plain_head(base: Any) -> nn.Linear | None:
    """The head of a causal language model of transformers.

    Args:
        base: The model, without PEFT around it.

    Returns:
        Its head; None unless the logits are just the hidden states' product with frozen weights.
    """
    head = getattr(base, "lm_head", None)
    if not is_plain(base.config) or type(head) is not nn.Linear:
        return None
    return None if head.weight.requires_grad or head.bias is not None else head


@contextlib.contextmanager
def left_out(base: Any) -> Iterator[None]:
    """Within it, the model gives the hidden states before the head in place of logits."""
    head = base.lm_head
    base.lm_head = nn.Identity()
    try:
        yield
    finally:
        base.lm_head = head


def nll(hidden_ce: torch.Tensor, weight_ve: torch.Tensor, target_c: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of targets, summed, in nats.

    Args:
        hidden_ce: What the head reads.
        weight_ve: The head's, frozen.
        target_c: Id of the token that each position is to predict.

    Returns:
        A float32 scalar; differentiable with respect to the hidden states.
    """
    loss: torch.Tensor = _Nll.apply(hidden_ce, weight_ve, target_c)  # type: ignore[no-untyped-call]
    return loss


class _Nll(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden_ce: torch.Tensor, weight_ve: torch.Tensor, target_c: torch.Tensor
    ) -> torch.Tensor:
        gradient_ce = torch.empty_like(hidden_ce)
        parts = []
        for start in range(0, len(hidden_ce), _CHUNK):
            here = slice(start, start + _CHUNK)
            target_c1 = target_c[here, None]
            logits_cv = (hidden_ce[here] @ weight_ve.t()).float()
            log_sum_c1 = logits_cv.logsumexp(-1, keepdim=True)
            parts.append((log_sum_c1 - logits_cv.gather(-1, target_c1)).sum())
            # The gradient of the loss by the logits, in their place: what the model expects
            # of each token, less 1 for the target.
            logits_cv.sub_(log_sum_c1).exp_()
            logits_cv.scatter_add_(-1, target_c1, -torch.ones_like(target_c1, dtype=torch.float32))
            gradient_ce[here] = logits_cv.to(hidden_ce.dtype) @ weight_ve
        ctx.save_for_backward(gradient_ce)
        return torch.stack(parts).sum()

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient_ce,) = ctx.saved_tensors
        return gradient_ce * grads[0], None, None
