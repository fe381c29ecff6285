"""Curation: accepted candidates become rows that are distinct, balanced and split.

Everything is ordered by content, so that the same candidates in any order give the
same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from goldbrief.core.documents import Article, Pair
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.plans import DatasetPlan, GoldenEvalPair
from goldbrief.datasets.best_of import beaten
from goldbrief.datasets.duplicates import (
    ARTICLE_SHINGLE,
    NEAR_DUPLICATE,
    SUMMARY_SHINGLE,
    DuplicateIndex,
    Fingerprint,
    fingerprint,
)
from goldbrief.datasets.material import Fate, Material, Row, Split, decided, dropped
from goldbrief.datasets.splits import article_group, company_group, eval_size, held_out
from goldbrief.datasets.synthetic import beyond_share, is_synthetic
from goldbrief.text.prompts import render_prompt
from goldbrief.text.selection import estimate_tokens, strategy_used

_PEOPLE = "people"
"""Author of golden evaluation pairs, in place of a teacher."""


@dataclass(frozen=True, slots=True)
class Curated:
    """The content of a dataset version."""

    rows: list[Row]
    """In the order of the files."""
    fates: list[Fate]
    fingerprints: dict[str, Fingerprint]
    """Of the rows' articles, by their hash."""
    notes: list[str]
    """Rules that could not be kept, in plain words."""

    def split(self, name: Split) -> list[Row]:
        """The rows of a split."""
        return [row for row in self.rows if row.split == name]


def curate(
    plan: DatasetPlan, materials: Sequence[Material], style_articles: Sequence[tuple[str, str]]
) -> Curated:
    """Make a dataset version of accepted candidates.

    Args:
        plan: Shape, prompt format and golden evaluation pairs.
        materials: The candidates, in any order.
        style_articles: Name and text of the style goldens' articles, which no split may hold.

    Returns:
        Rows and fates; each material has exactly one fate.
    """
    return _Curation(plan).run(materials, style_articles)


@dataclass
class _Curation:
    """One curation; each step returns what is left and adds the fates of the rest."""

    plan: DatasetPlan
    fates: list[Fate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)

    def run(
        self, materials: Sequence[Material], style_articles: Sequence[tuple[str, str]]
    ) -> Curated:
        golden = self._golden_rows()
        left = self._without_repeats(materials)
        left = self._without(left, beaten(left))
        left = self._without_protected(left, style_articles)
        left = self._without_golden_companies(left)
        left = self._one_of_each_article(left)
        left = self._distinct_summaries(left)
        left = self._without(left, beyond_share(left, self.plan.synthetic_share))
        rows = self._split(self._choose(left, self.plan.pairs - len(golden)), len(golden))
        self.fates.sort(key=lambda fate: (fate.pair, fate.fate, fate.candidate_key))
        return Curated([*rows, *golden], self.fates, self.fingerprints, self.notes)

    def _golden_rows(self) -> list[Row]:
        rows = []
        for golden in sorted(self.plan.golden_eval, key=lambda pair: pair.name):
            try:
                row = self._golden_row(golden)
            except InvalidInputError as error:
                reason = f"golden evaluation pair {golden.name}: {error.message}"
                self.notes.append(f"Left out: {reason}")
                self.fates.append(_golden_fate(golden, "dropped", reason))
                continue
            rows.append(row)
            self.fates.append(_golden_fate(golden, "golden", ""))
        return rows

    def _golden_row(self, golden: GoldenEvalPair) -> Row:
        article = golden.article
        pair = Pair(
            prompt=render_prompt(article.text, golden.persona, self.plan.prompt),
            response=golden.summary.strip(),
            persona=golden.persona,
            article_sha256=article.sha256,
            company=article.company,
            source=article.source,
            teacher=_PEOPLE,
            judge=_PEOPLE,
            judge_score=0.0,  # no judge scored it, and people only approved it
            origin="golden",
            strategy=strategy_used(article.text, self.plan.prompt),
        )
        self._fingerprint(article)
        return _row(pair, article, "golden")

    def _without_repeats(self, materials: Iterable[Material]) -> list[Material]:
        left: dict[str, Material] = {}
        for material in sorted(materials, key=_by_score):
            if material.key in left:
                self.fates.append(dropped(material, "the same as another candidate"))
            else:
                left[material.key] = material
        return list(left.values())

    def _without_protected(
        self, materials: Sequence[Material], style_articles: Sequence[tuple[str, str]]
    ) -> list[Material]:
        protected = DuplicateIndex(self.plan.near_duplicate)
        for name, text in style_articles:
            protected.add(f"style golden {name}", fingerprint(text, ARTICLE_SHINGLE))
        for golden in self.plan.golden_eval:
            name = f"golden evaluation pair {golden.name}"
            protected.add(name, fingerprint(golden.article.text, ARTICLE_SHINGLE))
        reasons = {
            sha256: f"its article is that of {matches[0][0]} ({matches[0][1]:.0%} the same)"
            for sha256, article in _articles(materials).items()
            if (matches := protected.matches(self._fingerprint(article)))
        }
        return self._keep(materials, reasons)

    def _without_golden_companies(self, materials: list[Material]) -> list[Material]:
        golden = {company_group(pair.article): pair.name for pair in self.plan.golden_eval}
        reasons = {
            sha256: f"its company is that of golden evaluation pair {golden[group]}"
            for sha256, article in _articles(materials).items()
            if (group := company_group(article)) in golden
        }
        if reasons and len(reasons) == len(_articles(materials)):
            self.notes.append(
                "Every article is about a company of the golden evaluation pairs, so these test "
                "new articles, not new companies."
            )
            return materials
        return self._keep(materials, reasons)

    def _one_of_each_article(self, materials: Sequence[Material]) -> list[Material]:
        """Materials come best first, so the kept article is that with the best summary."""
        kept = DuplicateIndex(self.plan.near_duplicate)
        reasons = {}
        for sha256, article in _articles(materials).items():
            text = self._fingerprint(article)
            matches = kept.matches(text)
            if matches:
                other, shared = max(matches, key=lambda match: match[1])
                reasons[sha256] = f"near-duplicate of article {other[:12]} ({shared:.0%} the same)"
            else:
                kept.add(sha256, text)
        return self._keep(materials, reasons)

    def _distinct_summaries(self, materials: Sequence[Material]) -> list[Material]:
        index = DuplicateIndex(NEAR_DUPLICATE)
        left: dict[str, Material] = {}
        for material in materials:
            text = fingerprint(material.response, SUMMARY_SHINGLE)
            others = (left[key] for key, _ in index.matches(text))
            if any(not _differ_by_persona(material, other) for other in others):
                reason = "its summary is nearly the same as a better or equal one"
                self.fates.append(dropped(material, reason))
            else:
                left[material.key] = material
                index.add(material.key, text)
        return list(left.values())

    def _choose(self, materials: Sequence[Material], wanted: int) -> list[tuple[Material, Row]]:
        """Take the best of each company in turns, until there are enough rows."""
        chosen: list[tuple[Material, Row]] = []
        for material in _in_turns(materials):
            if len(chosen) >= wanted:
                reason = f"not needed: the plan has {self.plan.pairs} pairs"
                self.fates.append(dropped(material, reason))
                continue
            try:
                chosen.append((material, self._row(material)))
            except InvalidInputError as error:
                self.fates.append(dropped(material, error.message))
        return chosen

    def _row(self, material: Material) -> Row:
        article = material.article
        pair = Pair(
            prompt=render_prompt(
                material.passage or article.text, material.persona, self.plan.prompt
            ),
            response=material.response,
            persona=material.persona,
            article_sha256=article.sha256,
            company=article.company,
            source=article.source,
            teacher=material.teacher,
            judge=material.judgment.judge,
            judge_score=material.score,
            strategy=strategy_used(article.text, self.plan.prompt),
        )
        return _row(pair, article, "train")

    def _split(self, chosen: Sequence[tuple[Material, Row]], num_golden: int) -> list[Row]:
        plan = self.plan
        group = company_group
        real = [material.article for material, _ in chosen if not is_synthetic(material)]
        if len(real) > 1 and len({group(article) for article in real}) == 1:
            group = article_group
            self.notes.append(
                "All articles are about one company, so train and eval share it: the "
                "evaluation tests new articles, not new companies."
            )
        size = eval_size(len(chosen) + num_golden, plan.pairs, plan.eval_pairs)
        target = max(1, size - num_golden) if plan.eval_pairs else 0
        held = held_out([group(article) for article in real], target, plan.seed)
        rows = []
        invented = 0
        # hash order is the shuffle: training must not see one company after another
        order = sorted(chosen, key=lambda pair: sha256_json([plan.seed, pair[0].key]))
        for material, row in order:
            split: Split = "eval" if group(material.article) in held else "train"
            if split == "eval" and is_synthetic(material):
                reason = "it is invented, and about a company that is held out"
                self.fates.append(dropped(material, reason))
                continue
            invented += is_synthetic(material)
            rows.append(replace(row, split=split))
            self.fates.append(decided(material, split))
        if invented:
            self.notes.append(f"{invented} rows are on articles that the teacher invented.")
        return rows

    def _fingerprint(self, article: Article) -> Fingerprint:
        if article.sha256 not in self.fingerprints:
            self.fingerprints[article.sha256] = fingerprint(article.text, ARTICLE_SHINGLE)
        return self.fingerprints[article.sha256]

    def _without(self, materials: Sequence[Material], reasons: dict[str, str]) -> list[Material]:
        """Drop the materials that have a reason."""
        self.fates += [dropped(m, reasons[m.key]) for m in materials if m.key in reasons]
        return [material for material in materials if material.key not in reasons]

    def _keep(self, materials: Sequence[Material], reasons: dict[str, str]) -> list[Material]:
        """Drop the materials of the articles that have a reason."""
        self.fates += [
            dropped(material, reasons[material.article.sha256])
            for material in materials
            if material.article.sha256 in reasons
        ]
        return [material for material in materials if material.article.sha256 not in reasons]


def _articles(materials: Sequence[Material]) -> dict[str, Article]:
    """Distinct articles by hash, in the order of the materials."""
    return {material.article.sha256: material.article for material in materials}


def _by_score(material: Material) -> tuple[float, str, str]:
    return -material.score, material.key, material.candidate_key


def _differ_by_persona(first: Material, second: Material) -> bool:
    """Whether two like summaries teach different things: one article for two readers."""
    same_article = first.article.sha256 == second.article.sha256
    return same_article and first.persona != second.persona


def _in_turns(materials: Sequence[Material]) -> list[Material]:
    """Order so that every company gives its best, then every company its second best."""
    ranks: dict[str, int] = {}
    ranked = []
    for material in sorted(materials, key=_by_score):
        group = company_group(material.article)
        ranks[group] = ranks.get(group, 0) + 1
        ranked.append((ranks[group], material))
    return [material for _, material in sorted(ranked, key=lambda pair: pair[0])]


def _row(pair: Pair, article: Article, split: Split) -> Row:
    return Row(
        pair=pair,
        article=article,
        split=split,
        prompt_tokens=estimate_tokens(pair.prompt),
        response_tokens=estimate_tokens(pair.response),
        article_tokens=estimate_tokens(article.text),
    )


def _golden_fate(golden: GoldenEvalPair, fate: Literal["golden", "dropped"], reason: str) -> Fate:
    return Fate(
        step="curation",
        fate=fate,
        reason=reason,
        article_sha256=golden.article.sha256,
        article=golden.name,
        persona=golden.persona,
    )
