"""Embeddings of summaries, recorded once: the same texts are never embedded again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np

from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.datasets.likeness import Vector, Vectors, whole_vectors

_BATCH = 512
"""Texts of one object: what an interruption loses."""
_log = logging.getLogger(__name__)


class RecordedVectors:
    """An embedder whose answers are kept in the object store.

    Given the same recorded answers, a dataset is the same on any machine, although embedders
    differ in their last digits.

    Args:
        store: Keeps them under `embeddings/`.
        embedder: Is asked for the rest.
    """

    def __init__(self, store: ObjectStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> Mapping[str, Vector]:
        """Embed texts.

        Args:
            texts: In an order that follows from them, so that the same texts are found again.

        Returns:
            Text to vector, see `likeness.whole_vectors`.

        Raises:
            TransientError: The embedder is away.
        """
        found: dict[str, Vector] = {}
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            found.update(zip(batch, self._batch(batch), strict=True))
        return found

    def _batch(self, texts: Sequence[str]) -> Vectors:
        key = f"embeddings/{sha256_json([self._embedder.name, list(texts)])}.int16"
        if not self._store.exists(key):
            vectors = whole_vectors(self._embedder.embed(texts))
            _log.info("embedded %d summaries", len(texts))
            self._store.put(key, vectors.astype("<i2").tobytes())
        stored = np.frombuffer(self._store.get(key), dtype="<i2").astype(np.int16)
        return stored.reshape(len(texts), -1)
