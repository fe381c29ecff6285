"""The decoding loop: a batch of prompts through one model, token by token.

Our own rather than `generate`, so that rows of one batch end, stop and are cancelled each
by itself, and streams need no thread of their own. Rows that take the likeliest token guess some
ahead (see `drafting`). Shapes in the names of tensors: B rows, N tokens of a pass, V vocabulary.

Greedy tokens equal those of `generate` (a test holds them together). In bf16 two tokens can
tie, and the order in which a matrix product is summed depends on the pass's shape: the same
prompt may then answer differently in other company. Alone, it always answers the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch

from goldbrief.inference.drafting import PromptLookup
from goldbrief.inference.guarding import TokenGuard
from goldbrief.inference.language_model import LanguageModel

DRAFT_TOKENS = 8
"""Guesses a row and pass, at most."""
_PASS_TOKENS = 48
"""Of all rows in one pass, guesses included: beyond, arithmetic costs more than it saves."""


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
    guard: TokenGuard | None = None
    """Refuses tokens; the likeliest one that it permits is taken instead."""


@torch.inference_mode()
def decode(
    model: LanguageModel,
    rows: Sequence[Row],
    between: Callable[[bool], Sequence[Row]],
    draft_tokens: int = DRAFT_TOKENS,
) -> None:
    """Generate for all rows until each has ended.

    Args:
        model: With the adapter selected.
        rows: Prompts and what becomes of their tokens.
        between: Called before each pass: other work for this thread. It is told whether rows
            can join, and returns those that do.
        draft_tokens: Guesses a row and pass, at most.
    """
    session = model.begin([row.prompt for row in rows], max(row.max_tokens for row in rows))
    live = [_LiveRow(row, session.takes_more) for row in rows]
    scores_nv = session.start()
    while True:
        if joining := between(session.takes_more):
            prompts = [row.prompt for row in joining]
            new_bv = session.join(prompts, max(row.max_tokens for row in joining))
            scores_nv = torch.cat([scores_nv, new_bv])
            live += [_LiveRow(row, session.takes_more) for row in joining]
        _hand_over(live, scores_nv)
        # From the end, so that the last row, which takes the place of a dropped one, goes on.
        for index in reversed([index for index, one in enumerate(live) if one.ended]):
            last = live.pop()
            if not live:
                return
            session.drop(index)
            if index < len(live):
                live[index] = last
        for index, one in enumerate(live):
            session.take_back(index, one.missed)
            one.draft(min(draft_tokens, _PASS_TOKENS // len(live) - 1))
        scores_nv = session.step([one.tokens for one in live])


class _LiveRow:
    """A row under way.

    Args:
        row: What is asked for.
        drafts: Whether tokens may be guessed.
    """

    def __init__(self, row: Row, drafts: bool) -> None:
        self.row = row
        self.ended = False
        self.tokens = [row.prompt[-1]]
        """Those of the next pass: the last one that is certain, and guesses."""
        self.missed = 0
        """Guesses of the last pass that were wrong."""
        self._rest = row.max_tokens
        self._lookup = PromptLookup(row.prompt) if drafts and row.temperature == 0 else None

    def take(
        self, tokens: Sequence[int], log_probabilities: Sequence[float], scores_nv: torch.Tensor
    ) -> None:
        """Hand over what follows the tokens of the last pass, up to the first wrong guess.

        Args:
            tokens: The choice behind each of them.
            log_probabilities: Of these choices.
            scores_nv: Of all tokens.
        """
        guesses = self.tokens[1:]
        for index, choice in enumerate(tokens):
            scores_v, log_probability = scores_nv[index], log_probabilities[index]
            token = self._permitted(choice, scores_v)
            if token != choice:
                log_probability += float(scores_v[token] - scores_v[choice])
            self.ended = not (self.row.wanted() and self.row.take(token, log_probability))
            if self.ended:
                return
            self._rest -= 1
            if self._lookup is not None:
                self._lookup.add(token)
            self.tokens = [token]
            self.missed = len(guesses) - index
            if self.missed == 0 or guesses[index] != token:
                return

    def _permitted(self, token: int, scores_v: torch.Tensor) -> int:
        guard = self.row.guard
        if guard is None:
            return token
        token = token if guard.permits(token) else guard.best(scores_v)
        guard.add(token)
        return token

    def draft(self, most: int) -> None:
        """Guess tokens for the next pass, so many at most."""
        # The last token that may follow needs no guess: nothing comes after it.
        count = min(most, self._rest - 1)
        if self._lookup is not None and count > 0:
            self.tokens += self._lookup.guess(count)


def _hand_over(live: Sequence[_LiveRow], scores_nv: torch.Tensor) -> None:
    """Choose a token behind each one of the last pass and give each row its own."""
    tokens_n = scores_nv.argmax(-1)
    starts = [0, *accumulate(len(one.tokens) for one in live)]
    for start, one in zip(starts, live, strict=False):
        if one.row.temperature > 0:
            odds_v = torch.softmax(scores_nv[start] / one.row.temperature, dim=-1)
            tokens_n[start] = torch.multinomial(odds_v, 1, generator=one.row.random)[0]
    log_n = scores_nv.gather(-1, tokens_n[:, None])[:, 0] - scores_nv.logsumexp(-1)
    tokens, log_probabilities = tokens_n.tolist(), log_n.tolist()
    for one, (start, stop) in zip(live, pairwise(starts), strict=True):
        one.take(tokens[start:stop], log_probabilities[start:stop], scores_nv[start:stop])
