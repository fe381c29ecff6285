"""What a number with a scale and a unit says: reads the matches of `figure_patterns.QUANTITY`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from goldbrief.text import figure_numbers as numbers
from goldbrief.text import figure_patterns as patterns
from goldbrief.text.figure_units import CURRENCIES, SCALES, unit_behind

Hedge = Literal["", "about", "over", "under"]

_PART_WORDS = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}
_YEAR = re.compile(r"(?:19|20)\d\d")
_TELLING = 8
"""Letters before a unit on which it may depend what the unit is."""
_TELLING_BEHIND = 24
"""Letters behind points on which it may depend whether they are percentage points."""
_NEAR = 20
"""Letters before a figure in which the words stand that change what it says."""


def read_number(match: re.Match[str]) -> tuple[Decimal, Decimal]:
    """The number before its scale, and the size of its last place."""
    written = match["word"]
    value, place = numbers.word_value(written) if written else numbers.digits_value(match["number"])
    ending = match["more"] or match["rest"]
    if ending:
        value, place = value + _PART_WORDS[ending.rpartition(" ")[2]], Decimal("0.1")
    is_marked = match["sign"] or match["inner"] or match["open"]
    return (-value if is_marked or _stands_before(match, patterns.MINUS) else value), place


def read_scale(match: re.Match[str]) -> Decimal:
    """What the number is in, such as 1000000 for `million`."""
    scale = Decimal(1)
    for word in _written_scale(match).rstrip(".").split():
        scale *= SCALES[word]
    return scale


def _written_scale(match: re.Match[str]) -> str:
    return match["scale"] or match["letter"] or match["prefix"] or ""


def read_unit(match: re.Match[str]) -> tuple[str, Decimal]:
    """Its unit, and how many of that the written one is: a hundredth of a dollar for `cent`."""
    if match["currency"]:
        return f"money:{CURRENCIES[match['currency'].upper()]}", Decimal(1)
    if match["unit"]:
        start, end = match.span("unit")
        before = match.string[max(0, start - _TELLING) : start]
        is_points = "point" in match["unit"]
        behind = match.string[end : end + _TELLING_BEHIND] if is_points else ""
        return unit_behind(before, match["unit"], behind)
    is_plain = match["number"] and not match["open"] and not _written_scale(match)
    is_year = is_plain and _YEAR.fullmatch(match["number"])
    return ("year" if is_year else "count"), Decimal(1)


def read_hedge(match: re.Match[str]) -> Hedge:
    """What the words before it say of its precision."""
    hedge = _stands_before(match, patterns.HEDGE)
    if hedge is None:
        return ""
    return "over" if hedge["over"] else "under" if hedge["under"] else "about"


def _stands_before(match: re.Match[str], pattern: re.Pattern[str]) -> re.Match[str] | None:
    return pattern.search(match.string, max(0, match.start() - _NEAR), match.start())


def is_name_or_marker(match: re.Match[str], text: str) -> bool:
    """Whether the digits number a list item, a footnote, a note, or are part of a name."""
    if match["currency"] or match["unit"] or match["scale"] or match["letter"]:
        return False
    if match["word"]:
        return bool(_stands_before(match, patterns.WORD_LABEL))
    start, end = match.start("number"), match.end()
    is_labeled = bool(patterns.LABEL.search(text, max(0, start - _NEAR), start))
    if is_labeled or patterns.NAME_TAIL.match(text, end):
        return True
    if len(match["number"]) > 2:
        return False
    at_line_start = not text[text.rfind("\n", 0, start) + 1 : start].strip("*_( ")
    is_item = at_line_start and bool(patterns.MARKER_END.match(text, end))
    return is_item or bool(match["open"])
