"""How shares are written in words, such as `a third of` and `one in five`.

The patterns are for text in small letters.
"""

from __future__ import annotations

import re
from decimal import Decimal

from goldbrief.text.figure_numbers import ONES, PARTS, SCALE_WORD, VULGAR

_SHARE_AFTER = (
    r"(?=\ (?:more|less|fewer|higher|lower|larger|smaller|cheaper|dearer|as\ (?:much|many))\b)"
    r"|(?<!third)(?<!fourth)(?<!in\ a\ quarter)"
    r"(?=\ (?:is|are|was|were|has|have|should|would|will)\b)"
)
_PLURAL_SHARE = r"(?:(?<=thirds)|(?<=fifths)|(?<=sixths)|(?<=eighths)|(?<=tenths))(?!\ of\b)"
_SHARE_AFTER_BY = (
    r"\s*(?:[,.;:)–—]|$)|\ (?:in|to|from|at|since|over|within|and|or|for|on|with|next|this|last"
    r"|before|after|compared|against|when|while|year|by)\b"
)
_SPANS = r"(?:years|quarters|months|weeks|days|hours)\b"
_ONE_TO_NINE = "|".join(ONES[1:10])
PART = "|".join(PARTS)
_OF_NUMBER = rf"(?:an?|one|1)\ ?(?:{SCALE_WORD}|percent|%|point\b|centur|decade|year\b|hour\b)"
"""Behind `half of` and its like, where it is a number and no share."""
_NOT_SHARED = rf"(?:the\ )?(?:fiscal\ )?(?:year|20\d\d)|an?\ per|growth|decline|{_OF_NUMBER}"
_NOT_OF_TIME = r"(?<!first\ )(?<!second\ )(?<!latter\ )(?<!last\ )"
SHARE = re.compile(
    rf"{_NOT_OF_TIME}(?P<by>(?<=\bby\ ))?(?:"
    rf"(?:(?P<times>an?|{_ONE_TO_NINE})[-\ ](?P<part>{PART})|half)"
    rf"(?:(?=\ of\b(?!\ (?:{_NOT_SHARED}))|(?<=half)\ (?:the|its|their|all|our)\b)"
    rf"|(?<!the\ half)(?<!one\ quarter)(?:{_SHARE_AFTER})|{_PLURAL_SHARE}"
    rf"|(?(by)(?={_SHARE_AFTER_BY})|(?!)))"
    rf"|(?P<few>{_ONE_TO_NINE})\ (?:in|out\ of)\ (?:every\ )?(?P<of>{'|'.join(ONES[:1:-1])}"
    rf"|(?<=one\ in\ )\d{{1,3}}(?![.,]?\d|\ ?%))\b(?!\ {_SPANS}))"
)
"""A share in words. What follows tells it from a span of time (`a quarter`) and from one of a
row (`a third plant`)."""
MAYBE_SHARE = re.compile(
    rf"{_NOT_OF_TIME}(?<!the\ )(?:(?P<times>an?|{_ONE_TO_NINE})[-\ ](?:good\ )?(?P<part>{PART})"
    r"|half)\b(?!\ (?:ago|earlier|later)\b)"
    rf"|(?P<few>{_ONE_TO_NINE})\ of\ (?:(?:the|its|our)\ )?(?P<of>{'|'.join(ONES[:1:-1])})\b"
    rf"(?!\ {_SPANS})"
)
DIGIT_SHARE = re.compile(
    r"(?<![\w.,/])(?:"
    r"(?P<few>[1-9])\ (?:in|out\ of)\ (?:every\ )?(?P<of>[2-9]|10|(?<=\b1\ in\ )\d{2,3})\b"
    rf"(?!\ {_SPANS}|[.,]?\d|%)"
    rf"|(?P<above>[1-9])/(?P<below>[2-9]|10)(?=\ of\b)|(?P<sign>[{''.join(VULGAR)}])(?=\ of\b))"
)


def share_value(match: re.Match[str]) -> Decimal:
    """What a match of a share in words is in percent."""
    groups = match.groupdict()
    if groups.get("of"):
        few, of = (_whole(match[name]) for name in ("few", "of"))
        return Decimal(100) * few / of
    times, part = match["times"] or "a", match["part"] or "half"
    number = 1 if times in {"a", "an"} else ONES.index(times)
    return Decimal(100) * number / PARTS[part]


def _whole(written: str) -> int:
    return int(written) if written.isdigit() else ONES.index(written)


def digit_share_value(match: re.Match[str]) -> Decimal:
    """What a match of `DIGIT_SHARE` is in percent."""
    above, below = match["few"] or match["above"], match["of"] or match["below"]
    if match["sign"]:
        above, below = VULGAR[match["sign"]].split("/")
    return Decimal(100) * int(above) / int(below)
