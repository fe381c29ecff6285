"""Gives all figures of a range or list the unit and scale that are written at one only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from goldbrief.text import figure_patterns as patterns
from goldbrief.text.figure_units import EXACT_UNITS

if TYPE_CHECKING:
    from goldbrief.text.figures import Figure

_LONGEST_GAP = 12
_AND = {" and ", ", and ", " or ", ", or "}
_RATES = {"percent", "points", "bps", "multiple"}
SPANS = {"minutes", "hours", "days", "weeks", "months", "quarters", "years"}
_LAST_DAY = 31
_WIDEST_RANGE = 10
"""How many times its end the start of a range may be."""


def complete_lists(text: str, figures: Sequence[Figure]) -> list[Figure]:
    """Complete `$410 to $425 million`, `12, 15 and 18%`, `March 9-11`.

    Args:
        text: The text.
        figures: Its figures, in order.

    Returns:
        As many figures.
    """
    completed = list(figures)
    is_list = False
    for i in range(len(completed) - 2, -1, -1):
        first, second = completed[i], completed[i + 1]
        gap = text[first.end : second.start] if second.start - first.end < _LONGEST_GAP else ""
        is_list = bool(gap) and _is_joined(text, gap, first, second, is_list=is_list)
        if is_list:
            completed[i : i + 2] = _completed(first, second)
    return completed


def _is_joined(text: str, gap: str, first: Figure, second: Figure, *, is_list: bool) -> bool:
    if patterns.RANGE_GAP.fullmatch(gap):
        return True
    if gap == ", ":
        return is_list and first.unit in {second.unit, "count"}
    if gap not in _AND:
        return False
    is_between = text[max(0, first.start - 8) : first.start].lower() == "between "
    # "$158.7 and $167.2 million": the scale is for both.
    is_money = first.unit == second.unit and first.unit.startswith("money")
    # "six and four weeks", but not "500 staff and 3 years"
    is_span = second.unit in SPANS and first.value <= _WIDEST_RANGE * second.value
    is_bare = first.unit == "count" and first.scale == 1
    return is_between or is_money or (is_bare and (is_span or second.unit in _RATES))


def _completed(first: Figure, second: Figure) -> tuple[Figure, Figure]:
    is_bare = first.unit == "count" and first.scale == 1
    if first.unit == "date" and second.unit == "count" and 0 < second.value <= _LAST_DAY:
        month = first.value // 100
        return first, replace(second, unit="date", value=month * 100 + second.value)
    if second.unit == "date" and first.unit == "count" and 0 < first.value <= _LAST_DAY:
        month = second.value // 100
        return replace(first, unit="date", value=month * 100 + first.value), second
    if first.unit == "count" and second.unit not in EXACT_UNITS:
        first = replace(first, unit=second.unit)
    elif second.unit == "count" and first.unit.startswith("money"):
        if second.value < first.value and second.scale < first.scale:
            return first, second  # "refunded $5.5 million to 52,000 accounts"
        second = replace(second, unit=first.unit)
    scale = second.scale
    # not "from $500,000 to $1.2 million"
    is_small = abs(first.value) * scale <= _WIDEST_RANGE * abs(second.value)
    is_small = is_small and (abs(first.value) < scale or (is_bare and scale < 1))
    if first.unit == second.unit and first.scale == 1 and scale != 1 and is_small:
        first = replace(
            first, value=first.value * scale, precision=first.precision * scale, scale=scale
        )
    return first, second
