"""What a text may mean by a figure beyond what stands there, as what is around it says.

A number may leave out the unit of one before it, and coins may be a share of each pound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from goldbrief.text.figure_units import EXACT_UNITS

if TYPE_CHECKING:
    from goldbrief.text.figures import Figure

_LONGEST_GAP = 160
"""Letters between a unit and a number that leaves it out."""
_APART = re.compile(r"\n\s*(?:\n|[-*#|•])|\|")
"""Between two paragraphs, list items or cells."""
_BEHIND_SHORT = re.compile(
    r"\s*(?:[,.;:)–—](?!\d)|$)|\s(?:a|in|at|on|and|or|but|while|when|before|after|to|from|by|for|this"
    r"|last|than|more|fewer|less|lower|higher|was|were|is|are|against|compared|of\ (?:it|them))\b"
)
"""Behind a number that leaves out its unit; else what is counted would stand there."""
_CENT = Decimal("0.01")
_POUND = r"(?:pound|euro|dollar|franc|rand|rupee|krona|krone)\b(?!\ sterling)"
_OF_EACH = re.compile(
    rf"\b(?:each|every|per)\s(?:{_POUND}|(?:[a-z]{{1,3}})?[$€£]\s?1\b(?![.,]?\d))"
    rf"|\b(?:in|on|to|of)\s(?:the|a)\s{_POUND}",
    re.IGNORECASE,
)
_IN_EVERY = re.compile(r"\s(?:in|of|out\sof)\s(?:every|each)\s", re.IGNORECASE)
_BEFORE_SHARE, _BEHIND_SHARE = 160, 40
"""Letters around a share of each pound in which the pound may stand."""
_ALL = 100
_MOST_POUNDS = 10
"""What comes of each pound is no more than so many."""


def meanings(text: str, figures: Sequence[Figure]) -> list[Figure]:
    """What the figures of a text may mean as well.

    Args:
        text: The text.
        figures: Its figures, in order.

    Returns:
        Numbers that leave out their unit, with it, as of `187%, above 170`; and in percent the
        coins of `92 pence in the pound`, and any multiple.
    """
    completed = list(_completed(text, figures))
    ratios = list(_ratios(figures))
    return [*completed, *ratios, *_shares_of_pounds(text, [*figures, *completed])]


def _completed(text: str, figures: Sequence[Figure]) -> Iterator[Figure]:
    """Numbers without a unit, with those of figures before, if nothing is counted between."""
    before: dict[str, Figure] = {}
    for figure in figures:
        if figure.unit in EXACT_UNITS:
            continue
        if figure.unit != "count":
            before[figure.unit] = figure
            continue
        before = {unit: one for unit, one in before.items() if _may_leave_out(text, one, figure)}
        for unit, one in before.items():
            value, precision = figure.value * one.scale, figure.precision * one.scale
            yield replace(figure, unit=unit, value=value, precision=precision, scale=one.scale)


def _may_leave_out(text: str, first: Figure, second: Figure) -> bool:
    gap = text[first.end : second.start]
    is_near = len(gap) <= _LONGEST_GAP and not _APART.search(gap)
    return is_near and second.scale == 1 and bool(_BEHIND_SHORT.match(text, second.end))


def _ratios(figures: Sequence[Figure]) -> Iterator[Figure]:
    """A cover of 2.03 times is one of 203%."""
    for one in figures:
        if one.unit == "multiple":
            yield _percent(one, Decimal(100))
        elif one.unit == "percent" and one.value >= _ALL:
            yield replace(
                one, unit="multiple", value=one.value / 100, precision=one.precision / 100
            )


def _shares_of_pounds(text: str, figures: Sequence[Figure]) -> Iterator[Figure]:
    for first, second in pairwise(figures):
        is_share = _IN_EVERY.fullmatch(text[first.end : second.start])
        if is_share and first.unit == second.unit and 0 < first.value < second.value:
            yield _percent(first, 100 / second.value)
    if not _OF_EACH.search(text):
        return
    for figure in figures:
        is_money = figure.unit.startswith("money") and figure.scale in {_CENT, 1}
        if is_money and figure.value < _MOST_POUNDS and _is_of_each(text, figure):
            yield _percent(figure, Decimal(100))
            yield replace(figure, unit="multiple", scale=Decimal(1))


def _percent(figure: Figure, factor: Decimal) -> Figure:
    value, precision = figure.value * factor, figure.precision * factor
    return replace(figure, unit="percent", value=value, precision=precision, scale=Decimal(1))


def _is_of_each(text: str, figure: Figure) -> bool:
    before = text[max(0, figure.start - _BEFORE_SHARE) : figure.start].rpartition("\n\n")[2]
    behind = text[figure.end : figure.end + _BEHIND_SHARE].partition("\n\n")[0]
    return bool(_OF_EACH.search(before) or _OF_EACH.search(behind))
