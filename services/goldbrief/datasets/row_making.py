"""Rows of what was accepted, and of what people approved."""

from __future__ import annotations

from goldbrief.core.documents import Article, Pair, PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.datasets.material import Material, Row, Split
from goldbrief.datasets.strata import novelty
from goldbrief.text.prompts import render_prompt
from goldbrief.text.selection import estimate_tokens

_PEOPLE = "people"
"""Author of golden evaluation pairs, in place of a teacher."""


def material_row(material: Material, prompt: PromptFormat | None) -> Row:
    """Make a row; raises InvalidInputError when the article does not fit the prompt."""
    article = material.article
    pair = Pair(
        prompt=material.prompt or _rendered(article, material.persona, prompt),
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
    )
    return _row(pair, article, "train")


def golden_row(golden: GoldenEvalPair, prompt: PromptFormat | None) -> Row:
    """Make a row; raises InvalidInputError when the article does not fit the prompt."""
    article = golden.article
    pair = Pair(
        prompt=_rendered(article, golden.persona, prompt),
        response=golden.summary.strip(),
        persona=golden.persona,
        article_sha256=article.sha256,
        company=article.company,
        source=article.source,
        teacher=_PEOPLE,
        judge=_PEOPLE,
        judge_score=0.0,  # no judge scored it, and people only approved it
        origin="golden",
    )
    return _row(pair, article, "golden")


def _rendered(article: Article, persona: str, prompt: PromptFormat | None) -> str:
    if prompt is None:
        raise InvalidInputError("the plan does not say how articles become prompts")
    return render_prompt(article.text, persona, prompt)


def _row(pair: Pair, article: Article, split: Split) -> Row:
    return Row(
        pair=pair,
        article=article,
        split=split,
        prompt_tokens=estimate_tokens(pair.prompt),
        response_tokens=estimate_tokens(pair.response),
        article_tokens=estimate_tokens(article.text),
        novelty=novelty(pair.response, article.text),
    )
