"""Curation: accepted candidates become rows that are distinct, balanced and split.

Everything is ordered by content, so that the same candidates in any order give the
same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from goldbrief.core.documents import Article
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.plans import DatasetPlan
from goldbrief.datasets.balance import balanced
from goldbrief.datasets.best_of import beaten
from goldbrief.datasets.choosing import Choice, best_first, by_score
from goldbrief.datasets.clusters import Clusters
from goldbrief.datasets.duplicates import (
    ARTICLE_SHINGLE,
    SUMMARY_SHINGLE,
    Fingerprint,
    fingerprint,
)
from goldbrief.datasets.earlier_matches import earlier_matches
from goldbrief.datasets.likeness import Embed, Vector, like_groups
from goldbrief.datasets.material import Fate, Material, Row, Split, decided, dropped, golden_fate
from goldbrief.datasets.protecting import Protected
from goldbrief.datasets.row_making import RowMaker
from goldbrief.datasets.splits import (
    article_group,
    company_group,
    eval_size,
    held_out,
    split_groups,
)
from goldbrief.datasets.strata import strata
from goldbrief.datasets.synthetic import beyond_share, is_synthetic


@dataclass(frozen=True, slots=True)
class Curated:
    """The content of a dataset version."""

    rows: list[Row]
    """In the order of the files."""
    fates: list[Fate]
    fingerprints: Mapping[str, Fingerprint]
    """Of the rows' articles, by their hash."""
    vectors: Mapping[str, Vector]
    """Of the rows' responses; empty when none were asked for."""
    choice: Choice
    notes: list[str]
    """Rules that could not be kept, in plain words."""

    def split(self, name: Split) -> list[Row]:
        """The rows of a split."""
        return [row for row in self.rows if row.split == name]


def curate(
    plan: DatasetPlan,
    materials: Sequence[Material],
    style_articles: Sequence[tuple[str, str]],
    embed: Embed | None = None,
) -> Curated:
    """Make a dataset version of accepted candidates.

    Args:
        plan: Shape, prompt format and golden evaluation pairs.
        materials: The candidates, in any order.
        style_articles: Name and text of the style goldens' articles, which no split may hold.
        embed: Finds summaries that say the same in other words; None does without.

    Returns:
        Rows and fates; each material has exactly one fate.
    """
    return _Curation(plan, embed, RowMaker(plan.prompt)).run(materials, style_articles)


@dataclass
class _Curation:
    """One curation; each step returns what is left and adds the fates of the rest."""

    plan: DatasetPlan
    embed: Embed | None
    rows: RowMaker
    fates: list[Fate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fingerprints: dict[str, Fingerprint] = field(default_factory=dict)
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    clusters: Clusters = field(default_factory=Clusters)
    held_articles: set[str] = field(default_factory=set)
    """Of the rows that the extended version holds out."""

    def run(
        self, materials: Sequence[Material], style_articles: Sequence[tuple[str, str]]
    ) -> Curated:
        golden = self._golden_rows()
        self.held_articles = {m.article.sha256 for m in materials if m.was_held_out}
        left = self._without_repeats(materials)
        left = self._without(left, beaten(left))
        left = self._without_protected(left, style_articles)
        left = self._one_of_each_article(left)
        left = self._distinct_summaries(left)
        left = self._without(left, beyond_share(left, self.plan.synthetic_share))
        chosen, choice = self._choose(left, self.plan.pairs - len(golden))
        rows = self._split(chosen, len(golden))
        rows = balanced(rows) if self.plan.balance else rows
        self.fates.sort(key=lambda fate: (fate.pair, fate.fate, fate.candidate_key))
        return Curated(
            [*rows, *golden], self.fates, self.fingerprints, self.vectors, choice, self.notes
        )

    def _golden_rows(self) -> list[Row]:
        rows = []
        for golden in sorted(self.plan.golden_eval, key=lambda pair: pair.name):
            try:
                row = self.rows.of_golden(golden)
            except InvalidInputError as error:
                reason = f"golden evaluation pair {golden.name}: {error.message}"
                self.notes.append(f"Left out: {reason}")
                self.fates.append(golden_fate(golden, "dropped", reason))
                continue
            self._fingerprint(golden.article)
            rows.append(row)
            self.fates.append(golden_fate(golden, "golden", ""))
        return rows

    def _without_repeats(self, materials: Iterable[Material]) -> list[Material]:
        left: dict[str, Material] = {}
        for material in sorted(materials, key=by_score):
            if material.key in left:
                self.fates.append(dropped(material, "the same as another candidate"))
            else:
                left[material.key] = material
        return list(left.values())

    def _without_protected(
        self, materials: list[Material], style_articles: Sequence[tuple[str, str]]
    ) -> list[Material]:
        """Leave out what goldens say; embeds the summaries of the rest and of the golden pairs."""
        protected = Protected(self.plan, style_articles)
        left = self._keep(materials, protected.articles(self._fingerprinted(materials)))
        reasons, note = protected.companies(_articles(left).values())
        self.notes += filter(None, [note])
        left = self._keep(left, reasons)
        if self.embed is not None and left:
            texts = {material.response for material in left} | protected.summaries
            self.vectors = self.embed(sorted(texts))
            meanings = protected.meanings(left, self.vectors)
            self.fates += [dropped(m, meanings[m.key]) for m in left if m.key in meanings]
            left = [material for material in left if material.key not in meanings]
        return left

    def _one_of_each_article(self, materials: Sequence[Material]) -> list[Material]:
        """Materials come best first, so the kept article is that with the best summary.

        A dropped article still joins those that it is like: two that are each like it may
        otherwise be split.
        """
        reasons: dict[str, str] = {}
        articles = list(_articles(materials).values())
        found = earlier_matches(map(self._fingerprint, articles), self.plan.near_duplicate)
        for article, matches in zip(articles, found, strict=True):
            self.clusters.join(article_group(article), company_group(article))
            for other, _ in matches:
                self.clusters.join(article_group(article), article_group(articles[other]))
            kept = [match for match in matches if articles[match[0]].sha256 not in reasons]
            if kept:
                other, shared = max(kept, key=lambda match: match[1])
                reasons[article.sha256] = (
                    f"near-duplicate of article {articles[other].sha256[:12]} "
                    f"({shared:.0%} the same)"
                )
        return self._keep(materials, reasons)

    def _distinct_summaries(self, materials: Sequence[Material]) -> list[Material]:
        """Drop summaries that are nearly the same; join articles whose summaries are alike.

        Likeness by embedding joins only: two quarters of a company, or two of one trade, are
        alike to an embedder, and yet each worth learning from.
        """
        kept: dict[str, Material] = {}
        found = earlier_matches(fingerprint(one.response, SUMMARY_SHINGLE) for one in materials)
        for material, numbers in zip(materials, found, strict=True):
            matches = [materials[number] for number, _ in numbers]
            for other in matches:
                self._join(material, other)
            if any(o.key in kept and not _differ_by_persona(material, o) for o in matches):
                reason = "its summary is nearly the same as a better or equal one"
                self.fates.append(dropped(material, reason))
            else:
                kept[material.key] = material
        if self.vectors:
            for group in like_groups(np.stack([self.vectors[m.response] for m in materials])):
                for row in group[1:]:
                    self._join(materials[group[0]], materials[row])
        return list(kept.values())

    def _join(self, first: Material, second: Material) -> None:
        self.clusters.join(article_group(first.article), article_group(second.article))

    def _choose(self, materials: Sequence[Material], wanted: int) -> tuple[list[Row], Choice]:
        chosen: list[Material] = []
        left = []
        for material in best_first(materials):
            if len(chosen) >= wanted:
                left.append(material)
                reason = f"not needed: the plan has {self.plan.pairs} pairs"
                self.fates.append(dropped(material, reason))
                continue
            try:
                self.rows.require_fit(material)
            except InvalidInputError as error:
                self.fates.append(dropped(material, error.message))
            else:
                chosen.append(material)
        choice = Choice(
            passed=len(chosen) + len(left),
            chosen=len(chosen),
            lowest_score=min((material.score for material in chosen), default=0.0),
            highest_left=max((material.score for material in left), default=0.0),
        )
        return self.rows.of_materials(chosen), choice

    def _split(self, chosen: Sequence[Row], num_golden: int) -> list[Row]:
        plan = self.plan
        groups, note = split_groups([row.article for row in chosen], self.clusters)
        self.notes += filter(None, [note])
        size = eval_size(len(chosen) + num_golden, plan.pairs, plan.eval_pairs)
        target = max(1, size - num_golden) if plan.eval_pairs else 0
        before = {
            group
            for row, group in zip(chosen, groups, strict=True)
            if row.article.sha256 in self.held_articles
        }
        if not note:  # then those are held out too that took the place of one
            before |= {self.clusters.of(f"article {one}") for one in self.held_articles}
        real = [index for index, row in enumerate(chosen) if not is_synthetic(row.material)]
        of_rows = strata([chosen[index] for index in real])
        real_groups = [groups[index] for index in real]
        held = held_out(real_groups, of_rows, target, plan.seed, before & set(real_groups))
        # hash order is the shuffle: training must not see one company after another
        order = sorted(
            zip(groups, chosen, strict=True),
            key=lambda one: sha256_json([plan.seed, one[1].material.key]),
        )
        rows, invented = list[Row](), 0
        for group, row in order:
            split: Split = "eval" if group in held else "train"
            if split == "eval" and is_synthetic(row.material):
                reason = "it is invented, and about a company that is held out"
                self.fates.append(dropped(row.material, reason))
                continue
            invented += is_synthetic(row.material)
            rows.append(replace(row, split=split))
            self.fates.append(decided(row.material, split))
        if invented:
            self.notes.append(f"{invented} rows are on articles that the teacher invented.")
        return rows

    def _fingerprinted(self, materials: Sequence[Material]) -> dict[str, Fingerprint]:
        articles = _articles(materials)
        return {sha256: self._fingerprint(article) for sha256, article in articles.items()}

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


def _differ_by_persona(first: Material, second: Material) -> bool:
    """Whether two like summaries teach different things: one article for two readers."""
    same_article = first.article.sha256 == second.article.sha256
    return same_article and first.persona != second.persona
