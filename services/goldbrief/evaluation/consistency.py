"""How far a system's summaries of one article agree, when it writes several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import combinations
from statistics import mean, pstdev

from goldbrief.core.documents import StyleContract
from goldbrief.evaluation.rows import Row
from goldbrief.platform.statistics import estimate
from goldbrief.text.figures import extract_figures
from goldbrief.text.sections import read_sections
from goldbrief.text.sentences import words

Shape = tuple[tuple[str, int], ...]
"""Sections in their order, with the number of their items."""


def measure_consistency(
    rows: Sequence[Row], systems: Iterable[str], style: StyleContract
) -> dict[str, dict[str, dict[str, float]]]:
    """Compare the summaries that a system wrote of the same article.

    Args:
        rows: Of all repeats, the first writing too.
        systems: Their names.
        style: Its sections are looked for.

    Returns:
        System to `same_figures` (share of figures that two summaries have in common, over those
        of either: Jaccard), `same_structure` (share of pairs with the same sections and numbers of
        items) and `length_spread` (standard deviation of the words over their mean), each with
        its interval over articles. Systems that wrote nothing twice are left out.
    """
    found = {}
    for system in systems:
        articles: dict[str, list[str]] = {}
        for row in rows:
            if row.system == system and row.candidate is not None:
                articles.setdefault(row.article.sha256, []).append(row.candidate.text)
        several = [texts for texts in articles.values() if len(texts) > 1]
        if several:
            found[system] = {
                "same_figures": asdict(estimate([_same_figures(texts) for texts in several])),
                "same_structure": asdict(
                    estimate([_same_structure(texts, style) for texts in several])
                ),
                "length_spread": asdict(estimate([_length_spread(texts) for texts in several])),
            }
    return found


def _same_figures(texts: Sequence[str]) -> float:
    figures = [{(figure.value, figure.unit) for figure in extract_figures(text)} for text in texts]
    return mean(
        len(one & other) / len(one | other) if one | other else 1.0
        for one, other in combinations(figures, 2)
    )


def _same_structure(texts: Sequence[str], style: StyleContract) -> float:
    shapes = [_shape(text, style) for text in texts]
    return mean(float(one == other) for one, other in combinations(shapes, 2))


def _shape(text: str, style: StyleContract) -> Shape:
    sections = read_sections(text, style).sections
    return tuple((name, len(items)) for name, items in sections.items())


def _length_spread(texts: Sequence[str]) -> float:
    lengths = [len(words(text)) for text in texts]
    return pstdev(lengths) / mean(lengths) if any(lengths) else 0.0
