from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.text.sentences import words
from goldbrief.text.style import infer_style

QUICKSTART = Path(__file__).parents[3] / "examples" / "quickstart"


class WordEmbedder:
    """Texts with the same words point the same way."""

    name = "words"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [1e-6] * 64
        for word in words(text):
            vector[hashlib.sha256(word.encode()).digest()[0] % 64] += 1.0
        norm = sum(value * value for value in vector) ** 0.5
        return [value / norm for value in vector]


def read(path: Path) -> tuple[dict[str, str], str]:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    fields = (line.partition(": ") for line in head.strip().splitlines())
    return {key: value.strip('"') for key, _, value in fields}, body.strip()


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def goldens() -> tuple[Golden, ...]:
    paths = sorted((QUICKSTART / "goldens").glob("*.md"))
    return tuple(Golden(name=p.name, persona="CFO", summary=read(p)[1]) for p in paths)


@pytest.fixture
def style(goldens: tuple[Golden, ...]) -> StyleContract:
    return infer_style(goldens)


@pytest.fixture
def article() -> Article:
    head, text = read(QUICKSTART / "golden-eval" / "02.md")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Article(sha256=sha256, company=head["company"], text=text)


@pytest.fixture
def summary() -> str:
    return read(QUICKSTART / "golden-eval" / "02.summary.md")[1]
