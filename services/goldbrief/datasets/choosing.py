"""Which of the candidates that pass become rows, when there are more than the plan has room for."""

from __future__ import annotations

from collections.abc import Sequence

from goldbrief.core.documents import Record
from goldbrief.datasets.material import Material
from goldbrief.datasets.splits import company_group

RULE = "the best by judge score of each company and persona, then the second best of each, ..."


class Choice(Record):
    """How rows were chosen, for manifest and card."""

    rule: str = RULE
    passed: int
    """Candidates that were accepted and are no duplicates."""
    chosen: int
    lowest_score: float
    """Judge score of the worst that was chosen; 0 for none."""
    highest_left: float
    """Judge score of the best that was not; 0 for none."""


def in_turns(materials: Sequence[Material]) -> list[Material]:
    """Order so that every company and persona gives its best, then every one its second best.

    Quality comes before quantity (Zhou et al. 2023, LIMA; Chen et al. 2023, AlpaGasus), but a
    score alone would take what one company or reader is easily written for.

    Args:
        materials: In any order.

    Returns:
        All of them, the first to be taken first.
    """
    ranks: dict[tuple[str, str], int] = {}
    ranked = []
    for material in sorted(materials, key=by_score):
        slice_ = (company_group(material.article), material.persona)
        ranks[slice_] = ranks.get(slice_, 0) + 1
        ranked.append((ranks[slice_], material))
    return [material for _, material in sorted(ranked, key=lambda pair: pair[0])]


def by_score(material: Material) -> tuple[float, str, str]:
    """Sorts the best first, and equal ones the same way on every machine."""
    return -material.score, material.key, material.candidate_key
