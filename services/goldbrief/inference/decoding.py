"""The decoding loop: a batch of prompts through one model, token by token.

Our own rather than `generate`, so that rows of one batch end, stop and are cancelled each
by itself, and streams need no thread of their own. Shapes in the names of tensors: B rows,
V vocabulary. Greedy tokens equal those of
`generate` (a test holds them together). In bf16 two tokens can tie, and the order in
which a matrix product is summed depends on the batch's shape: the same prompt may then
answer differently in other company. Alone, it always answers the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from goldbrief.inference.language_model import LanguageModel


@dataclass(slots=True)
class Row:
    """One prompt of a batch."""

    prompt: Sequence[int]
    max_tokens: int
    """`take` ends the row then at the latest."""
    temperature: float
    """0 takes the likeliest token."""
    random: torch.Generator
    """Draws the tokens of this row, so that its company does not change them."""
    take: Callable[[int, float], bool]
    """Called with each token and its log-probability; returns whether the row goes on."""
    wanted: Callable[[], bool]
    """Whether anybody still waits for this row."""


@torch.inference_mode()
def decode(
    model: LanguageModel, rows: Sequence[Row], between: Callable[[bool], Sequence[Row]]
) -> None:
    """Generate for all rows until each has ended.

    Args:
        model: With the adapter selected.
        rows: Prompts and what becomes of their tokens.
        between: Called before each token: other work for this thread. It is told whether rows
            can join, and returns those that do.
    """
    live = list(rows)
    session = model.begin([row.prompt for row in live], max(row.max_tokens for row in live))
    scores_bv = session.start()
    while True:
        if joining := between(session.takes_more):
            prompts = [row.prompt for row in joining]
            new_bv = session.join(prompts, max(row.max_tokens for row in joining))
            scores_bv = torch.cat([scores_bv, new_bv])
            live += joining
        tokens, log_probabilities = _choose(live, scores_bv)
        taken = list(zip(live, tokens, log_probabilities, strict=True))
        ended = [not (row.wanted() and row.take(token, odds)) for row, token, odds in taken]
        # From the end, so that the last row, which takes the place of a dropped one, goes on.
        for index in reversed([index for index, over in enumerate(ended) if over]):
            last, token = live.pop(), tokens.pop()
            if not live:
                return
            session.drop(index)
            if index < len(live):
                live[index], tokens[index] = last, token
        scores_bv = session.step(tokens)


def _choose(rows: Sequence[Row], scores_bv: torch.Tensor) -> tuple[list[int], list[float]]:
    """Take a token for each row; returns them and their log-probabilities."""
    tokens_b = scores_bv.argmax(-1)
    for index, row in enumerate(rows):
        if row.temperature > 0:
            odds_v = torch.softmax(scores_bv[index] / row.temperature, dim=-1)
            tokens_b[index] = torch.multinomial(odds_v, 1, generator=row.random)[0]
    log_b = scores_bv.gather(-1, tokens_b[:, None])[:, 0] - scores_bv.logsumexp(-1)
    return tokens_b.tolist(), log_b.tolist()
