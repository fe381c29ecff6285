"""What no split may hold: what the goldens say, in their words or in others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from goldbrief.core.documents import Article
from goldbrief.core.plans import DatasetPlan
from goldbrief.datasets.duplicates import (
    ARTICLE_SHINGLE,
    DuplicateIndex,
    Fingerprint,
    fingerprint,
)
from goldbrief.datasets.likeness import LIKE, Vector, chunks, cosines
from goldbrief.datasets.material import Material
from goldbrief.datasets.splits import company_group


class Protected:
    """Style goldens and golden evaluation pairs.

    Args:
        plan: Has the golden evaluation pairs.
        style_articles: Name and text of the style goldens' articles.
    """

    def __init__(self, plan: DatasetPlan, style_articles: Sequence[tuple[str, str]]) -> None:
        self._golden = plan.golden_eval
        self._index = DuplicateIndex(plan.near_duplicate)
        for name, text in style_articles:
            self._index.add(f"style golden {name}", fingerprint(text, ARTICLE_SHINGLE))
        for golden in plan.golden_eval:
            name = f"golden evaluation pair {golden.name}"
            self._index.add(name, fingerprint(golden.article.text, ARTICLE_SHINGLE))

    @property
    def summaries(self) -> set[str]:
        """Of the golden evaluation pairs."""
        return {golden.summary.strip() for golden in self._golden}

    def articles(self, fingerprints: Mapping[str, Fingerprint]) -> dict[str, str]:
        """Why articles are left out that are near-duplicates of a golden's, by their hash."""
        return {
            sha256: f"its article is that of {matches[0][0]} ({matches[0][1]:.0%} the same)"
            for sha256, text in fingerprints.items()
            if (matches := self._index.matches(text))
        }

    def companies(self, articles: Collection[Article]) -> tuple[dict[str, str], str]:
        """Why articles about a company of a golden evaluation pair are left out.

        Args:
            articles: The distinct articles.

        Returns:
            Reasons by the article's hash, and an empty note; or, where that would leave none,
            no reasons and a note on it.
        """
        golden = {company_group(pair.article): pair.name for pair in self._golden}
        reasons = {
            article.sha256: f"its company is that of golden evaluation pair {golden[group]}"
            for article in articles
            if (group := company_group(article)) in golden
        }
        if reasons and len(reasons) == len(articles):
            return {}, (
                "Every article is about a company of the golden evaluation pairs, so these test "
                "new articles, not new companies."
            )
        return reasons, ""

    def meanings(
        self, materials: Sequence[Material], vectors: Mapping[str, Vector]
    ) -> dict[str, str]:
        """Why summaries are left out that say what a golden evaluation pair says, by their key."""
        if not self._golden or not materials:
            return {}
        golden = np.stack([vectors[pair.summary.strip()] for pair in self._golden])
        reasons = {}
        for chunk in chunks(materials):
            alike = cosines(np.stack([vectors[material.response] for material in chunk]), golden)
            for material, row in zip(chunk, alike, strict=True):
                if row.max() >= LIKE:
                    reasons[material.key] = (
                        f"its summary says what golden evaluation pair "
                        f"{self._golden[int(row.argmax())].name} says "
                        f"(cosine {row.max():.2f} by embedding)"
                    )
        return reasons
