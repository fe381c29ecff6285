"""How much the held-out rows have in common with those trained on, in words and in meaning."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from goldbrief.core.documents import Article, Record
from goldbrief.core.hashing import sha256_text
from goldbrief.datasets.duplicates import Fingerprint, distinct, jaccard, shingles
from goldbrief.datasets.likeness import Vector, chunks, cosines
from goldbrief.datasets.material import Row
from goldbrief.datasets.splits import company_group

PASSAGE_WORDS = 13
"""Words in a row that count as a copied passage, as in GPT-3's study of contamination
(Brown et al. 2020)."""
MOST_COMPARED = 1000
"""Held-out articles that are compared; of more, those with the least hashes. So the time is
linear in the rows."""


class Leakage(Record):
    """Overlap of the eval and golden rows with the training rows."""

    articles_shared: int = 0
    """Articles in train that are also held out; 0 unless something is broken."""
    companies_shared: int = 0
    compared: int = 0
    """Held-out articles that were compared with all training articles."""
    max_similarity: float = 0.0
    """Highest Jaccard similarity of a held-out to a training article, over 5-word shingles."""
    median_similarity: float = 0.0
    """Median over the held-out articles of their highest similarity."""
    closest: tuple[str, str] = ("", "")
    """Names of the held-out and the training article that are most alike; empty for none."""
    max_passages_shared: float = 0.0
    """Highest share of a held-out article's 13-word passages that stand in training articles."""
    mean_passages_shared: float = 0.0
    max_cosine: float = 0.0
    """Highest likeness of a held-out to a training summary by embedding; 0 without an embedder."""
    median_cosine: float = 0.0
    closest_meaning: tuple[str, str] = ("", "")
    """Names of the articles of these summaries; empty without an embedder."""


def measure_leakage(
    rows: Sequence[Row],
    fingerprints: Mapping[str, Fingerprint],
    vectors: Mapping[str, Vector] | None = None,
) -> Leakage:
    """Compare held-out with training rows.

    Args:
        rows: The dataset version.
        fingerprints: Of the articles, by their hash.
        vectors: Of the responses; None or empty leaves meaning out.

    Returns:
        The overlap; all zero where a side is empty.
    """
    train = [row for row in rows if row.split == "train"]
    held = [row for row in rows if row.split != "train"]
    articles = _articles(train)
    held_articles = _articles(held)
    if not train or not held:
        return Leakage()
    compared = [held_articles[sha256] for sha256 in sorted(held_articles)[:MOST_COMPARED]]
    nearest = _nearest(list(articles.values()), compared, fingerprints)
    most_alike = max(nearest, key=lambda found: found[0])
    passages = _passages_shared(articles.values(), compared)
    return Leakage(
        articles_shared=len(articles.keys() & held_articles.keys()),
        companies_shared=len(_companies(train) & _companies(held)),
        compared=len(compared),
        max_similarity=most_alike[0],
        median_similarity=statistics.median(similarity for similarity, *_ in nearest),
        closest=most_alike[1:],
        max_passages_shared=max(passages),
        mean_passages_shared=statistics.fmean(passages),
        **(_meaning(train, held, vectors) if vectors else {}),
    )


def _nearest(
    train: Sequence[Article], held: Sequence[Article], fingerprints: Mapping[str, Fingerprint]
) -> list[tuple[float, str, str]]:
    """For each held-out article: similarity and names of it and its nearest training article.

    Equal MinHash values estimate the similarity; the nearest by them is then measured.
    """
    known = [
        (article, minhash)
        for article in train
        if (minhash := fingerprints[article.sha256].minhash) is not None
    ]
    most = [-1] * len(held)
    others = [train[0]] * len(held)
    for chunk in chunks(known):
        matrix = np.stack([minhash for _, minhash in chunk])
        for number, article in enumerate(held):
            if (own := fingerprints[article.sha256].minhash) is None:
                continue
            equal = np.count_nonzero(matrix == own, axis=1)
            place = int(equal.argmax())
            if equal[place] > most[number]:
                most[number], others[number] = int(equal[place]), chunk[place][0]
    return [
        (
            jaccard(fingerprints[one.sha256].shingles, fingerprints[other.sha256].shingles),
            one.uri,
            other.uri,
        )
        for one, other in zip(held, others, strict=True)
    ]


def _passages_shared(train: Iterable[Article], held: Sequence[Article]) -> list[float]:
    """Share of each held-out article; only its passages are held, the training articles pass by."""
    passages = [shingles(article.text, PASSAGE_WORDS) for article in held]
    sought = distinct(np.concatenate(passages))
    seen = np.zeros(len(sought), dtype=bool)
    if not len(sought):
        return [0.0] * len(held)
    for article in train:
        found = shingles(article.text, PASSAGE_WORDS)
        places = np.minimum(np.searchsorted(sought, found), len(sought) - 1)
        seen[places[sought[places] == found]] = True
    return [
        float(seen[np.searchsorted(sought, own)].mean()) if len(own) else 0.0 for own in passages
    ]


def _meaning(
    train: Sequence[Row], held: Sequence[Row], vectors: Mapping[str, Vector]
) -> dict[str, float | tuple[str, str]]:
    compared = sorted(held, key=lambda row: sha256_text(row.material.response))[:MOST_COMPARED]
    own = np.stack([vectors[row.material.response] for row in compared])
    best = np.full(len(compared), -1.0)
    names = [""] * len(compared)
    for chunk in chunks(train):
        alike = cosines(own, np.stack([vectors[row.material.response] for row in chunk]))
        places = alike.argmax(axis=1)
        for number in np.flatnonzero(alike.max(axis=1) > best):
            best[number] = alike[number, places[number]]
            names[number] = chunk[places[number]].article.uri
    closest = int(best.argmax())
    return {
        "max_cosine": float(best[closest]),
        "median_cosine": float(np.median(best)),
        "closest_meaning": (compared[closest].article.uri, names[closest]),
    }


def _articles(rows: Iterable[Row]) -> dict[str, Article]:
    return {row.article.sha256: row.article for row in rows}


def _companies(rows: Iterable[Row]) -> set[str]:
    return {company_group(row.article) for row in rows if row.article.company}
