"""Near-duplicate texts: MinHash finds candidates, the exact overlap decides.

A text is the set of its word shingles, each hashed to 64 bits. Candidates come from
locality-sensitive hashing (Broder 1997), so that thousands of texts are compared without
looking at every pair.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from goldbrief.text.sentences import words

Shingles = NDArray[np.uint64]
"""Sorted distinct hashes of a text's shingles."""
Sketch = NDArray[np.uint8]
"""A byte of each of a text's 128 least shingles."""

ARTICLE_SHINGLE = 5
"""Words in an article's shingle (evaluation.md: 5-word shingles on 1,681 transcripts)."""
SUMMARY_SHINGLE = 3
"""Words in a summary's shingle; summaries are short and share few long runs."""
NEAR_DUPLICATE = 0.7
"""Jaccard similarity from which two texts count as one; unrelated ones have about .04."""

_ORDERS = 128
"""Random orders of shingles; two texts have the same least one with a chance of their Jaccard
similarity."""
_FOUND = 0.995
"""Chance at least with which a pair at the threshold becomes a candidate."""
_DEVIATIONS = 4
"""Standard deviations that an estimate may lie below the threshold: so one in some thirty thousand
pairs at the threshold is not measured."""
MOST_IN_BUCKET = 16
"""Texts of one bucket that later ones are compared with. More than that only share one where very
many are alike: a few then stand for all, or the time would grow with their square."""
_BASE = 0x9E3779B97F4A7C15  # odd, so that every word's place changes the hash


def shingles(text: str, size: int) -> Shingles:
    """Hash every run of `size` words; a shorter text is one run.

    Args:
        text: Any text.
        size: Words in a run.

    Returns:
        Sorted distinct hashes; empty for a text without words.
    """
    hashes = np.array([_word_hash(word) for word in words(text)], dtype=np.uint64)
    if not len(hashes):
        return hashes
    size = min(size, len(hashes))
    runs = np.zeros(len(hashes) - size + 1, dtype=np.uint64)
    for place in range(size):  # a polynomial in the words' hashes, modulo 2**64
        runs = runs * np.uint64(_BASE) + hashes[place : place + len(runs)]
    return distinct(runs)


def distinct(hashes: Shingles) -> Shingles:
    """Sort hashes and drop repeats; several times as fast as `numpy.unique` on short arrays."""
    ordered = np.sort(hashes)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]


def jaccard(first: Shingles, second: Shingles) -> float:
    """Shared share of two sets, 0 to 1."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    union = len(first) + len(second) - shared
    return shared / union if union else 0.0


def share_known(part: Shingles, known: Shingles) -> float:
    """Share of the hashes of `part` that are in the sorted `known`, 0 to 1."""
    if not len(part) or not len(known):
        return 0.0
    places = np.minimum(np.searchsorted(known, part), len(known) - 1)
    return float((known[places] == part).mean())


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a text is compared by.

    Its shingles are taken anew when they are asked for: they need more memory than the text,
    and few texts are ever compared.
    """

    text: str
    size: int
    """Words in a shingle."""
    minhash: NDArray[np.uint64] | None
    """The least shingle in each of 128 orders; None for a text without words."""

    @property
    def shingles(self) -> Shingles:
        """Of the text."""
        return shingles(self.text, self.size)


def fingerprint(text: str, size: int) -> Fingerprint:
    """Take a text's fingerprint over shingles of `size` words."""
    hashes = shingles(text, size)
    if not len(hashes):
        return Fingerprint(text, size, None)
    return Fingerprint(text, size, np.multiply.outer(_FACTORS, hashes).min(axis=1))


def sketch(text: Fingerprint) -> Sketch:
    """What two texts are compared by before they are measured; empty for a text without words.

    A byte of each least shingle: in an eighth of the memory, equal bytes estimate the similarity
    nearly as well as equal shingles (b-bit MinHash, Li and König 2010).
    """
    minhash = text.minhash
    return np.empty(0, dtype=np.uint8) if minhash is None else minhash.astype(np.uint8)


def may_match(first: Sketch, second: Sketch, threshold: float) -> NDArray[np.bool_]:
    """Whether texts may be as similar as the threshold.

    Of those that share a bucket nearly all are far from it, and measuring takes a hundred times
    as long.

    Args:
        first: Sketches, one a row.
        second: As many.
        threshold: Jaccard similarity from which two texts count as one.

    Returns:
        One answer a row.
    """
    spread = np.sqrt(_ORDERS * threshold * (1 - threshold))
    equal = np.count_nonzero(first == second, axis=-1)
    return np.asarray(equal >= _ORDERS * threshold - _DEVIATIONS * spread)


class DuplicateIndex:
    """Texts that can be searched for near-duplicates.

    Args:
        threshold: Jaccard similarity from which two texts count as one.
    """

    def __init__(self, threshold: float = NEAR_DUPLICATE) -> None:
        self._threshold = threshold
        self._rows = band_rows(threshold)
        self._buckets: dict[int, list[int]] = {}
        self._texts: list[tuple[str, Fingerprint]] = []

    def matches(self, text: Fingerprint) -> list[tuple[str, float]]:
        """Name and similarity of each text at or over the threshold, in the order added."""
        found = {number for key in self._keys(text) for number in self._buckets.get(key, ())}
        candidates = self._promising(text, [self._texts[number] for number in sorted(found)])
        if not candidates:
            return []
        own = text.shingles
        similar = ((name, jaccard(own, other.shingles)) for name, other in candidates)
        return [(name, shared) for name, shared in similar if shared >= self._threshold]

    def add(self, name: str, text: Fingerprint) -> None:
        """Make a text findable; one without words never matches."""
        for key in self._keys(text):
            bucket = self._buckets.setdefault(key, [])
            if len(bucket) < MOST_IN_BUCKET:
                bucket.append(len(self._texts))
        if text.minhash is not None:
            self._texts.append((name, text))

    def _promising(
        self, text: Fingerprint, candidates: list[tuple[str, Fingerprint]]
    ) -> list[tuple[str, Fingerprint]]:
        own = sketch(text)
        return [one for one in candidates if may_match(own, sketch(one[1]), self._threshold)]

    def _keys(self, text: Fingerprint) -> list[int]:
        if text.minhash is None:
            return []
        return [int(key) for key in bucket_keys(text.minhash, self._rows)]


def bucket_keys(minhash: NDArray[np.uint64], rows: int) -> NDArray[np.uint64]:
    """Buckets of a text, one a band of so many rows: texts that share one are candidates."""
    keys = np.arange(_ORDERS // rows, dtype=np.uint64)  # the same rows of another band
    for column in minhash.reshape(-1, rows).T:
        keys = keys * np.uint64(_BASE) + column
    return keys


def band_rows(threshold: float) -> int:
    """Most rows in a band, hence fewest candidates, with which pairs at the threshold are found."""
    for rows in (16, 8, 4, 2):
        if 1 - (1 - threshold**rows) ** (_ORDERS // rows) >= _FOUND:
            return rows
    return 1


def _factor(number: int) -> np.uint64:
    """An odd factor: multiplying by it modulo 2**64 puts the hashes into another order."""
    digest = hashlib.blake2b(f"order {number}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big") | 1)


_FACTORS = np.array([_factor(number) for number in range(_ORDERS)], dtype=np.uint64)


@lru_cache(maxsize=2**18)
def _word_hash(word: str) -> int:
    # not hash(): that differs from process to process
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
