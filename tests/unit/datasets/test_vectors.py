"""Recorded embeddings make a dataset the same wherever it is built again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.datasets.vectors import RecordedVectors
from goldbrief.datasets.versions import DatasetVersions
from goldbrief.platform.storage import DirectoryStore

from ..quickstart import WordEmbedder
from .samples import Workplace, make_material, make_plan, prose
from .test_versions import build


class AwayEmbedder:
    """An embedder that nobody can reach."""

    name = WordEmbedder.name

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        raise TransientError("The embedder is away.")


def test_the_same_texts_are_embedded_once(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    texts = sorted(prose(number, 1) for number in range(600))
    first = RecordedVectors(store, WordEmbedder()).embed(texts)
    again = RecordedVectors(store, AwayEmbedder()).embed(texts)
    assert list(first) == list(again) == texts
    assert all((first[text] == again[text]).all() for text in texts)
    with pytest.raises(TransientError, match="The embedder is away"):
        RecordedVectors(store, AwayEmbedder()).embed(texts[1:])


def test_a_version_is_built_again_from_recorded_embeddings(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    synthesis = place.add_synthesis([make_material(n, f"C{n}") for n in range(8)])
    first = build(place, synthesis, make_plan())
    away = DatasetVersions(place.ledger, place.store, AwayEmbedder())
    assert away.curate(first.spec).result == first.result


def test_without_embeddings_no_embedder_is_asked(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    synthesis = place.add_synthesis([make_material(n, f"C{n}") for n in range(8)])
    work = build(place, synthesis, make_plan(embeddings=False))
    assert list(place.store.list("embeddings/")) == []
    assert "Summaries were not compared by embedding." in place.versions.card(work)
