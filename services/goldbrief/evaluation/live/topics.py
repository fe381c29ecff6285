"""Topics of articles: groups of embeddings of the training set (spherical k-means)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]
_ARTICLES_A_TOPIC = 12
_MOST_TOPICS = 8
_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article is among the topics."""

    topic: int
    """Number of the nearest."""
    novelty: float
    """Cosine distance to its centre, 0 to 2."""


def find_topics(embeddings: Sequence[Sequence[float]]) -> Vectors:
    """Group embeddings.

    Args:
        embeddings: Unit vectors, at least one.

    Returns:
        A unit vector a topic, at most 8; the same embeddings give the same.
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    number = max(1, min(_MOST_TOPICS, len(vectors) // _ARTICLES_A_TOPIC))
    centres = _spread(vectors, number)
    for _ in range(_ROUNDS):
        nearest = (vectors @ centres.T).argmax(axis=1)
        moved = np.stack([_mean(vectors[nearest == i], centres[i]) for i in range(number)])
        if np.allclose(moved, centres):
            break
        centres = moved
    return centres


def place(centres: Vectors, embedding: Sequence[float]) -> Place:
    """Find the nearest topic of a unit vector."""
    likeness = centres @ np.asarray(embedding, dtype=np.float64)
    topic = int(likeness.argmax())
    return Place(topic, float(1 - likeness[topic]))


def _spread(vectors: Vectors, number: int) -> Vectors:
    """Vectors far from each other, to begin with: each is the farthest from those before it."""
    chosen = [vectors.mean(axis=0)]
    chosen = [vectors[int((vectors @ chosen[0]).argmax())]]
    while len(chosen) < number:
        nearest = (vectors @ np.stack(chosen).T).max(axis=1)
        chosen.append(vectors[int(nearest.argmin())])
    return np.stack(chosen)


def _mean(vectors: Vectors, otherwise: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not len(vectors):
        return otherwise
    mean: npt.NDArray[np.float64] = vectors.mean(axis=0)
    return mean / (np.linalg.norm(mean) or 1.0)
