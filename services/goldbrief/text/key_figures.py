"""Which figures of an article a summary should hardly leave out, and which it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldbrief.text.figure_mentions import Mention
from goldbrief.text.figure_reading import read_figures
from goldbrief.text.figure_words import stem
from goldbrief.text.figures import Figure, supported, supports
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
    amounts = [one for one in read_figures(article).mentions if _tells(one.figure)]
    ranked = sorted(amounts, key=lambda one: -_weight(one, amounts, len(article)))
    chosen: list[Figure] = []
    for mention in ranked:
        if len(chosen) < most and not supported(mention.figure, chosen):
            chosen.append(mention.figure)
    return tuple(chosen)


def _tells(figure: Figure) -> bool:
    return figure.unit.startswith("money") or figure.unit in {"percent", "points", "bps"}


def _weight(mention: Mention, amounts: Sequence[Mention], length: int) -> float:
    """From 0 to 3: one each for its place, its subject and its repetition."""
    value, unit = abs(mention.figure.value), mention.figure.unit
    told = sum(1 for one in amounts if one.figure.unit == unit and abs(one.figure.value) == value)
    nearness = max((mention.words.get(word, 0.0) for word in _HEADLINES), default=0.0)
    return (
        1 - mention.start / length
        + min(1.0, nearness / _HEADLINE_NEARNESS)
        + min(told - 1, _REPEATS) / _REPEATS
    )  # fmt: skip
