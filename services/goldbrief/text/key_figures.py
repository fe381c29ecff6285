"""Which figures of an article a summary should hardly leave out, and which it has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from goldbrief.text.figure_mentions import Mention
from goldbrief.text.figure_reading import read_figures
from goldbrief.text.figure_support import supported, supports
from goldbrief.text.figure_words import stem
from goldbrief.text.figures import Figure
from goldbrief.text.sentences import vocabulary

_MOST = 10
"""About as many as a summary of 200 words can tell."""
_HEADLINES = {
    stem(word)
    for word in vocabulary(
        "revenue sales turnover profit income earnings ebitda loss margin cash debt dividend "
        "orders guidance outlook forecast premiums deposits capital"
    )
}
"""Words of what a business is measured by."""
_HEADLINE_NEARNESS = 0.5
_REPEATS = 2
"""Further mentions that count; a figure that is told three times is told often."""


@dataclass(frozen=True, slots=True)
class FigureCoverage:
    """Key figures of an article that a summary has and lacks, most telling first."""

    present: tuple[Figure, ...]
    missing: tuple[Figure, ...]

    @property
    def share(self) -> float:
        """Share of the key figures that the summary has; 1 for an article without any."""
        total = len(self.present) + len(self.missing)
        return len(self.present) / total if total else 1.0


def figure_coverage(summary: str, article: str, most: int = _MOST) -> FigureCoverage:
    """Look for the key figures of an article in its summary.

    Args:
        summary: Any text.
        article: The whole text.
        most: How many key figures to look for.

    Returns:
        Those that the summary has, in whatever rounding, and those that it lacks.
    """
    said = [mention.figure for mention in read_figures(summary).mentions]
    key = key_figures(article, most)
    present = tuple(one for one in key if any(supports(one, figure) for figure in said))
    return FigureCoverage(present, tuple(one for one in key if one not in present))


def key_figures(article: str, most: int = _MOST) -> tuple[Figure, ...]:
    """The figures that tell most of an article: early, repeated, of what business is measured by.

    Args:
        article: The whole text.
        most: How many at most.

    Returns:
        Amounts of money and rates, most telling first, each value once.
    """
    plain = [one for one in read_figures(article).mentions if not one.figure.is_tentative]
    amounts = [one for one in plain if _tells(one.figure)]
    told = Counter(_value(one.figure) for one in amounts)
    ranked = sorted(amounts, key=lambda one: -_weight(one, told, len(article)))
    chosen: list[Figure] = []
    for mention in ranked:
        if len(chosen) < most and not supported(mention.figure, chosen):
            chosen.append(mention.figure)
    return tuple(chosen)


def _tells(figure: Figure) -> bool:
    return figure.unit.startswith("money") or figure.unit in {"percent", "points", "bps"}


def _value(figure: Figure) -> tuple[str, Decimal]:
    return figure.unit, abs(figure.value)


def _weight(mention: Mention, told: Counter[tuple[str, Decimal]], length: int) -> float:
    """From 0 to 3: one each for its place, its subject and its repetition."""
    nearness = max((mention.words.get(word, 0.0) for word in _HEADLINES), default=0.0)
    place = 1 - mention.start / length
    subject = min(1.0, nearness / _HEADLINE_NEARNESS)
    return place + subject + min(told[_value(mention.figure)] - 1, _REPEATS) / _REPEATS
