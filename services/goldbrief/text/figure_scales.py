"""Finds the scale that a table declares for its numbers, as in `(in thousands)` or `€m`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from goldbrief.text.figure_units import (
    CURRENCIES,
    CURRENCY_CODE,
    CURRENCY_SYMBOL,
    SCALES,
    SYMBOLS,
    unit_behind,
)

_CURRENCY = rf"(?P<currency>{CURRENCY_SYMBOL}|\b{CURRENCY_CODE})"
_NOUN = (
    r"(?P<noun>(?:u\.?s\.?\ |canadian\ |australian\ )?dollars|euros?|pounds(?:\ sterling)?|yen"
    r"|swiss\ francs)\b"
)
_SCALE = r"(?P<scale>thousands?|millions?|billions?|mn|m|bn|k|mio|mrd|crores?|cr|lakhs?)\b\.?"
_ZEROS = r"['’]?(?P<zeros>000)s?\b"
_PATTERNS = tuple(
    re.compile(pattern, re.VERBOSE)
    for pattern in (
        # "in thousands", "in millions of euros", "in EUR million", "in $bn"
        r"in\ (?<=\bin\ )(?P<scale>thousands|millions|billions)\b"
        rf"(?:(?=\s*(?:[,;.:)\n|]|$)|\s(?:except|and|unless))|\sof\s(?:{_NOUN}|{_CURRENCY}))",
        rf"in\ (?<=\bin\ ){_CURRENCY}\ ?(?:{_SCALE}|{_ZEROS})",
        # "(€m)", "| $ million |", "(RMB'000)", "(millions of euros)"
        rf"[(|\[]\s*{_CURRENCY}\ ?(?:in\ )?(?:{_SCALE}|{_ZEROS})\s*[)|\],]",
        rf"[(|\[]\s*(?:{_ZEROS}|(?P<scale>thousands|millions|billions)(?:\sof\s{_NOUN})?)\s*[)|\],]",
        # "$000", "£ 000s", "RMB'000"
        rf"(?P<zeros>000)(?:(?<=[{SYMBOLS}'’]000)|(?<=[{SYMBOLS}]\ 000))s?\b",
    )
)
_BEFORE = re.compile(rf"(?:{_CURRENCY}|{_NOUN})\ ?['’]?$", re.VERBOSE)
_LONGEST_CURRENCY = 20
_HINTS = (
    "in ",
    "000",
    "m)",
    "n)",
    "s)",
    "m |",
    "n |",
    "s |",
    "k)",
    "crore",
    "cr",
    "lakh",
    "mio",
    "mrd",
)
"""A text without any of these declares no scale; looking for them is many times faster."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What a table's numbers are in."""

    factor: Decimal
    money: str
    """Unit of a number without one."""


@lru_cache(maxsize=1 << 10)
def declared_scale(text: str) -> Scale | None:
    """The scale that a text declares, as in `(in thousands)` or `€ in millions`, if any."""
    small = text.lower()
    if not any(hint in small for hint in _HINTS):
        return None
    found = (pattern.search(small) for pattern in _PATTERNS)
    declared = min(filter(None, found), key=lambda match: match.start(), default=None)
    return None if declared is None else _scale(declared)


def _scale(declared: re.Match[str]) -> Scale:
    groups = declared.groupdict()
    written = groups.get("scale") or "000"
    factor = SCALES[written if written in SCALES else written.rstrip("s")]
    start = declared.start()
    before = _BEFORE.search(declared.string, max(0, start - _LONGEST_CURRENCY), start)
    for match in filter(None, (declared, before)):
        said = match.groupdict()
        if said.get("noun"):
            return Scale(factor, unit_behind("1", f" {said['noun']}")[0])
        if said.get("currency"):
            return Scale(factor, f"money:{CURRENCIES[said['currency'].upper()]}")
    return Scale(factor, "money:USD")
