"""What the articles and summaries of a training set are like, to compare live ones with."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

import numpy as np

from goldbrief.core.documents import Pair, Record
from goldbrief.core.errors import NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_json
from goldbrief.core.seams import Embedder, ObjectStore
from goldbrief.core.states import State
from goldbrief.evaluation.live.drift import Feature, Histogram, category_histogram, histogram
from goldbrief.evaluation.live.topics import Place, find_topics, place
from goldbrief.evaluation.rows import read_article
from goldbrief.platform.ledger import Ledger
from goldbrief.text.selection import estimate_tokens

_MOST_ARTICLES = 400
"""Of the training set, drawn by their hashes; embedding them takes a minute or two of a core."""
_TOPIC_CHARS = 2000
"""Of an article, which say what it is about; the embedding model sees no more."""
_DATASET = "dataset"
"""Kind of the works that build dataset versions."""
_log = logging.getLogger(__name__)


class TrainingProfile(Record):
    """Histograms of a training set, and its topics: counts and means, no text."""

    embedder: str
    """Whose embeddings the centres are of."""
    centres: tuple[tuple[float, ...], ...]
    """Of the topics; empty where there are too few articles."""
    histograms: dict[Feature, Histogram]
    """Of the features for which the training set has enough values."""

    def place(self, embedding: Sequence[float]) -> Place:
        """Find the nearest topic of an article."""
        return place(np.asarray(self.centres), embedding)


class TrainingProfiles:
    """Makes the profile of a dataset version once, and keeps it in the object store.

    Args:
        ledger: Knows the dataset versions.
        store: Holds their rows.
        embedder: Embeds articles.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore, embedder: Embedder) -> None:
        self._ledger = ledger
        self._store = store
        self._embedder = embedder
        self._known: dict[str, TrainingProfile | None] = {}
        self._lock = threading.Lock()

    def find(self, digest: str) -> TrainingProfile | None:
        """The profile of a dataset version, if it was made before; waits for none being made."""
        found = self._known.get(digest)
        if found is None and digest and self._store.exists(_key(digest)):
            found = TrainingProfile.model_validate_json(self._store.get(_key(digest)))
            self._known[digest] = found
        return found

    def make(self, digest: str) -> TrainingProfile | None:
        """The profile of a dataset version.

        Args:
            digest: Of the version; empty for none.

        Returns:
            The profile; None where there is no such version.

        Raises:
            TransientError: Object store, database or embedder do not answer.
        """
        with self._lock:  # two would do the same work
            found = self.find(digest)
            if found is not None or digest in self._known:
                return found
            profile = self._of_rows(digest)
            if profile is not None:
                self._store.put(_key(digest), canonical_json(profile.model_dump(mode="json")))
                _log.info("what dataset version %s is like is known now", digest)
            self._known[digest] = profile
            return profile

    def place(self, digest: str, article: str) -> Place | None:
        """Find the nearest training topic of an article; None where there are none.

        Args:
            digest: Of the dataset version.
            article: Normalised text.

        Returns:
            The place.

        Raises:
            TransientError: See `make`.
        """
        profile = self.make(digest)
        if profile is None or not profile.centres:
            return None
        (embedding,) = self._embedder.embed([article[:_TOPIC_CHARS]])
        return profile.place(embedding)

    def _of_rows(self, digest: str) -> TrainingProfile | None:
        rows = self._rows(digest)
        texts = _texts(self._store, rows)
        if not texts:
            return None
        embeddings = self._embedder.embed([text[:_TOPIC_CHARS] for text in texts])
        # centres are nearer to what they were made of than to anything else, so that one half
        # makes them and the other is compared with
        centres = find_topics(embeddings[::2]) if len(embeddings) > 1 else np.zeros((0, 0))
        places = [place(centres, one) for one in embeddings[1::2]]
        histograms: dict[Feature, Histogram | None] = {
            "article_tokens": histogram([estimate_tokens(text) for text in texts]),
            "summary_words": histogram([len(row.response.split()) for row in rows]),
            "topic": category_histogram([one.topic for one in places], len(centres)),
            "novelty": histogram([one.novelty for one in places]),
        }
        return TrainingProfile(
            embedder=self._embedder.name,
            centres=tuple(tuple(round(float(x), 6) for x in centre) for centre in centres),
            histograms={name: one for name, one in histograms.items() if one is not None},
        )

    def _rows(self, digest: str) -> list[Pair]:
        """Training rows of different articles, at most so many, in an order that hashes make."""
        prefix = self._prefix(digest)
        if not prefix:
            return []
        try:
            lines = self._store.get(f"{prefix}train.jsonl").decode().split("\n")
        except NotFoundError:
            return []
        rows = {row.article_sha256: row for row in map(_pair, filter(None, lines))}
        drawn = sorted(rows.values(), key=lambda row: sha256_json([digest, row.article_sha256]))
        return drawn[:_MOST_ARTICLES]

    def _prefix(self, digest: str) -> str:
        for work in self._ledger.works.of_kind(_DATASET) if digest else ():
            if work.state == State.SUCCEEDED and work.result.get("digest") == digest:
                return str(work.result["prefix"])
        return ""


def _pair(line: str) -> Pair:
    return Pair.model_validate_json(line)


def _texts(store: ObjectStore, rows: Sequence[Pair]) -> list[str]:
    texts = []
    for row in rows:
        try:
            texts.append(read_article(store, row.article_sha256).text)
        except NotFoundError:  # deleted since
            continue
    return texts


def _key(digest: str) -> str:
    return f"live/profiles/{digest}.json"
