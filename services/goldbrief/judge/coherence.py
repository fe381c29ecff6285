"""How the sentences of a summary hang together.

Neighbors should share a subject without repeating each other (the entity grid of Barzilay and
Lapata 2008 asks the same of nouns), follow the article's order, and refer to nothing that was not
named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from goldbrief.judge.support import stems
from goldbrief.text.entities import proper_names
from goldbrief.text.sentences import vocabulary, words
from goldbrief.text.similarity import stem

Vectors = NDArray[np.float64]
_NEARNESS = 0.05
"""Cosine by which a sentence of the article is nearer to count 2.7 times as much."""
_ENOUGH_LIKENESS = 0.5
"""Cosine of neighbors from which more is repetition rather than connection."""
_PERSONAL = vocabulary("he she him her his hers")
_REFERS_BACK = vocabulary(
    "it he she they this these those such its his her their him them however but and so also "
    "meanwhile instead therefore moreover furthermore nevertheless both neither then yet still "
    "another others"
)
"""Words that a text cannot begin with, as they stand for, or go on from, something before."""
_DEFINITE = re.compile(r"The ((?:[a-z][\w-]* ?){1,2})")
_INDEFINITE = re.compile(r"\b[Aa]n? ((?:[a-z][\w-]* ?){1,3})")
_FULL_NAME = re.compile(r"\b(?!(?:The|A|An|In|On|At|For|But|And)\b)[A-Z][a-z]+(?: [A-Z][a-z]+)+")
_BACK_PHRASE = re.compile(r"(?:the (?:former|latter|same)|on the other hand)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Coherence:
    """All from 0 (bad) to 1; `linked` and `unity` are None for a single sentence."""

    linked: float | None
    """Mean likeness of neighbors, half by meaning, half by whether they share a word."""
    unity: float | None
    """Cosine of the sentence that is furthest off to the mean of the others."""
    antecedents: float
    """Share of the sentences that refer to nothing which was not named before."""
    source_order: float
    """Share of the pairs of sentences that follow the article's order."""


def measure_coherence(
    summary: Sequence[str], mine: Vectors, similarity: Vectors, prose: int
) -> Coherence:
    """Measure how sentences hang together.

    Args:
        summary: The sentences; at least one.
        mine: Their vectors.
        similarity: Their cosines to the article's sentences.
        prose: How many of them, from the first, have an order; at least one.

    Returns:
        The features.
    """
    places = _places(similarity[:prose])
    dangling = _dangling(summary[:prose])
    return Coherence(
        linked=_linked(summary[:prose], mine[:prose]),
        unity=_unity(mine[:prose]),
        antecedents=1 - dangling / prose,
        source_order=fmean(b > a for a, b in combinations(places, 2)) if prose > 1 else 1.0,
    )


def _places(similarity: Vectors) -> list[float]:
    """Where in the article each sentence belongs: the mean place of its likes, the nearest most."""
    weights = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / _NEARNESS)
    places = (weights * np.arange(similarity.shape[1])).sum(axis=1) / weights.sum(axis=1)
    return [float(place) for place in places]


def _linked(summary: Sequence[str], mine: Vectors) -> float | None:
    if len(summary) < 2:
        return None
    meaning = [
        min(1.0, max(0.0, float(one @ other)) / _ENOUGH_LIKENESS) for one, other in pairwise(mine)
    ]
    sets = [set(stems(text)) for text in summary]
    shared = [bool(one & other) for one, other in pairwise(sets)]
    return (fmean(meaning) + fmean(shared)) / 2


def _unity(mine: Vectors) -> float | None:
    if len(mine) < 2:
        return None
    others = (mine.sum(axis=0) - mine) / (len(mine) - 1)
    cosines = (mine * others).sum(axis=1) / np.maximum(np.linalg.norm(others, axis=1), 1e-9)
    return float(np.clip(cosines.min(), 0, 1))


def _dangling(summary: Sequence[str]) -> int:
    """Sentences that stand for something unnamed, or name what was named before it was told of."""
    introduced = {one: place for place, text in enumerate(summary) for one in _introduced(text)}
    count = 0
    seen: set[str] = set()
    is_anyone_named = False
    for place, sentence in enumerate(summary):
        first = next(iter(words(sentence)), "")
        count += (
            (place == 0 and (first in _REFERS_BACK or bool(_BACK_PHRASE.match(sentence))))
            or (first in _PERSONAL and not is_anyone_named)
            or any(introduced.get(thing, -1) > place for thing in _presumed(sentence) - seen)
            or any(short in seen and full not in seen for full, short in _full_names(sentence))
        )
        seen.update(stem(word) for word in words(sentence))
        is_anyone_named |= bool(proper_names(sentence))
    return count


def _introduced(sentence: str) -> set[str]:
    """What a sentence tells of as new: the words behind `a`."""
    return {stem(word) for found in _INDEFINITE.findall(sentence) for word in words(found)}


def _presumed(sentence: str) -> set[str]:
    """What it begins with as known: the words behind `The`."""
    found = _DEFINITE.match(sentence)
    return {stem(word) for word in words(found[1])} if found else set()


def _full_names(sentence: str) -> list[tuple[str, str]]:
    """First and last word of names of several words."""
    names = [words(name) for name in _FULL_NAME.findall(sentence)]
    return [(stem(name[0]), stem(name[-1])) for name in names]
