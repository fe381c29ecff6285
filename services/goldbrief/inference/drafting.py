"""Guessing the next tokens from those that are there: prompt lookup decoding.

A summary quotes its article, and a small model repeats itself. Where the last tokens stood
before, those that followed them are likely to follow again; the model checks several in one
pass, which on a CPU costs little more than a pass for one.

The method: Saxena, "Prompt Lookup Decoding" (2023), github.com/apoorvumang/prompt-lookup-decoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, islice

_LENGTHS = (3, 2)
"""Of the ends that are looked up: the longer ones first, as they mislead less."""


class PromptLookup:
    """The tokens of a row, and what followed each pair and triple of them last.

    Args:
        tokens: Of its prompt.
    """

    def __init__(self, tokens: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._next: dict[tuple[int, ...], int] = {}
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Append a token."""
        for length in _LENGTHS:
            self._next[tuple(self._tokens[-length:])] = len(self._tokens)
        self._tokens.append(token)

    def guess(self, count: int) -> list[int]:
        """Guess the tokens that follow.

        Args:
            count: How many are wanted.

        Returns:
            So many, or none if the row's end is new.
        """
        for length in _LENGTHS:
            start = self._next.get(tuple(self._tokens[-length:]))
            if start is not None:
                # A match that reaches the end of the row goes round, as a repetition does.
                return list(islice(cycle(self._tokens[start:]), count))
        return []
