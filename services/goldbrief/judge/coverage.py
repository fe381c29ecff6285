"""How much of what matters in an article a summary has.

What matters is not known; it is guessed by place, by likeness to the rest, and by how many
sentences tell of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goldbrief.judge.support import stems
from goldbrief.text.similarity import content_words

Vectors = NDArray[np.float64]
_LEAD_SENTENCES = 3
_HALF_WEIGHT = 5.0
"""Sentences from the beginning of an article after which one weighs half as much."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """All from 0 to 1."""

    salient_sentences: float
    """Mean, over the article's sentences, of the cosine to the nearest one of the summary; they
    weigh by likeness to the others, and the more the earlier they stand."""
    key_words: float
    """Share of the words that several sentences of the article have, by how many have them."""
    word_precision: float
    """Share of the summary's telling words that the article has, by rarity."""
    word_balance: float
    """F-measure of that share and of the same the other way round."""
    lead: float
    """The article's first sentences as in `salient_sentences`, all alike."""
    center: float
    """Cosine of the mean sentences of both."""
    lead_position: float
    """How early the summary's sentences have their like in the article; 1 at its beginning."""


def measure_coverage(
    summary: Sequence[str], source: Sequence[str], mine: Vectors, theirs: Vectors
) -> Coverage:
    """Measure coverage.

    Args:
        summary: Sentences of the summary; at least one.
        source: Sentences of the article; at least one.
        mine: Vectors of the summary's sentences.
        theirs: Vectors of the article's.

    Returns:
        The features.
    """
    similarity = mine @ theirs.T
    told = np.clip(similarity.max(axis=0), 0, 1)
    precision, balance = _telling_words(summary, source)
    last = max(1, len(source) - 1)
    return Coverage(
        salient_sentences=float(np.average(told, weights=_salience(theirs))),
        key_words=_key_words(summary, source),
        word_precision=precision,
        word_balance=balance,
        lead=float(told[:_LEAD_SENTENCES].mean()),
        center=float(np.clip(_cosine(mine.mean(axis=0), theirs.mean(axis=0)), 0, 1)),
        lead_position=1 - float(similarity.argmax(axis=1).mean()) / last,
    )


def _salience(theirs: Vectors) -> Vectors:
    centrality = np.clip(theirs @ theirs.mean(axis=0), 0.01, None)
    by_place = 1 / (1 + np.arange(len(theirs)) / _HALF_WEIGHT)
    return np.asarray(centrality * by_place)


def _key_words(summary: Sequence[str], source: Sequence[str]) -> float:
    counts = Counter(one for sentence in source for one in set(stems(sentence)))
    key = {one: count for one, count in counts.items() if count > 1}
    mine = {one for text in summary for one in stems(text)}
    total = sum(key.values())
    return sum(count for one, count in key.items() if one in mine) / total if total else 1.0


def _telling_words(summary: Sequence[str], source: Sequence[str]) -> tuple[float, float]:
    """Words weigh by rarity among the article's sentences; those that it lacks weigh most."""
    sentences = [set(content_words(text)) for text in source]
    frequency = Counter(word for sentence in sentences for word in sentence)
    known = {w: math.log(1 + len(sentences) / count) for w, count in frequency.items()}
    unknown = math.log(1 + len(sentences))
    mine = {word for text in summary for word in content_words(text)}
    shared = sum(known[word] for word in mine if word in known)
    total = shared + unknown * sum(1 for word in mine if word not in known)
    precision = shared / total if total else 0.0
    recall = shared / sum(known.values()) if known else 0.0
    together = precision + recall
    return precision, 2 * precision * recall / together if together else 0.0


def _cosine(first: Vectors, second: Vectors) -> float:
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / norms if norms else 0.0
