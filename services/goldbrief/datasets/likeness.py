"""Summaries that say the same in other words: near-duplicates by embedding.

Vectors are rounded to whole numbers small enough that float32 holds every sum of their products:
so a likeness is the same on any machine, however it orders the sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.int16]
Vectors = NDArray[np.int16]
"""One a row."""
Embed = Callable[[Sequence[str]], Mapping[str, Vector]]
"""Gives the vector of each text, from `whole_vectors`."""

LIKE = 0.95
"""Cosine from which two summaries say the same (evaluation.md §5, for all-MiniLM-L6-v2)."""

_NORM = 2880
"""Length of a vector. A product is at most its square, and one with the difference of two vectors
at most twice that: below 2**24, up to which float32 has every whole number."""
_CELL = 2048
"""Rows that are compared each with each; more are divided first."""
_OVERLAP = 0.04
"""Rows so near the border of two cells are in both (a spill tree, Liu et al. 2004), for vectors of
length 1: two of cosine .95 lie .32 apart, of which little is across any one border."""
_MOST_COPIES = 16.0
"""Times that a row may be in parts, on average: rows of both parts are divided again, and without
an end to it a million of them would be compared some thirty times."""
_CHUNK = 65536
_COMPARED_AT_ONCE = 4096

_One = TypeVar("_One")
_Floats = NDArray[np.float32]


def whole_vectors(vectors: Sequence[Sequence[float]]) -> Vectors:
    """Round unit vectors.

    Args:
        vectors: As an embedder gives them.

    Returns:
        Whole numbers, one vector a row.
    """
    exact = np.asarray(vectors, dtype=np.float64).reshape(len(vectors), -1)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    rounded: Vectors = np.rint(exact * (_NORM / np.maximum(norms, 1e-9))).astype(np.int16)
    return rounded


def cosines(first: Vectors, second: Vectors) -> NDArray[np.float64]:
    """Cosine of each row of `first` with each of `second`."""
    left, right = first.astype(np.float32), second.astype(np.float32)
    products = (left @ right.T).astype(np.float64)
    products /= np.maximum(np.sqrt(_squares(left)), 1)[:, None]
    products /= np.maximum(np.sqrt(_squares(right)), 1)
    return products


def chunks(values: Sequence[_One]) -> Iterator[Sequence[_One]]:
    """Parts of the values, so that comparing them takes the same memory for any number."""
    for start in range(0, len(values), _COMPARED_AT_ONCE):
        yield values[start : start + _COMPARED_AT_ONCE]


def like_groups(vectors: Vectors, threshold: float = LIKE) -> Iterator[list[int]]:
    """Find rows that are alike.

    Up to 2,048 rows are compared each with each. More are divided in two at the widest, again
    and again, which takes time linear in their number but for a logarithm; a pair that is just
    alike and lies across a border may be missed.

    Args:
        vectors: From `whole_vectors`.
        threshold: Cosine from which two rows are alike.

    Yields:
        Groups of at least two rows of which each is alike another; groups may share rows.
    """
    order = _ordered(vectors)
    starts = _starts(vectors, order)
    yield from _same(order, starts)
    for cell in _cells(vectors, order[starts]):
        for group in _components(cosines(vectors[cell], vectors[cell]) >= threshold):
            yield [int(row) for row in cell[group]]


def _ordered(vectors: Vectors) -> NDArray[np.intp]:
    """The rows in lexical order; equal ones as they come."""
    # with the sign turned and the high byte first, bytes are in the order of their numbers
    turned = vectors.astype(">u2")
    turned ^= 0x8000
    return turned.view(f"V{turned.itemsize * turned.shape[1]}").reshape(-1).argsort(kind="stable")


def _starts(vectors: Vectors, order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where in the order each kind of equal rows starts."""
    is_new = np.ones(len(order), dtype=bool)
    for start in range(1, len(order), _CHUNK):
        part = order[start - 1 : start + _CHUNK]
        is_new[start : start + _CHUNK] = (vectors[part[1:]] != vectors[part[:-1]]).any(axis=1)
    return np.flatnonzero(is_new)


def _same(order: NDArray[np.intp], starts: NDArray[np.intp]) -> Iterator[list[int]]:
    """Groups of equal rows."""
    ends = np.append(starts[1:], len(order))
    several = ends - starts > 1
    for start, end in zip(starts[several], ends[several], strict=True):
        yield [int(row) for row in order[start:end]]


def _cells(
    vectors: Vectors, rows: NDArray[np.intp], copies: float = _MOST_COPIES
) -> Iterator[NDArray[np.intp]]:
    """Divide rows until each part is small enough; `copies` is what overlaps may make of them."""
    if len(rows) <= _CELL:
        yield rows
        return
    far = vectors[rows[_products(vectors, rows, vectors[rows[0]]).argmin()]]
    farthest = vectors[rows[_products(vectors, rows, far).argmin()]]
    direction = far.astype(np.float32) - farthest.astype(np.float32)
    places = _products(vectors, rows, direction)
    border = np.partition(places, len(rows) // 2)[len(rows) // 2]
    margin = _OVERLAP * _NORM * float(np.sqrt(_squares(direction[None])[0]))
    low, high = rows[places < border + margin], rows[places >= border - margin]
    growth = (len(low) + len(high)) / len(rows)
    if growth > min(1.5, copies):  # too dense to overlap, or copied often enough
        order = np.argsort(places, kind="stable")
        low, high, growth = rows[order[: len(rows) // 2]], rows[order[len(rows) // 2 :]], 1.0
    yield from _cells(vectors, low, copies / growth)
    yield from _cells(vectors, high, copies / growth)


def _products(vectors: Vectors, rows: NDArray[np.intp], direction: NDArray[np.generic]) -> _Floats:
    other = direction.astype(np.float32)
    chunks = (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
    return np.concatenate([vectors[chunk].astype(np.float32) @ other for chunk in chunks])


def _squares(vectors: _Floats) -> NDArray[np.float64]:
    """Squared lengths; exact, as the products are."""
    squares: NDArray[np.float64] = np.square(vectors.astype(np.float64)).sum(axis=1)
    return squares


def _components(alike: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """Connected rows of a symmetric matrix, without rows that are alone."""
    (rows,) = np.nonzero(alike.sum(axis=1) > 1)
    alike = alike[np.ix_(rows, rows)]
    left = np.ones(len(rows), dtype=bool)
    while left.any():
        found = np.zeros(len(rows), dtype=bool)
        fresh = np.zeros(len(rows), dtype=bool)
        fresh[left.argmax()] = True
        while fresh.any():
            found |= fresh
            fresh = alike[fresh].any(axis=0) & ~found
        left &= ~found
        yield rows[found]
