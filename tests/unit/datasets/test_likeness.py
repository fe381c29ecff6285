"""Vectors that are alike are found, on any machine the same ones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from goldbrief.datasets import likeness
from goldbrief.datasets.clusters import Clusters
from goldbrief.datasets.likeness import LIKE, cosines, like_groups, whole_vectors


def spread(number: int, seed: int = 0) -> NDArray[np.float64]:
    """Unit vectors about as far apart as summaries of one trade."""
    draw = np.random.default_rng(seed)
    topics = draw.normal(size=(40, 64))
    return topics[draw.integers(0, 40, number)] + 0.5 * draw.normal(size=(number, 64))


def near(vectors: NDArray[np.float64], cosine: float, seed: int = 1) -> NDArray[np.float64]:
    """For each vector one at that cosine from it."""
    draw = np.random.default_rng(seed)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    aside = draw.normal(size=vectors.shape)
    aside -= (aside * unit).sum(axis=1, keepdims=True) * unit
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return cosine * unit + (1 - cosine**2) ** 0.5 * aside


def pairs(groups: list[list[int]]) -> set[tuple[int, int]]:
    return {(one, other) for group in groups for one in group for other in group if one < other}


def test_pairs_over_the_threshold_are_found_and_no_others() -> None:
    base = spread(200)
    vectors = whole_vectors(
        np.vstack([base, near(base[:20], 0.97), near(base[20:40], 0.9)]).tolist()
    )
    alike = np.argwhere(np.triu(cosines(vectors, vectors) >= LIKE, 1))
    found = pairs(list(like_groups(vectors)))
    assert {(int(one), int(other)) for one, other in alike} <= found
    assert {(n, 200 + n) for n in range(20)} <= found
    assert not found & {(n, 220 + n) for n in range(20, 40)}


def test_of_many_rows_nearly_all_pairs_are_found() -> None:
    base = spread(9000)
    copies = near(base[:300], 0.96)
    found = pairs(list(like_groups(whole_vectors(np.vstack([base, copies]).tolist()))))
    assert sum((n, 9000 + n) in found for n in range(300)) >= 294


def test_rows_near_borders_are_copied_a_limited_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(likeness, "_CELL", 32)
    number = 20_000
    dense = whole_vectors(np.random.default_rng(0).normal(size=(number, 3)).tolist())
    sizes = {}
    for copies in (2.0, 100.0):
        cells = list(likeness._cells(dense, np.arange(number), copies))
        assert len(set(np.concatenate(cells).tolist())) == number
        sizes[copies] = sum(map(len, cells))
    assert sizes[2.0] <= 2 * number
    assert sizes[100.0] > 5 * number


def test_many_equal_rows_are_one_group() -> None:
    vectors = whole_vectors(np.repeat(spread(2), [3000, 4], axis=0).tolist())
    assert sorted(map(len, like_groups(vectors))) == [4, 3000]


def test_products_are_whole_numbers_whatever_the_order_of_sums() -> None:
    vectors = whole_vectors(spread(50).tolist())
    exact = vectors.astype(np.int64) @ vectors.astype(np.int64).T
    order = np.random.default_rng(2).permutation(vectors.shape[1])
    shuffled = vectors[:, order].astype(np.float32)
    assert (shuffled @ shuffled.T == exact).all()
    assert (cosines(vectors, vectors) == cosines(vectors[:, order], vectors[:, order])).all()


def test_clusters_have_the_same_names_in_any_order_of_joining() -> None:
    links = [("b", "c"), ("d", "e"), ("c", "d"), ("x", "y")]
    names = []
    for order in (links, links[::-1]):
        clusters = Clusters()
        for first, second in order:
            clusters.join(second, first)
        names.append([clusters.of(thing) for thing in "bcdexyz"])
    assert names == [["b", "b", "b", "b", "x", "x", "z"]] * 2
