"""Keeps a row's tokens to figures that its source has (`text.figure_guard`)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence

import torch

from goldbrief.text.figure_guard import FigureGuard

_LOG = logging.getLogger(__name__)
_LONGEST = 16
"""Tokens that the longest figure takes: with fewer left none is begun, as it would be cut off."""
_LIKELIEST = 256
"""Tokens that are tried before those that lead on from what is begun are looked for."""


class TokenGuard:
    """The figures of one row.

    Args:
        guard: Knows the figures of the row's source.
        decode: Tokens to text.
        eos_ids: Tokens that end the row.
        max_tokens: After which it ends at the latest.
    """

    def __init__(
        self,
        guard: FigureGuard,
        decode: Callable[[Sequence[int]], str],
        eos_ids: Collection[int],
        max_tokens: int,
    ) -> None:
        self._guard = guard
        self._decode = decode
        self._eos_ids = eos_ids
        self._left = max_tokens
        self._line: list[int] = []
        """Tokens since the last end of a line."""

    def permits(self, token: int) -> bool:
        """Whether the row may go on with a token."""
        written = self._decode(self._line)
        if token in self._eos_ids:
            return self._guard.permits(written, is_whole=True)
        *ended, line = self._decode([*self._line, token]).split("\n")
        is_late = self._left <= _LONGEST and self._guard.permits(written, is_whole=True)
        are_whole = all(self._guard.permits(one, is_whole=True) for one in ended)
        return are_whole and self._guard.permits(line, is_whole=is_late)

    def add(self, token: int) -> None:
        """Take note of a token that the row went on with."""
        self._left -= 1
        self._line.append(token)
        if "\n" in self._decode([token]):
            self._line.clear()

    def best(self, scores_v: torch.Tensor) -> int:
        """The likeliest token that the row may go on with.

        Args:
            scores_v: Of all tokens; shape V, vocabulary.

        Returns:
            The token; the likeliest of all where none may, which no figure has led to yet.
        """
        likeliest: list[int] = scores_v.topk(min(_LIKELIEST, len(scores_v))).indices.tolist()
        for token in likeliest:
            if self.permits(token):
                return token
        letters = tuple(self._guard.continuations(self._decode(self._line)))
        for token in scores_v.argsort(descending=True).tolist() if letters else ():
            if self._decode([token]).startswith(letters) and self.permits(token):
                return int(token)
        _LOG.warning("No token leads to a figure of the source: %r", self._decode(self._line))
        return likeliest[0]
