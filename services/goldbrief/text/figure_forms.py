"""The ways in which a figure may be written: the same value in digits, scaled or rounded."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from goldbrief.text.figure_numbers import number_words
from goldbrief.text.figure_units import EXACT_UNITS
from goldbrief.text.figures import Figure

_SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CAD": "C$",
    "AUD": "A$",
    "HKD": "HK$",
    "INR": "₹",
}
_SCALES = {
    Decimal(10**12): "trillion",
    Decimal(10**9): "billion",
    Decimal(10**6): "million",
    Decimal(10**3): "thousand",
}
_NUMBER = re.compile(r"^[\d.,]+|^[a-z]+(?:-[a-z]+(?=$|\s))?", re.IGNORECASE)
_MOST_DECIMALS = 3
_SPELLED = 100
"""From it numbers are hardly spelled out."""
_COUNTABLE = 1000
"""Below it an amount is written out, never scaled."""


def written_forms(figure: Figure) -> Iterator[str]:
    """Write a figure in other ways than it was, none of them more precise.

    Args:
        figure: Of any unit.

    Yields:
        str: E.g. `$1.2 billion`, `$1,234.5 million`, `12%`, `31 March`.
    """
    kind, _, currency = figure.unit.partition(":")
    value = abs(figure.value)
    if value < _SPELLED and value == int(value) and figure.unit not in EXACT_UNITS:
        yield from _spelled(int(value), figure.text)
    if kind in {"money", "count", "shares"}:
        for number in _amounts(value, figure.precision):
            yield number
            if kind == "money":
                yield f"{_SYMBOLS.get(currency, f'{currency} ')}{number}"
    elif kind == "percent":
        for number in _rounded(value, figure.precision):
            yield from (f"{number}%", f"{number} percent", f"{number} per cent")
    elif kind in {"points", "bps"}:
        points, place = (n if kind == "points" else n / 100 for n in (value, figure.precision))
        yield from (f"{number} percentage points" for number in _rounded(points, place))
        yield from (f"{number} basis points" for number in _rounded(points * 100, place * 100))
    elif kind == "year":
        # Behind a day, month and year begin as another date does: `31 March 2`.
        yield from (f"{month} {int(value)}".lstrip() for month in calendar.month_name)
    elif kind == "date":
        month, day = divmod(int(value), 100)
        name = calendar.month_name[month]
        yield from (f"{name} {day}", f"{day} {name}") if day else (name,)


def _spelled(value: int, text: str) -> Iterator[str]:
    """A small number in digits and in words, with the unit that stands behind it in a text.

    Nothing where the text has it otherwise, as `a decade` or `half`.
    """
    told = text.lstrip("(-−–")
    number = _NUMBER.match(told)
    if number and (number[0][0].isdigit() or number[0].lower() == number_words(value)):
        unit = told[number.end() :].removeprefix(")")
        yield from (f"{value}{unit}", f"{number_words(value)}{unit}")


def _amounts(value: Decimal, precision: Decimal) -> Iterator[str]:
    yield from _rounded(value, precision)
    for scale, name in _SCALES.items():
        if value >= scale >= _COUNTABLE:
            for number in _rounded(value / scale, precision / scale):
                yield f"{number} {name}"


def _rounded(value: Decimal, precision: Decimal) -> Iterator[str]:
    """The value with each number of decimals that is not more precise than it is known.

    All its digits may be written out, as `1,500 million` for `1.5 billion`.
    """
    is_whole = False
    for decimals in range(_MOST_DECIMALS + 1):
        place = Decimal(1).scaleb(-decimals)
        rounded = value.quantize(place, ROUND_HALF_UP)
        if place >= precision or (rounded == value and not is_whole):
            yield f"{rounded:,}"
        is_whole = is_whole or rounded == value
