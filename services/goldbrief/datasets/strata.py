"""How long and how hard rows are: of either, the held-out rows have their share."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from goldbrief.core.hashing import sha256_json
from goldbrief.datasets.duplicates import SUMMARY_SHINGLE, Shingles, share_known, shingles
from goldbrief.datasets.material import Row

Stratum = tuple[int, int]
"""Fifth by length of the article, third by difficulty, both from 0."""

_LENGTHS, _DIFFICULTIES = 5, 3
_SHORTEST_BAND = 500
"""Tokens below which all articles count as equally short."""


def novelty(response: str, known: Shingles) -> float:
    """How hard a summary is to write: the share of it that cannot be copied.

    Args:
        response: The summary.
        known: The article's shingles of 3 words.

    Returns:
        Share of the summary's 3-word sequences that the article does not have, 0 to 1 (novel
        n-grams, See et al. 2017).
    """
    return 1 - share_known(shingles(response, SUMMARY_SHINGLE), known)


def strata(rows: Sequence[Row]) -> list[Stratum]:
    """The stratum of each row, relative to all of them; equal rows have the same."""
    lengths = _parts([row.article_tokens for row in rows], _LENGTHS)
    difficulties = _parts([row.novelty for row in rows], _DIFFICULTIES)
    return list(zip(lengths, difficulties, strict=True))


def quotas(of_rows: Sequence[Stratum], target: int, seed: int) -> Counter[Stratum]:
    """How many rows of each stratum make up `target`, in proportion.

    Args:
        of_rows: The stratum of each row.
        target: The sum.
        seed: Decides between strata whose remainders are equally large.

    Returns:
        The numbers (largest remainders).
    """
    counts = Counter(of_rows)
    order = sorted(counts, key=lambda one: sha256_json([seed, *one]))
    exact = {one: counts[one] * target / len(of_rows) for one in order}
    whole = Counter({one: int(share) for one, share in exact.items()})
    by_remainder = sorted(exact, key=lambda one: whole[one] - exact[one])
    for one in by_remainder[: target - whole.total()]:
        whole[one] += 1
    return whole


def length_band(tokens: int) -> str:
    """An article's length in bands that double, for people: `1000-1999`."""
    if tokens < _SHORTEST_BAND:
        return f"under {_SHORTEST_BAND}"
    low = _SHORTEST_BAND
    while tokens >= 2 * low:
        low *= 2
    return f"{low}-{2 * low - 1}"


def _parts(values: Sequence[float], number: int) -> list[int]:
    """Which of so many equal parts, by rank, each value is in."""
    ordered = sorted(values)
    bounds = [ordered[len(ordered) * part // number] for part in range(1, number) if ordered]
    return [bisect_right(bounds, value) for value in values]
