"""Finds the figures of a text, and says which figure supports which.

A figure is a value with a unit and the precision it was written with. Support is by value, so
`$1,234.5 million` supports `$1.2 billion`; `figure_check` says whether the subject is right too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from goldbrief.text import figure_patterns as patterns

EXACT_UNITS = frozenset({"year", "quarter", "date", "ordinal"})
_SWAPPED_MARKS = str.maketrans(",.", ".,")
_KINDS = {"percent": "rate", "points": "rate", "bps": "rate", "shares": "count"}
_CONVERSIONS = {
    "bps": ("points", Decimal("0.01")),
    "weeks": ("days", Decimal(7)),
    "quarters": ("months", Decimal(3)),
    "years": ("months", Decimal(12)),
}
_HEDGE_LIMIT = Decimal("0.05")
"""Share of its value by which `about 400` may be off; wider would let wrong digits pass."""
_UNMARKED_MONEY = 1000
"""From this value a figure without currency, as in `1.2 billion in revenue`, may be money."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a text."""

    text: str
    """As written."""
    value: Decimal
    """In units, e.g. dollars: `$1.2 million` is 1200000. Dates are month * 100 + day."""
    unit: str
    """`money:<currency>`, `percent`, `points` (percentage points), `bps`, `multiple`, `shares`,
    `count`, a span of time such as `days`, or `year`, `quarter`, `date`, `ordinal`."""
    start: int
    end: int
    precision: Decimal
    """Size of the last written place, in units: 100000 for `$1.2 million`."""
    scale: Decimal = Decimal(1)
    """The written scale: 1000000 for `$1.2 million`."""
    hedged: bool = False
    """Whether `about` or its like stands before it."""
    in_words: bool = False
    """Whether it is spelled out, as in `three plants`."""


def extract_figures(text: str, *, decimal_commas: bool | None = None) -> list[Figure]:
    """Find the figures of a text, in order.

    List markers, footnote marks and numbers that are names (`Note 5`, `10-K`, `COVID-19`)
    are left out. In a range such as `$410 to $425 million` both ends get the scale. A text that
    writes decimals with a comma (`3,4%`), and none with a point, is read so: `1.234,5`.

    Args:
        text: Any text.
        decimal_commas: Whether it writes decimals so; None sees by itself.

    Returns:
        The figures.
    """
    rest = patterns.WRAP.sub(" ", text)
    if has_decimal_commas(text) if decimal_commas is None else decimal_commas:
        rest = patterns.NUMBER_MARKS.sub(lambda number: number[0].translate(_SWAPPED_MARKS), rest)
        return [replace(one, text=text[one.start : one.end]) for one in _read(text, rest)]
    return _read(text, rest)


def has_decimal_commas(text: str) -> bool:
    """Whether a text writes decimals with a comma, and none with a point."""
    return bool(patterns.DECIMAL_COMMA.search(text)) and not patterns.DECIMAL_POINT.search(text)


def _read(text: str, rest: str) -> list[Figure]:
    figures: list[Figure] = []
    end = 0
    for start in patterns.START.finditer(rest):
        if start.start() < end:
            continue
        for pattern, read in _READERS[start.lastgroup]:
            match = pattern.match(rest, start.start())
            if match:
                figures.extend(read(match))
                end = match.end()
                break
    return _complete_ranges(text, figures)


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
    candidate, figure = _converted(candidate), _converted(figure)
    if not _same_kind(candidate, figure):
        return False
    difference = abs(abs(candidate.value) - abs(figure.value))
    if difference == 0:
        return True
    if figure.unit in EXACT_UNITS:
        return False
    place = _allowed_place(figure)
    return candidate.precision <= place and difference <= place / 2


def _same_kind(first: Figure, second: Figure) -> bool:
    if first.unit == second.unit:
        return True
    if _KINDS.get(first.unit, first.unit) == _KINDS.get(second.unit, second.unit):
        return True
    units = {first.unit.partition(":")[0], second.unit.partition(":")[0]}
    return units == {"count", "money"} and abs(second.value) >= _UNMARKED_MONEY


def _converted(figure: Figure) -> Figure:
    """The figure in the unit that others can be compared in: points, days or months."""
    if figure.unit not in _CONVERSIONS:
        return figure
    unit, factor = _CONVERSIONS[figure.unit]
    value, precision = figure.value * factor, figure.precision * factor
    return replace(figure, unit=unit, value=value, precision=precision)


def _allowed_place(figure: Figure) -> Decimal:
    """The place that the figure may be rounded to: its last, or coarser after `about`."""
    if not figure.hedged:
        return figure.precision
    if figure.in_words and figure.unit == "percent":
        return 2 * abs(figure.value) * _HEDGE_LIMIT
    digits = str(int(abs(figure.value) / figure.precision))
    zeros = len(digits) - len(digits.rstrip("0"))
    rounded = min(figure.precision.scaleb(zeros), 2 * abs(figure.value) * _HEDGE_LIMIT)
    return max(figure.precision, rounded)


def _read_date(match: re.Match[str]) -> Iterator[Figure]:
    groups = match.groupdict()
    month = groups["month"]
    number = int(month) if month.isdigit() else patterns.month_number(month)
    yield _exact(match, "date", number * 100 + int(groups["day"]))
    if "year" in groups:
        yield from _read_year(match)


def _read_quarter(match: re.Match[str]) -> Iterator[Figure]:
    written = match["after"] or match["before"] or match["word"]
    yield _exact(match, "quarter", patterns.QUARTERS[written.lower()])


def _read_year(match: re.Match[str]) -> Iterator[Figure]:
    digits = match["year"]
    yield _exact(match, "year", int(digits) if len(digits) == 4 else 2000 + int(digits))


def _exact(match: re.Match[str], unit: str, value: int) -> Figure:
    return Figure(match[0], Decimal(value), unit, match.start(), match.end(), Decimal(1))


def _read_fraction(match: re.Match[str]) -> Iterator[Figure]:
    value, (start, end) = patterns.fraction_value(match), match.span()
    hedged = _is_hedged(match)
    yield Figure(match[0], value, "percent", start, end, Decimal(1), hedged=hedged, in_words=True)


def _read_quantity(match: re.Match[str]) -> Iterator[Figure]:
    if _is_name_or_marker(match):
        return
    number, place = _number(match)
    scale = _scale(match)
    unit = _unit(match)
    if match["word"] and unit == "count" and number * scale == 1:
        return  # "one" is a pronoun far more often than a figure
    yield Figure(
        text=match[0].strip(),
        value=(-number if match["sign"] or match["open"] else number) * scale,
        unit=unit,
        start=match.end() - len(match[0].lstrip()),
        end=match.end(),
        precision=place * scale,
        scale=scale,
        hedged=_is_hedged(match),
        in_words=bool(match["word"]),
    )


def _is_hedged(match: re.Match[str]) -> bool:
    start = match.start()
    return bool(patterns.HEDGE.search(match.string, max(0, start - 20), start))


_Reader = tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Figure]]]
_READERS: dict[str | None, tuple[_Reader, ...]] = {
    "digits": (
        (patterns.ISO_DATE, _read_date),
        (patterns.US_DATE, _read_date),
        (patterns.DAY_MONTH, _read_date),
        (patterns.FISCAL_YEAR, _read_year),
        (patterns.MONTH_YEAR, _read_year),
        (patterns.QUARTER, _read_quarter),
        (patterns.QUANTITY, _read_quantity),
    ),
    "amount": ((patterns.QUANTITY, _read_quantity),),
    "word": ((patterns.FRACTION, _read_fraction), (patterns.QUANTITY, _read_quantity)),
    "quarter": ((patterns.QUARTER, _read_quarter),),
    "month": ((patterns.MONTH_DAY, _read_date),),
    "fiscal": ((patterns.FISCAL_YEAR, _read_year),),
}


def _number(match: re.Match[str]) -> tuple[Decimal, Decimal]:
    """The number before its scale, and the size of its last place."""
    if match["word"]:
        return patterns.word_value(match["word"])
    digits = match["number"].replace(",", "")
    return Decimal(digits), Decimal(1).scaleb(-len(digits.partition(".")[2]))


def _scale(match: re.Match[str]) -> Decimal:
    if match["unit"] and match["unit"].strip().lower() in {"cent", "cents"}:
        return Decimal("0.01")
    written = match["scale"] or match["letter"]
    return patterns.SCALES[written.lower()] if written else Decimal(1)


def _unit(match: re.Match[str]) -> str:
    if match["currency"]:
        return f"money:{patterns.CURRENCIES[match['currency'].upper()]}"
    if match["unit"]:
        return patterns.unit_name(match["unit"])
    digits = match["number"] or ""
    is_year = re.fullmatch(r"(?:19|20)\d\d", digits) and not match["scale"] and not match["open"]
    return "year" if is_year else "count"


def _is_name_or_marker(match: re.Match[str]) -> bool:
    """Whether the digits number a list item, a footnote, a note, or are part of a name."""
    if match["word"] or match["currency"] or match["unit"] or match["scale"] or match["letter"]:
        return False
    text, start, end = match.string, match.start("number"), match.end()
    is_labeled = bool(patterns.LABEL.search(text, max(0, start - 20), start))
    if is_labeled or patterns.NAME_TAIL.match(text, end):
        return True
    if len(match["number"]) > 2:
        return False
    at_line_start = not text[text.rfind("\n", 0, start) + 1 : start].strip("*_( ")
    is_item = at_line_start and bool(patterns.MARKER_END.match(text, end))
    return is_item or bool(match["open"])


def _complete_ranges(text: str, figures: Sequence[Figure]) -> list[Figure]:
    """Give both ends of a range the unit and scale that are written at one end only."""
    completed = list(figures)
    for i in range(len(completed) - 2, -1, -1):
        first, second = completed[i], completed[i + 1]
        if _is_range(text, first, second):
            completed[i : i + 2] = _complete_range(first, second)
    return completed


def _is_range(text: str, first: Figure, second: Figure) -> bool:
    gap = text[first.end : second.start]
    if gap == " and ":
        is_between = text[max(0, first.start - 8) : first.start].lower() == "between "
        # "$158.7 and $167.2 million": the scale is for both.
        return is_between or (first.unit == second.unit and first.unit.startswith("money"))
    return bool(patterns.RANGE_GAP.fullmatch(gap))


def _complete_range(first: Figure, second: Figure) -> tuple[Figure, Figure]:
    if first.unit == "count" and second.unit not in EXACT_UNITS:
        first = replace(first, unit=second.unit)
    elif second.unit == "count" and first.unit.startswith("money"):
        if second.value < first.value and second.scale < first.scale:
            return first, second  # "refunded $5.5 million to 52,000 accounts"
        second = replace(second, unit=first.unit)
    shares_scale = first.unit == second.unit and first.scale == 1 and first.value < second.scale
    if shares_scale and second.scale > 1:
        scale = second.scale
        first = replace(
            first, value=first.value * scale, precision=first.precision * scale, scale=scale
        )
    return first, second
