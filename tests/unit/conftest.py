"""Fixtures of the unit tests."""

from __future__ import annotations

import pytest

from goldbrief.core.documents import Golden, StyleContract
from goldbrief.text.style import infer_style

from .quickstart import HANDWRITTEN, WordEmbedder, read


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def goldens() -> tuple[Golden, ...]:
    paths = sorted((HANDWRITTEN / "goldens").glob("*.md"))
    return tuple(Golden(name=p.name, persona="CFO", summary=read(p)[1]) for p in paths)


@pytest.fixture
def style(goldens: tuple[Golden, ...]) -> StyleContract:
    return infer_style(goldens)
