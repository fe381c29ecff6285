"""How much the held-out articles have in common with those trained on."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from goldbrief.core.documents import Article, Record
from goldbrief.datasets.duplicates import Fingerprint, distinct, jaccard, share_known, shingles
from goldbrief.datasets.material import Row
from goldbrief.datasets.splits import company_group

PASSAGE_WORDS = 13
"""Words in a row that count as a copied passage, as in GPT-3's study of contamination
(Brown et al. 2020)."""


class Leakage(Record):
    """Overlap of the eval and golden articles with the training articles."""

    articles_shared: int
    """Articles in train that are also held out; 0 unless something is broken."""
    companies_shared: int
    max_similarity: float
    """Highest Jaccard similarity of a held-out to a training article, over 5-word shingles."""
    median_similarity: float
    """Median over the held-out articles of their highest similarity."""
    closest: tuple[str, str]
    """Names of the held-out and the training article that are most alike; empty for none."""
    max_passages_shared: float
    """Highest share of a held-out article's 13-word passages that stand in training articles."""
    mean_passages_shared: float


def measure_leakage(rows: Sequence[Row], fingerprints: Mapping[str, Fingerprint]) -> Leakage:
    """Compare held-out with training articles.

    Args:
        rows: The dataset version.
        fingerprints: Of the articles, by their hash.

    Returns:
        The overlap; all zero where a side is empty.
    """
    train = {row.article.sha256: row.article for row in rows if row.split == "train"}
    held = {row.article.sha256: row.article for row in rows if row.split != "train"}
    if not train or not held:
        return Leakage(
            articles_shared=0, companies_shared=0, max_similarity=0, median_similarity=0,
            closest=("", ""), max_passages_shared=0, mean_passages_shared=0,
        )  # fmt: skip
    nearest = _nearest(list(train.values()), list(held.values()), fingerprints)
    most_alike = max(nearest, key=lambda found: found[0])
    passages = _passages_shared(train.values(), held.values())
    return Leakage(
        articles_shared=len(train.keys() & held.keys()),
        companies_shared=len(_companies(train.values()) & _companies(held.values())),
        max_similarity=most_alike[0],
        median_similarity=statistics.median(similarity for similarity, *_ in nearest),
        closest=most_alike[1:],
        max_passages_shared=max(passages),
        mean_passages_shared=statistics.fmean(passages),
    )


def _nearest(
    train: Sequence[Article], held: Sequence[Article], fingerprints: Mapping[str, Fingerprint]
) -> list[tuple[float, str, str]]:
    """For each held-out article: similarity and names of it and its nearest training article."""
    hashes = np.stack([fingerprints[article.sha256].minhash for article in train])
    nearest = []
    for article in held:
        own = fingerprints[article.sha256]
        # equal MinHash values estimate the similarity; the nearest by them is then measured
        alike = (hashes == own.minhash).sum(axis=1)
        other = train[int(alike.argmax())]
        similarity = jaccard(own.shingles, fingerprints[other.sha256].shingles)
        nearest.append((similarity, article.uri, other.uri))
    return nearest


def _passages_shared(train: Iterable[Article], held: Iterable[Article]) -> list[float]:
    known = distinct(np.concatenate([shingles(a.text, PASSAGE_WORDS) for a in train]))
    return [
        share_known(passages, known)
        for passages in (shingles(article.text, PASSAGE_WORDS) for article in held)
    ]


def _companies(articles: Iterable[Article]) -> set[str]:
    return {company_group(article) for article in articles if article.company}
