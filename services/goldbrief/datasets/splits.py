"""Which companies are held out: decided by seed and names alone, never by time or order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from goldbrief.core.documents import Article
from goldbrief.core.hashing import sha256_json
from goldbrief.datasets.clusters import Clusters
from goldbrief.datasets.strata import Stratum, quotas


def company_group(article: Article) -> str:
    """Whose articles stay in one split: the company, or the article alone when unknown."""
    company = " ".join(article.company.casefold().split())
    return f"company {company}" if company else article_group(article)


def article_group(article: Article) -> str:
    """The article alone."""
    return f"article {article.sha256}"


def split_groups(articles: Sequence[Article], clusters: Clusters) -> tuple[list[str], str]:
    """What stays in one split: clusters, or less where all articles are in one.

    Args:
        articles: The article of each row.
        clusters: Of all articles.

    Returns:
        The group of each row, and a note on what could not be kept together; empty for none.
    """
    groups = [clusters.of(article_group(article)) for article in articles]
    if len(set(groups)) > 1 or len(articles) < 2:
        return groups, ""
    companies = [company_group(article) for article in articles]
    if len(set(companies)) > 1:
        return companies, (
            "All articles are in one cluster of near-duplicates, so splits keep companies apart, "
            "but not what is said of them."
        )
    return [article_group(article) for article in articles], (
        "All articles are about one company, so train and eval share it: the "
        "evaluation tests new articles, not new companies."
    )


def eval_size(rows: int, pairs: int, eval_pairs: int) -> int:
    """Rows to hold out, in the proportion that was planned.

    Args:
        rows: Rows there are, golden ones included.
        pairs: Rows that were planned.
        eval_pairs: Of these, planned to be held out.

    Returns:
        At most `eval_pairs`, and at least 1 unless that is 0.
    """
    return min(eval_pairs, max(1, round(rows * eval_pairs / pairs)))


def held_out(
    groups: Sequence[str],
    strata: Sequence[Stratum],
    target: int,
    seed: int,
    first: Collection[str] = (),
) -> set[str]:
    """Choose the groups whose rows are held out.

    Groups are taken in hash order: first those that fit into what is left of each stratum's
    share, then, as groups are whole, whichever fit. Where none fits, the smallest is taken, so
    that two groups always leave one to each side.

    Args:
        groups: The group of each row.
        strata: The stratum of each row.
        target: Most rows to hold out.
        seed: Another seed gives another order.
        first: Groups that are held out whatever their size.

    Returns:
        The chosen groups; without `first`, empty when there is but one, or the target is 0.
    """
    sizes = Counter(groups)
    if len(sizes) < 2 or target < 1:
        return set(first)
    room = min(target, len(groups) - 1)  # the last group that fits must leave rows to train on
    order = sorted(sizes, key=lambda group: sha256_json([seed, group]))
    contents: dict[str, Counter[Stratum]] = defaultdict(Counter)
    for group, stratum in zip(groups, strata, strict=True):
        contents[group][stratum] += 1
    left = quotas(strata, room, seed)
    chosen = set(first)
    for group in first:
        room -= sizes[group]
        left -= contents[group]
    for is_strict in (True, False):
        for group in order:
            fits = contents[group] <= left if is_strict else sizes[group] <= room
            if group not in chosen and fits:
                chosen.add(group)
                room -= sizes[group]
                left -= contents[group]
    return chosen or {min(order, key=lambda group: sizes[group])}
