"""Rows of what was accepted, and of what people approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from goldbrief.core.documents import ArticleStrategy, PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.datasets.duplicates import SUMMARY_SHINGLE, Shingles, shingles
from goldbrief.datasets.material import Material, Row, Split, prompt_of
from goldbrief.datasets.strata import novelty
from goldbrief.text.prompts import fit_article
from goldbrief.text.selection import estimate_tokens, strategy_used

_PEOPLE = "people"
"""Author of golden evaluation pairs, in place of a teacher."""


@dataclass(frozen=True, slots=True)
class _Measures:
    """Of an article, which has a row for each persona."""

    tokens: int
    shingles: Shingles
    """Those of a summary's length."""
    strategy: ArticleStrategy


class RowMaker:
    """Makes the rows of one dataset version.

    Args:
        prompt: How articles become prompts; None where every row brings its prompt.
    """

    def __init__(self, prompt: PromptFormat | None) -> None:
        self._prompt = prompt
        self._shown: dict[str, str] = {}
        """What a prompt shows, by the text that it is of."""

    def require_fit(self, material: Material) -> None:
        """Raise InvalidInputError when the article does not fit the prompt."""
        self._fitted(material)

    def of_materials(self, materials: Sequence[Material]) -> list[Row]:
        """Make the rows to train on, in order; raises as `require_fit`.

        An article is measured once, however far apart its rows are.
        """
        places = defaultdict(list)
        for place, material in enumerate(materials):
            places[material.article.sha256].append(place)
        rows: dict[int, Row] = {}
        for of_article in places.values():
            measures = self._measure(materials[of_article[0]].article.text)
            rows |= {place: self._row(materials[place], measures) for place in of_article}
        return [rows[place] for place in range(len(materials))]

    def of_golden(self, golden: GoldenEvalPair) -> Row:
        """Make a row; raises InvalidInputError when the article does not fit the prompt."""
        material = Material(
            article=golden.article,
            persona=golden.persona,
            response=golden.summary.strip(),
            teacher=_PEOPLE,
            judge=_PEOPLE,
            score=0.0,  # no judge scored it, and people only approved it
            origin="golden",
        )
        return self._row(material, self._measure(golden.article.text), "golden")

    def _row(self, material: Material, measures: _Measures, split: Split = "train") -> Row:
        shown = self._fitted(material)
        # a prompt that holds the whole article is not measured anew: that would be most of the time
        prompt = prompt_of(material, shown, self._prompt)
        before, whole, after = prompt.partition(material.article.text)
        around = estimate_tokens(before) + estimate_tokens(after)
        return Row(
            material=material,
            split=split,
            prompt=self._prompt,
            shown=shown,
            strategy="full" if material.prompt else measures.strategy,
            weight=material.weight,
            prompt_tokens=around + (measures.tokens if whole else 0),
            response_tokens=estimate_tokens(material.response),
            article_tokens=measures.tokens,
            novelty=novelty(material.response, measures.shingles),
        )

    def _fitted(self, material: Material) -> str:
        if material.prompt:
            return ""
        if self._prompt is None:
            raise InvalidInputError("the plan does not say how articles become prompts")
        text = material.passage or material.article.text
        if text not in self._shown:
            self._shown[text] = fit_article(text, self._prompt)
        return self._shown[text]

    def _measure(self, text: str) -> _Measures:
        return _Measures(
            tokens=estimate_tokens(text),
            shingles=shingles(text, SUMMARY_SHINGLE),
            strategy=strategy_used(text, self._prompt) if self._prompt else "full",
        )
