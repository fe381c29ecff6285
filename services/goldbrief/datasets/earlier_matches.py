"""Near-duplicates among texts that are all at hand.

A `DuplicateIndex` gives the same answers to texts that come one by one, and needs kilobytes for
each in its buckets; here a sort finds the texts that share one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from goldbrief.datasets.duplicates import (
    MOST_IN_BUCKET,
    NEAR_DUPLICATE,
    Fingerprint,
    band_rows,
    bucket_keys,
    jaccard,
    may_match,
    shingles,
    sketch,
)

_CHUNK = 65536
"""Pairs whose sketches are compared at once."""
_SHINGLES_KEPT = 8192
"""Texts that later ones are compared with are mostly the same, the first of their buckets."""


def earlier_matches(
    texts: Iterable[Fingerprint], threshold: float = NEAR_DUPLICATE
) -> Iterator[list[tuple[int, float]]]:
    """Find for each text those before it that are near-duplicates of it.

    Args:
        texts: Fingerprints, gone over once and not kept.
        threshold: Jaccard similarity from which two texts count as one.

    Yields:
        For each text, in order: number and similarity of each text before it at or over the
        threshold, by number. Very many that are alike are compared with a few of them, as in a
        `DuplicateIndex`.
    """
    rows = band_rows(threshold)
    contents: list[tuple[str, int]] = []
    numbers: list[int] = []
    keys, sketches = bytearray(), bytearray()  # arrays of their own would take half as much again
    for number, text in enumerate(texts):
        contents.append((text.text, text.size))
        if text.minhash is not None:
            numbers.append(number)
            keys += bucket_keys(text.minhash, rows).tobytes()
            sketches += sketch(text).tobytes()
    if not numbers:
        yield from ([] for _ in contents)
        return
    places = np.array(numbers)
    pairs = _promising(
        np.frombuffer(keys, dtype=np.uint64).reshape(len(places), -1),
        np.frombuffer(sketches, dtype=np.uint8).reshape(len(places), -1),
        threshold,
    )
    later, earlier = places[pairs // len(places)], places[pairs % len(places)]
    bounds = np.searchsorted(later, np.arange(len(contents) + 1))
    shingles_of = lru_cache(_SHINGLES_KEPT)(lambda number: shingles(*contents[number]))
    for number, content in enumerate(contents):
        candidates = earlier[bounds[number] : bounds[number + 1]]
        if not len(candidates):
            yield []
            continue
        own = shingles(*content)
        similar = ((other, jaccard(own, shingles_of(other))) for other in candidates.tolist())
        yield [(other, shared) for other, shared in similar if shared >= threshold]


def _promising(
    keys: NDArray[np.uint64], sketches: NDArray[np.uint8], threshold: float
) -> NDArray[np.intp]:
    """Pairs of a row and one of the first that share a key with it, as `later * rows + earlier`.

    Of those, the pairs that may be as similar as the threshold.
    """
    found = np.empty(0, dtype=np.intp)
    for column in keys.T:
        pairs = _pairs(column)
        parts = (pairs[start : start + _CHUNK] for start in range(0, len(pairs), _CHUNK))
        kept = [
            part[may_match(sketches[part // len(keys)], sketches[part % len(keys)], threshold)]
            for part in parts
        ]
        # numpy.unique, which hashes, takes a hundred times as long for hundreds of thousands
        both = np.sort(np.concatenate((found, *kept)))
        found = both[np.diff(both, prepend=-1) > 0]
    return found


def _pairs(keys: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Pairs that share a key, of one column, and in no order."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    first = np.repeat(starts, np.diff(np.append(starts, len(keys))))
    ranks = np.arange(len(keys)) - first
    pairs = [
        order[later] * len(keys) + order[first[later] + rank]
        for rank in range(MOST_IN_BUCKET)
        if len(later := np.flatnonzero(ranks > rank))
    ]
    return np.concatenate(pairs) if pairs else np.empty(0, dtype=np.intp)
