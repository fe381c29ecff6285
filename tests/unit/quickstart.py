"""The sample packs as unit tests read them, and an embedder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from goldbrief.core.documents import Article
from goldbrief.text.sentences import words

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart"
HANDWRITTEN = QUICKSTART.with_name("handwritten")


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


def read_article(path: Path) -> Article:
    head, text = read(path)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Article(sha256=sha256, company=head["company"], text=text)
