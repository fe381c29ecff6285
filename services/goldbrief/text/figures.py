"""Finds the figures of a text.

A figure is a value with a unit and the precision it was written with. `figure_support` says which
figure supports which, `figure_check` whether the subject is right too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from goldbrief.text import figure_dates as dates
from goldbrief.text import figure_numbers as numbers
from goldbrief.text import figure_patterns as patterns
from goldbrief.text import figure_quantities as quantities
from goldbrief.text import figure_shares as shares
from goldbrief.text.figure_meanings import meanings
from goldbrief.text.figure_quantities import Hedge
from goldbrief.text.figure_ranges import SPANS, complete_lists
from goldbrief.text.figure_units import CURRENCIES, SCALES, UNIT_PREFIXES

SWAPPED_MARKS = str.maketrans(",.", ".,")
"""From English marks of thousands and decimals to those of most of Europe, and back."""
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " "))
_THOUSANDS_SPACE = re.compile(r"(?<=\d)(?<!\d{4})[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")
"""A space that does not break a line stands between thousands, as an apostrophe does."""
_LONGEST_PERIOD = 50
"""Letters in which the words stand that make a month the end of a quarter."""
_LONGEST_NAME = 3
"""Digits up to which a number behind such a word as `item` is none but a name."""
_WHOLE = 100
"""Percent from which a part is none."""
_SMALL_SHARE = Decimal("0.001")
"""Precision, in percent, of a share below one."""
_NEAR = 20
"""Letters before a figure in which the words stand that change what it says."""


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
    hedge: Hedge = ""
    """Whether `about`, `over` or `nearly`, or their like, stands before it."""
    in_words: bool = False
    """Whether it is spelled out, as in `three plants`."""
    is_tentative: bool = False
    """Whether the text may mean it, but need not, as with `a quarter` in `down a quarter`."""


def extract_figures(
    text: str, *, decimal_commas: bool | None = None, tentative: bool = False
) -> list[Figure]:
    """Find the figures of a text, in order.

    List markers, footnote marks and numbers that are names (`Note 5`, `10-K`, `COVID-19`)
    are left out. In a range such as `$410 to $425 million` both ends get the scale. A text that
    writes decimals with a comma (`3,4%`), and none with a point, is read so: `1.234,5`.

    Args:
        text: Any text.
        decimal_commas: Whether it writes decimals so; None sees by itself.
        tentative: Whether to add what the text may mean, too, which makes several of one place.

    Returns:
        The figures.
    """
    rest = patterns.WRAP.sub(" ", text).replace("_", "*")
    if not rest.isascii():
        rest = _THOUSANDS_SPACE.sub("'", rest).translate(_SPACES)
    if has_decimal_commas(text) if decimal_commas is None else decimal_commas:
        rest = patterns.NUMBER_MARKS.sub(lambda number: number[0].translate(SWAPPED_MARKS), rest)
    found = _read(rest)
    plain = [one for one in found if not one.is_tentative]
    figures = complete_lists(text, plain)
    if tentative:
        figures += [replace(one, is_tentative=True) for one in meanings(text, figures)]
        figures += _measured_lists(text, plain, found)
        figures += [one for one in found if one.is_tentative]
        figures += [
            replace(one, is_tentative=True)  # "it paid $400 to 12 growers" is no range
            for one, completed in zip(plain, figures, strict=False)
            if one.unit == "count"
            and one.scale == 1
            and (completed.unit.startswith("money") or completed.unit in SPANS)
        ]
        figures.sort(key=lambda one: one.start)
    if rest != text:
        figures = [replace(one, text=text[one.start : one.end]) for one in figures]
    return figures


def _measured_lists(
    text: str, plain: Sequence[Figure], found: Sequence[Figure]
) -> Iterator[Figure]:
    """The first numbers of ranges of measures, as of `165-175koz`, in what the last is in."""
    measured = {one.start: one for one in found if one.is_tentative and one.scale > 1}
    if measured:
        told = [measured.get(one.start, one) for one in plain]
        for one, completed in zip(plain, complete_lists(text, told), strict=True):
            if one.unit == completed.unit == "count" and one.start not in measured:
                yield replace(completed, is_tentative=True)


def has_decimal_commas(text: str) -> bool:
    """Whether a text writes decimals with a comma, and none with a point."""
    return bool(numbers.DECIMAL_COMMA.search(text)) and not numbers.DECIMAL_POINT.search(text)


def _read(text: str) -> list[Figure]:
    found: list[Figure] = []
    end = 0
    small = _in_small_letters(text)
    for start in patterns.START.finditer(small):
        position = start.start()
        if position < end:
            continue
        for pattern, read in _readers(start):
            match = pattern.match(small, position)
            figures = read(match, text) if match else None
            if match is None or figures is None:
                continue
            found += figures
            if not (figures and figures[0].is_tentative):
                end = match.end()
                break
    return found


def _in_small_letters(text: str) -> str:
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(one if len(one.lower()) > 1 else one.lower() for one in text)


def _readers(start: re.Match[str]) -> tuple[_Reader, ...]:
    """What may read the figure that starts so, in the order to try."""
    if start.lastgroup != "digits":
        return _READERS[start.lastgroup]
    end = start.end()
    return _DIGIT_READERS.get(start.string[end : end + 1], _PLAIN)


def _read_day_in_words(match: re.Match[str], text: str) -> list[Figure]:
    day = numbers.ordinal_value(match["day"])
    value = dates.month_number(match["month"]) * 100 + day
    return [_exact(match, text, "date", value)]


def _read_date(match: re.Match[str], text: str) -> list[Figure] | None:
    groups = match.groupdict()
    name = "month" if groups["month"] else "brief"
    month = text[slice(*match.span(name))]
    if month.islower():
        return None  # "may 5 of them"
    number = int(month) if month.isdigit() else dates.month_number(month)
    date = _exact(match, text, "date", number * 100 + int(groups["day"]))
    years = (replace(y, text=date.text, start=date.start) for y in _read_year(match, text))
    ends_quarter = name == "month" and not month.isdigit() and number % 3 == 0
    return [date, *years, *(_quarter_ended(match, text) if ends_quarter else [])]


def _read_slashed_date(match: re.Match[str], text: str) -> list[Figure]:
    """`3/9/2025` is a day in March, or one in September."""
    month, day = int(match["month"]), int(match["day"])
    figures = _read_date(match, text) or []
    if day <= 12:
        figures.append(replace(figures[0], value=Decimal(day * 100 + month), is_tentative=True))
    return figures


def _read_period(match: re.Match[str], text: str) -> list[Figure]:
    figures: list[Figure] = []
    if match["after"] or match["before"]:
        quarter = int(match["after"] or match["before"])
        end = match.end("after") if match["after"] else match.end("before") + 1
        figures.append(_exact(match, text, "quarter", quarter, (match.start(), end)))
    elif match["months"]:
        end = match.end("months") + 1
        figures.append(_exact(match, text, "months", int(match["months"]), (match.start(), end)))
    return figures + _read_year(match, text)


def _read_quarter(match: re.Match[str], text: str) -> list[Figure]:
    quarter, start = dates.QUARTERS[match["word"]], match.start()
    found = [_exact(match, text, "quarter", quarter)]
    if dates.BEFORE_QUARTERS_END.search(match.string, max(0, start - _NEAR), start):
        month = 3 * quarter
        date = _exact(match, text, "date", month * 100 + dates.last_day(month))
        found.append(replace(date, is_tentative=True))
    return found


def _read_year_end(match: re.Match[str], text: str) -> list[Figure]:
    return [replace(_exact(match, text, "date", 1231), is_tentative=True)]


def _read_edge_quarter(match: re.Match[str], text: str) -> list[Figure]:
    """`The closing quarter` may be the fourth one, of the year or of something else."""
    quarter = 4 if match["last"] else 1
    return [replace(_exact(match, text, "quarter", quarter), is_tentative=True)]


def _read_quarter_end(match: re.Match[str], text: str) -> list[Figure]:
    """`the three months to June` and `the June quarter` may be the second one."""
    if match["named"] is None:
        return _quarter_ended(match, text)
    return [_named_quarter(match, text)]


def _read_month_end(match: re.Match[str], text: str) -> list[Figure] | None:
    """`The end of June` may be written as 30 June, and as the end of the second quarter."""
    start = match.start()
    if not dates.BEFORE_MONTH_END.search(match.string, max(0, start - _NEAR), start):
        return None
    month = dates.month_number(match["month"])
    found = [_exact(match, text, "date", month * 100 + dates.last_day(month))]
    if month % 3 == 0:
        found.append(_exact(match, text, "quarter", month // 3))
    return [replace(one, is_tentative=True) for one in found]


def _quarter_ended(match: re.Match[str], text: str) -> list[Figure]:
    start = match.start()
    before = match.string[max(0, start - _LONGEST_PERIOD) : start]
    first = dates.BEFORE_LAST_MONTH.search(before)
    month = dates.month_number(match["month"])
    is_quarter = first and dates.month_number(first["month"]) == month - 2
    is_named = is_quarter or dates.BEFORE_QUARTER_END.search(before)
    return [_named_quarter(match, text)] if is_named else []


def _named_quarter(match: re.Match[str], text: str) -> Figure:
    quarter = dates.month_number(match["month"]) // 3
    return replace(_exact(match, text, "quarter", quarter), is_tentative=True)


def _read_year(match: re.Match[str], text: str) -> list[Figure]:
    """The year of a period, and the second one of `2024/25`."""
    groups = match.groupdict()
    name = "year" if groups.get("year") else "short"
    digits = groups.get(name)
    if not digits:
        return []
    year = int(digits) if len(digits) > 2 else 2000 + int(digits)
    figures = [_exact(match, text, "year", year, match.span(name))]
    second = groups.get("second")
    if second:
        value = year // 100 * 100 + int(second[-2:])
        figures.append(_exact(match, text, "year", value, match.span("second")))
    return figures


def _read_year_span(match: re.Match[str], text: str) -> list[Figure] | None:
    if patterns.LABEL.search(text, max(0, match.start() - _NEAR), match.start()):
        return []  # "ASU 2015-16"
    first, second = _read_year(match, text)
    return [first, second] if second.value > first.value else None


def _exact(
    match: re.Match[str], text: str, unit: str, value: int, span: tuple[int, int] | None = None
) -> Figure:
    start, end = span or match.span()
    return Figure(text[start:end], Decimal(value), unit, start, end, Decimal(1))


def _read_share(match: re.Match[str], text: str) -> list[Figure]:
    return [_share(match, text, shares.share_value(match))]


def _read_possible_share(match: re.Match[str], text: str) -> list[Figure]:
    return [replace(_share(match, text, shares.share_value(match)), is_tentative=True)]


def _read_counted_share(match: re.Match[str], text: str) -> list[Figure] | None:
    """`One packet in six` is a share, and `one packet in six countries` only may be one."""
    value = shares.share_value(match)
    if value >= _WHOLE or not (match["noun"] or match["every"]):
        return None
    in_words = not match["few"].isdigit()
    share = replace(_share(match, text, value), in_words=in_words)
    if match["every"] or match["ends"] is not None:
        return [share]
    # Then each of its numbers may be the share, too.
    maybe = replace(share, is_tentative=True)
    return [maybe, replace(maybe, start=match.start("of"))]


def _read_each(match: re.Match[str], text: str) -> list[Figure]:
    """`Every hundred places` may be written as 100."""
    return [_word(match, text, "count", numbers.ROUND[match[0]])]


def _read_digit_share(match: re.Match[str], text: str) -> list[Figure]:
    return [replace(_share(match, text, shares.digit_share_value(match)), in_words=False)]


def _read_one(match: re.Match[str], text: str) -> list[Figure]:
    """A pronoun far more often than a figure."""
    return [_word(match, text, "count", 1)]


def _read_a_span(match: re.Match[str], text: str) -> list[Figure]:
    """`A year's notice` may be written as one year."""
    return [_word(match, text, f"{match['span']}s", 1)]


def _read_none(match: re.Match[str], text: str) -> list[Figure]:
    return [_word(match, text, "count", 0)]


def _read_ordinal(match: re.Match[str], text: str) -> list[Figure]:
    return [_word(match, text, "ordinal", numbers.ordinal_value(match[0]))]


def _read_multiple(match: re.Match[str], text: str) -> list[Figure]:
    """`doubled` is two times, 200% of it, and a rise by 100%."""
    times = patterns.MULTIPLES.get(match[0])
    if times is None:
        return [_word(match, text, "percent", 50)]
    percents = (100 * times, 100 * (times - 1))
    return [
        _word(match, text, "multiple", times),
        *(_word(match, text, "percent", one) for one in percents),
    ]


def _read_spaced(match: re.Match[str], text: str) -> list[Figure]:
    value = int(match[0].replace(" ", ""))
    return [replace(_exact(match, text, "count", value), is_tentative=True)]


def _read_fold(match: re.Match[str], text: str) -> list[Figure]:
    value = numbers.ONES.index(match["word"])
    return [replace(_word(match, text, "multiple", value), is_tentative=False)]


def _word(match: re.Match[str], text: str, unit: str, value: int) -> Figure:
    return replace(_exact(match, text, unit, value), in_words=True, is_tentative=True)


def _share(match: re.Match[str], text: str, value: Decimal) -> Figure:
    start, end = match.span()
    hedge = quantities.read_hedge(match)
    place = Decimal(1) if value >= 1 else _SMALL_SHARE
    return Figure(text[start:end], value, "percent", start, end, place, hedge=hedge, in_words=True)


def _read_quantity(match: re.Match[str], text: str) -> list[Figure]:
    number, place = quantities.read_number(match)
    unit, factor = quantities.read_unit(match)
    scale = quantities.read_scale(match)
    start = match.start()
    figure = Figure(
        text=text[start : match.end()],
        value=number * scale * factor,
        unit=unit,
        start=start,
        end=match.end(),
        precision=place * scale * factor,
        scale=scale * factor,
        hedge=quantities.read_hedge(match),
        in_words=bool(match["word"]),
    )
    if quantities.is_name_or_marker(match, text):
        is_long = len(match["number"] or "") > _LONGEST_NAME
        may_count = is_long or patterns.NUMBER.search(match.string, max(0, start - _NEAR), start)
        return [replace(figure, is_tentative=True)] if may_count else []
    if figure.in_words and unit == "count" and figure.value == 1:
        return []  # a pronoun far more often than a figure
    if unit == "year" and patterns.COUNTED.match(text, match.end()):
        return [figure, replace(figure, unit="count", is_tentative=True)]
    return [figure, *_measured(match, text, figure)]


def _measured(match: re.Match[str], text: str, figure: Figure) -> list[Figure]:
    """What `CHF m 412`, `11 points of margin`, `4.5Mt` or metres of `5,600m` may be written as."""
    if figure.unit != "count":
        return []
    before = _scale_before(match, figure)
    if before:
        return [before]
    if patterns.POINTS_OF.match(match.string, match.end()):
        return [replace(figure, unit="points", is_tentative=True)]
    measure = patterns.SCALED_MEASURE.match(text, match.end()) if figure.scale == 1 else None
    if measure is not None:
        whole = replace(figure, text=text[figure.start : measure.end()], end=measure.end())
        return [_scaled(whole, UNIT_PREFIXES[measure["prefix"]])]
    return [_scaled(figure, 1 / figure.scale)] if match["letter"] == "m" else []


def _scale_before(match: re.Match[str], figure: Figure) -> Figure | None:
    start = figure.start
    before = patterns.SCALE_BEFORE.search(match.string, max(0, start - _NEAR), start)
    if figure.scale != 1 or before is None:
        return None
    scale = SCALES[before["scale"] or before["early"]]
    code = CURRENCIES[(before["currency"] or before["code"]).upper()]
    return replace(_scaled(figure, scale), unit=f"money:{code}")


def _scaled(figure: Figure, by: Decimal) -> Figure:
    value, precision = figure.value * by, figure.precision * by
    return replace(
        figure, value=value, precision=precision, scale=figure.scale * by, is_tentative=True
    )


_Reader = tuple[re.Pattern[str], Callable[[re.Match[str], str], list[Figure] | None]]
_QUANTITY: _Reader = (patterns.QUANTITY, _read_quantity)
_DAY_MONTH: _Reader = (dates.DAY_MONTH, _read_date)
_DAY_IN_WORDS: _Reader = (patterns.DAY_IN_WORDS, _read_day_in_words)
_LATE_DATE: _Reader = (dates.LATE_DATE, _read_date)
_YEAR_SPAN: _Reader = (dates.YEAR_SPAN, _read_year_span)
_PERIOD: _Reader = (dates.PERIOD, _read_period)
_SHARE_OF_EVERY: _Reader = (shares.SHARE_OF_EVERY, _read_possible_share)
_COUNTED_SHARE: _Reader = (shares.COUNTED_SHARE, _read_counted_share)
_REMAINING_SHARE: _Reader = (shares.REMAINING_SHARE, _read_possible_share)
_MAYBE_SHARE: _Reader = (shares.MAYBE_SHARE, _read_possible_share)
_DIGIT_SHARE: _Reader = (shares.DIGIT_SHARE, _read_digit_share)
_PLAIN = ((dates.SHORT_YEAR, _read_year), _QUANTITY)
_DIGIT_READERS: dict[str, tuple[_Reader, ...]] = {
    " ": (
        _DAY_MONTH,
        _DIGIT_SHARE,
        _COUNTED_SHARE,
        _SHARE_OF_EVERY,
        _MAYBE_SHARE,
        (patterns.SPACED, _read_spaced),
        *_PLAIN,
    ),
    "-": ((dates.ISO_DATE, _read_date), _LATE_DATE, _DAY_MONTH, _YEAR_SPAN, _DIGIT_SHARE, *_PLAIN),
    "–": (_YEAR_SPAN, *_PLAIN),
    ".": (_LATE_DATE, (dates.DOTTED_DATE, _read_date), *_PLAIN),
    "/": (
        (dates.ISO_DATE, _read_date),
        (dates.US_DATE, _read_slashed_date),
        _LATE_DATE,
        (dates.MONTH_YEAR, _read_year),
        _YEAR_SPAN,
        _DIGIT_SHARE,
        *_PLAIN,
    ),
    **dict.fromkeys("qhm", (_PERIOD, _QUANTITY)),
    **dict.fromkeys("snrt", (_DAY_MONTH, (dates.QUARTER, _read_quarter), _QUANTITY)),
    **dict.fromkeys("efap", ((dates.YEAR_ESTIMATE, _read_year), _QUANTITY)),
}
"""By the letter behind the first digits."""
_READERS: dict[str | None, tuple[_Reader, ...]] = {
    "amount": (_QUANTITY,),
    "code": (_QUANTITY,),
    "word": (
        (patterns.FOLD, _read_fold),
        _SHARE_OF_EVERY,
        _COUNTED_SHARE,
        (shares.SHARE, _read_share),
        _MAYBE_SHARE,
        (patterns.ONE, _read_one),
        (patterns.A_SPAN, _read_a_span),
        _QUANTITY,
    ),
    "quarter": (
        _REMAINING_SHARE,
        _DAY_IN_WORDS,
        (dates.QUARTER, _read_quarter),
        (patterns.ORDINAL, _read_ordinal),
    ),
    "ordinal": (
        _REMAINING_SHARE,
        _DAY_IN_WORDS,
        (patterns.ORDINAL, _read_ordinal),
    ),
    "multiple": ((patterns.MULTIPLE, _read_multiple),),
    "month": (
        (dates.MONTH_DAY, _read_date),
        (dates.MONTH_NAME, _read_month_end),
        (dates.QUARTER_END, _read_quarter_end),
    ),
    "period": (_PERIOD,),
    "named": ((dates.NAMED_QUARTER, _read_quarter),),
    "edge": ((dates.EDGE_QUARTER, _read_edge_quarter),),
    "year_end": ((patterns.YEAR_END, _read_year_end),),
    "none": ((patterns.NONE, _read_none),),
    "each": ((patterns.EACH, _read_each),),
}
"""By the group of `START` that matches."""
