"""Which of the candidates that pass become rows, when there are more than the plan has room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from goldbrief.core.documents import Record
from goldbrief.datasets.material import Material
from goldbrief.datasets.splits import company_group

RULE = "by judge score, less half a point for each better one of the same company and persona"
_LESS_EACH = 0.5
"""A score alone would take what one company or reader is easily written for; a turn for each would
take the worst of one before the second best of another."""


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


def best_first(materials: Sequence[Material]) -> list[Material]:
    """Order candidates as they are to be taken: quality first, but not all of it alike.

    Few good rows teach a style better than many (Zhou et al. 2023, LIMA; Chen et al. 2023,
    AlpaGasus: a sixth of the rows, those with the best scores), if they are diverse (Liu et al.
    2023, DEITA).

    Args:
        materials: In any order.

    Returns:
        All of them, the first to be taken first; see `RULE`.
    """
    better: Counter[tuple[str, str]] = Counter()
    worth = []
    for material in sorted(materials, key=by_score):
        same = (company_group(material.article), material.persona)
        worth.append((material.score - _LESS_EACH * better[same], material))
        better[same] += 1
    return [material for _, material in sorted(worth, key=lambda one: -one[0])]


def by_score(material: Material) -> tuple[float, str, str]:
    """Sorts the best first, and equal ones the same way on every machine."""
    return -material.score, material.key, material.candidate_key
