"""How far an article supports the sentences of a summary, one by one.

A sentence is compared with the few sentences of the article that are nearest in meaning: what is
true of one person or event must not be told of another, and what happened not be denied.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from goldbrief.judge.contradictions import contradicts
from goldbrief.text.entities import proper_names
from goldbrief.text.sentences import words
from goldbrief.text.similarity import content_words, ngrams, stem

Vectors = NDArray[np.float64]
_NEAREST = 3
"""Sentences of the article that one of a summary may rest on; summaries merge two, seldom more."""


@dataclass(frozen=True, slots=True)
class Support:
    """All from 0 (not supported) to 1."""

    sentence_support: float
    """Mean, over the sentences, of the cosine to the nearest one of the article."""
    weakest_sentence: float
    """The same of the least supported sentence: one invention is not made good by the others."""
    local_words: float
    """Mean share of a sentence's telling words that its nearest sentences have, by rarity."""
    weakest_words: float
    """The same of the sentence with the smallest share."""
    local_names: float
    """Share of the names that the sentences nearest to their own have too."""
    not_contradicted: float
    """Share of the sentences that neither deny nor reverse what their nearest sentences say."""
    phrase_precision: float
    """Share of the summary's word trigrams that stand in the article."""


def measure_support(
    summary: Sequence[str], source: Sequence[str], similarity: Vectors, article: str
) -> Support:
    """Measure the support of each sentence.

    Args:
        summary: Sentences of the summary; at least one.
        source: Sentences of the article; at least one.
        similarity: Cosines, a row a sentence of the summary.
        article: The whole article.

    Returns:
        The features.
    """
    rarity = _rarity(source)
    near = [
        [source[place] for place in np.argsort(-row, kind="stable")[:_NEAREST]]
        for row in similarity
    ]
    best = np.clip(similarity.max(axis=1), 0, 1)
    pairs = list(zip(summary, near, strict=True))
    shares = [_share_of_words(sentence, nearest, rarity) for sentence, nearest in pairs]
    named = [known for sentence, nearest in pairs for known in _known_names(sentence, nearest)]
    known = set(ngrams(words(article), 3))
    phrases = [gram in known for text in summary for gram in ngrams(words(text), 3)]
    return Support(
        sentence_support=float(best.mean()),
        weakest_sentence=float(best.min()),
        local_words=fmean(shares),
        weakest_words=min(shares),
        local_names=fmean(named) if named else 1.0,
        not_contradicted=fmean(not contradicts(*pair) for pair in pairs),
        phrase_precision=fmean(phrases) if phrases else 1.0,
    )


def stems(text: str) -> list[str]:
    """Stems of the telling words of a text, in order."""
    return [stem(word) for word in content_words(text)]


def _rarity(source: Sequence[str]) -> dict[str, float]:
    """Inverse sentence frequency of each stem; unknown ones weigh like those told once."""
    counts = Counter(one for sentence in source for one in set(stems(sentence)))
    return {one: math.log(1 + len(source) / count) for one, count in counts.items()}


def _share_of_words(sentence: str, nearest: Sequence[str], rarity: dict[str, float]) -> float:
    known = {one for text in nearest for one in stems(text)}
    highest = max(rarity.values(), default=1.0)
    weights = {one: rarity.get(one, highest) for one in stems(sentence)}
    total = sum(weights.values())
    return sum(weight for one, weight in weights.items() if one in known) / total if total else 1.0


def _known_names(sentence: str, nearest: Sequence[str]) -> list[bool]:
    """Whether the nearest sentences have each name; of a full name the surname is enough."""
    known = {stem(word) for text in nearest for word in words(text)}
    return [any(stem(word) in known for word in words(name)) for name in proper_names(sentence)]
