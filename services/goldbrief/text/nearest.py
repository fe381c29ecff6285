"""The sentences of a text that a phrase resembles most."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache

from goldbrief.text.figure_mentions import word_stems

_MOST = 4
_TELLING_WORDS = 2
"""Fewest words that a phrase shares with a sentence it is likened to; one may be chance."""


class NearestSentences:
    """Sentences by the words that they share with a phrase.

    Args:
        sentences: Those to choose from.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        self._holders: dict[str, list[int]] = defaultdict(list)
        for i, sentence in enumerate(sentences):
            for word in word_stems(sentence):
                self._holders[word].append(i)
        self._total = 1 + len(sentences)
        self.find = lru_cache(maxsize=64)(self._find)
        """See `_find`."""

    def _find(self, phrase: str) -> frozenset[int] | None:
        """Indexes of the sentences that share the most telling words with a phrase, at most 4.

        None where none shares two: the phrase does not tell.
        """
        likeness: dict[int, float] = defaultdict(float)
        shared: Counter[int] = Counter()
        for word in word_stems(phrase):
            holders = self._holders.get(word, ())
            weight = math.log(self._total / max(1, len(holders)))
            for i in holders:
                likeness[i] += weight
                shared[i] += 1
        ranked = sorted(likeness, key=lambda i: -likeness[i])
        told = [i for i in ranked if shared[i] >= _TELLING_WORDS]
        return frozenset(told[:_MOST]) or None
