"""Compares simulated articles with real ones: variety, lengths, figures, near-duplicates."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from statistics import mean, quantiles

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.text.figures import extract_figures
from goldbrief.text.sentences import split_sentences, words

_SAMPLE_WORDS = 60_000
"""Words that every collection is cut to, as distinct shares fall with size."""
_SHINGLE = 5
_NUM_HASHES = 64
_SUFFIXES = (".jsonl", ".jsonl.gz", ".md", ".txt")


@dataclass(frozen=True, slots=True)
class TextStatistics:
    """What a collection of texts is like, measured on its first 60,000 words."""

    articles: int
    words: int
    vocabulary: int
    """Different words, in lower case."""
    distinct: tuple[float, ...]
    """Share of n-grams that occur for the first time, n = 1 to 4."""
    sentence_words: tuple[float, float, float]
    """Words of a sentence: lower quartile, median, upper quartile."""
    figures_per_100_words: float
    nearest: float
    """Mean over articles of the likeness to the nearest other one (Jaccard of 5-word
    shingles, estimated), 0 to 1."""
    duplicates: int
    """Articles whose nearest other one is at least half the same."""


def describe(texts: Iterable[str]) -> TextStatistics:
    """Measure a collection of texts.

    Args:
        texts: The articles.

    Returns:
        Its statistics.

    Raises:
        InvalidInputError: There are fewer than two texts.
    """
    sample = list(_cut(texts))
    if len(sample) < 2:
        raise InvalidInputError("A comparison needs two articles or more.", remedy="Add some.")
    tokens = [[word.lower() for word in words(text)] for text in sample]
    flat = [word for each in tokens for word in each]
    lengths = [len(words(one)) for text in sample for one in split_sentences(text)]
    first, median, third = quantiles([length for length in lengths if length], n=4)
    likeness = _nearest([_signature(each) for each in tokens])
    return TextStatistics(
        articles=len(sample),
        words=len(flat),
        vocabulary=len(set(flat)),
        distinct=tuple(_distinct(tokens, n) for n in range(1, 5)),
        sentence_words=(first, median, third),
        figures_per_100_words=100 * sum(len(extract_figures(text)) for text in sample) / len(flat),
        nearest=mean(likeness),
        duplicates=sum(value >= 0.5 for value in likeness),
    )


def read_articles(folder: Path) -> Iterator[str]:
    """Read the texts of a folder's Markdown, text and JSON Lines files, in order of name.

    Args:
        folder: Where real articles lie; rows of JSON Lines have a `text`.

    Yields:
        The texts.

    Raises:
        NotFoundError: There is no such folder, or no article in it.
    """
    paths = sorted(path for path in folder.glob("*") if path.name.endswith(_SUFFIXES))
    found = False
    for path in paths:
        for text in _texts(path):
            found = True
            yield text
    if not found:
        raise NotFoundError(
            f"The folder {folder} holds no articles.", remedy=f"Use {', '.join(_SUFFIXES)} files."
        )


def _texts(path: Path) -> Iterator[str]:
    if path.suffix in {".md", ".txt"}:
        yield path.read_text(encoding="utf-8")
        return
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open() as lines:
        for line in lines:
            row = json.loads(line)
            if isinstance(row, dict) and row.get("text"):
                yield str(row["text"])


def _cut(texts: Iterable[str]) -> Iterator[str]:
    left = _SAMPLE_WORDS
    for text in texts:
        if left <= 0:
            return
        yield text
        left -= len(text.split())


def _distinct(tokens: list[list[str]], n: int) -> float:
    counts = Counter(tuple(each[i : i + n]) for each in tokens for i in range(len(each) - n + 1))
    return len(counts) / max(1, counts.total())


def _signature(tokens: list[str]) -> list[int]:
    """The smallest hashes of a text's shingles (bottom-k sketch)."""
    shingles = {" ".join(tokens[i : i + _SHINGLE]) for i in range(len(tokens) - _SHINGLE + 1)}
    hashes = {
        int.from_bytes(blake2b(shingle.encode(), digest_size=8).digest(), "big")
        for shingle in shingles
    }
    return sorted(hashes)[:_NUM_HASHES]


def _nearest(signatures: list[list[int]]) -> list[float]:
    sets = [set(signature) for signature in signatures]
    return [
        max(_likeness(sets[i], sets[j]) for j in range(len(sets)) if j != i)
        for i in range(len(sets))
    ]


def _likeness(one: set[int], other: set[int]) -> float:
    smallest = sorted(one | other)[:_NUM_HASHES]
    return sum(each in one and each in other for each in smallest) / max(1, len(smallest))
