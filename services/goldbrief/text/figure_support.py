"""Says which figure supports which: by value, unit and precision.

`$1,234.5 million` supports `$1.2 billion`, and `18 months` supports `one and a half years`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from goldbrief.text.figure_units import EXACT_UNITS
from goldbrief.text.figures import Figure

_KINDS = {"percent": "rate", "points": "rate", "bps": "rate", "shares": "count"}
_CONVERSIONS = {
    "bps": ("points", Decimal("0.01")),
    "weeks": ("minutes", Decimal(7 * 24 * 60)),
    "days": ("minutes", Decimal(24 * 60)),
    "hours": ("minutes", Decimal(60)),
    "quarters": ("months", Decimal(3)),
    "years": ("months", Decimal(12)),
}
_HEDGE_LIMIT = Decimal("0.05")
"""Share of its value by which `about 400` may be off; wider would let wrong digits pass."""
_UNMARKED_MONEY = 1000
"""From this value a figure without currency, as in `1.2 billion in revenue`, may be money."""
_CENT = Decimal("0.01")
_NAMED = re.compile(r"u\.?s|[$¢]", re.IGNORECASE)
"""Stands in the cents of a currency, where others may be of any."""
_OF_CENTS = {f"money:{code}" for code in ("USD", "EUR", "AUD", "CAD", "NZD", "SGD", "HKD", "ZAR")}


def supported(figure: Figure, source: Sequence[Figure]) -> bool:
    """Whether a figure of the source has this value, or rounds to it; see `supports`."""
    return any(supports(candidate, figure) for candidate in source)


def supports(candidate: Figure, figure: Figure) -> bool:
    """Whether a figure of an article has the value of a summary's figure, or rounds to it.

    Signs are ignored, as prose says `a decline of 3%` where a table says `(3)%`.

    Args:
        candidate: A figure of the article.
        figure: A figure of the summary.

    Returns:
        True when the candidate is at least as precise, of the same kind, and rounds to it.
    """
    candidate, figure = converted(candidate), converted(figure)
    if not same_kind(candidate, figure):
        return False
    excess = abs(candidate.value) - abs(figure.value)
    if excess == 0 or figure.unit in EXACT_UNITS:
        return excess == 0
    place = _allowed_place(figure)
    if candidate.precision > place:
        return False
    if abs(excess) <= place / 2:
        return True
    # "more than 12 million" may be cut off rather than rounded, and "nearly 13" likewise.
    is_cut_off = figure.hedge == ("over" if excess > 0 else "under")
    return is_cut_off and abs(excess) < figure.precision


def same_kind(first: Figure, second: Figure) -> bool:
    """Whether the unit of an article's figure may be written as that of a summary's."""
    if first.unit == second.unit:
        return True
    if _KINDS.get(first.unit, first.unit) == _KINDS.get(second.unit, second.unit):
        return True
    if {first.unit, second.unit} == {"count", "multiple"}:
        return first.precision < 1  # "the ratio was 3.3", but not "3 plants"
    if {first.unit, second.unit} <= _OF_CENTS:
        return _is_any_cent(first) or _is_any_cent(second)
    units = {first.unit.partition(":")[0], second.unit.partition(":")[0]}
    return units == {"count", "money"} and abs(second.value) >= _UNMARKED_MONEY


def _is_any_cent(figure: Figure) -> bool:
    is_cents = figure.unit == "money:USD" and figure.scale == _CENT
    return is_cents and not _NAMED.search(figure.text)


def converted(figure: Figure) -> Figure:
    """The figure in the unit that others can be compared in: points, minutes or months."""
    if figure.unit not in _CONVERSIONS:
        return figure
    unit, factor = _CONVERSIONS[figure.unit]
    value, precision = figure.value * factor, figure.precision * factor
    return replace(figure, unit=unit, value=value, precision=precision)


def _allowed_place(figure: Figure) -> Decimal:
    """The place that the figure may be rounded to: its last, or coarser after `about`."""
    if not figure.hedge:
        return figure.precision
    if figure.in_words and figure.unit == "percent":
        return 2 * abs(figure.value) * _HEDGE_LIMIT
    digits = str(int(abs(figure.value) / figure.precision))
    zeros = len(digits) - len(digits.rstrip("0"))
    rounded = min(figure.precision.scaleb(zeros), 2 * abs(figure.value) * _HEDGE_LIMIT)
    return max(figure.precision, rounded)
