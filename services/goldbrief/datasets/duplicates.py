"""Near-duplicate texts: MinHash finds candidates, the exact overlap decides.

A text is the set of its word shingles, each hashed to 64 bits. Candidates come from
locality-sensitive hashing (Broder 1997; datasketch), so that thousands of texts are
compared without looking at every pair.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goldbrief.text.sentences import words

Shingles = NDArray[np.uint64]
"""Sorted distinct hashes of a text's shingles."""

ARTICLE_SHINGLE = 5
"""Words in an article's shingle (evaluation.md: 5-word shingles on 1,681 transcripts)."""
SUMMARY_SHINGLE = 3
"""Words in a summary's shingle; summaries are short and share few long runs."""
NEAR_DUPLICATE = 0.7
"""Jaccard similarity from which two texts count as one; unrelated ones have about .04."""

_PERMUTATIONS = 128
_SEARCH_MARGIN = 0.15
"""How far below the threshold candidates are looked for: hashing misses some at it."""
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
    """What a text is compared by."""

    shingles: Shingles
    minhash: Any
    """A `datasketch.MinHash` of 128 permutations."""


def fingerprint(text: str, size: int) -> Fingerprint:
    """Take a text's fingerprint over shingles of `size` words."""
    hashes = shingles(text, size)
    minhash = _empty_minhash().copy()
    minhash.update_batch((hashes >> np.uint64(32)).tolist())
    return Fingerprint(hashes, minhash)


class DuplicateIndex:
    """Texts that can be searched for near-duplicates.

    Args:
        threshold: Jaccard similarity from which two texts count as one.
    """

    def __init__(self, threshold: float = NEAR_DUPLICATE) -> None:
        self._threshold = threshold
        self._index = _new_index(max(0.1, threshold - _SEARCH_MARGIN))
        self._texts: list[tuple[str, Shingles]] = []

    def matches(self, text: Fingerprint) -> list[tuple[str, float]]:
        """Name and similarity of each text at or over the threshold, in the order added."""
        if not len(text.shingles):
            return []
        candidates = (self._texts[number] for number in sorted(self._index.query(text.minhash)))
        similar = ((name, jaccard(text.shingles, shingles)) for name, shingles in candidates)
        return [(name, shared) for name, shared in similar if shared >= self._threshold]

    def add(self, name: str, text: Fingerprint) -> None:
        """Make a text findable; one without words never matches."""
        if len(text.shingles):
            self._index.insert(len(self._texts), text.minhash)
            self._texts.append((name, text.shingles))


def _new_index(threshold: float) -> Any:
    from datasketch import MinHashLSH  # noqa: PLC0415 - SciPy behind it takes seconds to import

    return MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)


@cache
def _empty_minhash() -> Any:
    """Drawing the permutations takes longer than using them, so that is done once."""
    from datasketch import MinHash  # noqa: PLC0415 - SciPy behind it takes seconds to import

    return MinHash(num_perm=_PERMUTATIONS, hashfunc=int)


@lru_cache(maxsize=2**18)
def _word_hash(word: str) -> int:
    # not hash(): that differs from process to process
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
