"""Rows of what was accepted, and of what people approved."""

from __future__ import annotations

from functools import lru_cache

from goldbrief.core.documents import Article, ArticleStrategy, Pair, PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.datasets.duplicates import SUMMARY_SHINGLE, Shingles, shingles
from goldbrief.datasets.material import Material, Row, Split
from goldbrief.datasets.strata import novelty
from goldbrief.text.prompts import render_prompt
from goldbrief.text.selection import estimate_tokens, strategy_used

_ARTICLES_KEPT = 4096
_PEOPLE = "people"
"""Author of golden evaluation pairs, in place of a teacher."""


class RowMaker:
    """Makes the rows of one dataset version.

    Args:
        prompt: How articles become prompts; None where every row brings its prompt.
    """

    def __init__(self, prompt: PromptFormat | None) -> None:
        self._prompt = prompt
        self._measured = lru_cache(maxsize=_ARTICLES_KEPT)(_measure)

    def of_material(self, material: Material) -> Row:
        """Make a row; raises InvalidInputError when the article does not fit the prompt."""
        article = material.article
        pair = Pair(
            prompt=material.prompt
            or self._rendered(material.passage or article.text, material.persona),
            response=material.response,
            persona=material.persona,
            article_sha256=article.sha256,
            company=article.company,
            source=article.source,
            teacher=material.teacher,
            judge=material.judge,
            judge_score=material.score,
            origin=material.origin,
            weight=material.weight,
            strategy="full" if material.prompt else self._strategy(article),
        )
        return self._row(pair, article, "train")

    def of_golden(self, golden: GoldenEvalPair) -> Row:
        """Make a row; raises InvalidInputError when the article does not fit the prompt."""
        article = golden.article
        pair = Pair(
            prompt=self._rendered(article.text, golden.persona),
            response=golden.summary.strip(),
            persona=golden.persona,
            article_sha256=article.sha256,
            company=article.company,
            source=article.source,
            teacher=_PEOPLE,
            judge=_PEOPLE,
            judge_score=0.0,  # no judge scored it, and people only approved it
            origin="golden",
            strategy=self._strategy(article),
        )
        return self._row(pair, article, "golden")

    def _strategy(self, article: Article) -> ArticleStrategy:
        return strategy_used(article.text, self._prompt) if self._prompt else "full"

    def _rendered(self, text: str, persona: str) -> str:
        if self._prompt is None:
            raise InvalidInputError("the plan does not say how articles become prompts")
        return render_prompt(text, persona, self._prompt)

    def _row(self, pair: Pair, article: Article, split: Split) -> Row:
        tokens, known = self._measured(article.text)
        # a prompt that holds the whole article is not measured anew: that would be most of the time
        before, whole, after = pair.prompt.partition(article.text)
        around = estimate_tokens(before) + estimate_tokens(after)
        return Row(
            pair=pair,
            article=article,
            split=split,
            prompt_tokens=around + (tokens if whole else 0),
            response_tokens=estimate_tokens(pair.response),
            article_tokens=tokens,
            novelty=novelty(pair.response, known),
        )


def _measure(text: str) -> tuple[int, Shingles]:
    """Tokens and short shingles of an article, which has a row for each persona."""
    return estimate_tokens(text), shingles(text, SUMMARY_SHINGLE)
