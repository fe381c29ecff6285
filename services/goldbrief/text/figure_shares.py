"""How shares are written in words, such as `a third of` and `one in five`.

The patterns are for text in small letters.
"""

from __future__ import annotations

import re
from decimal import Decimal

from goldbrief.text.figure_numbers import (
    ONES,
    PARTS,
    SCALE_WORD,
    TENS,
    VULGAR,
    digits_value,
    word_value,
)

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
_IN_WORDS = rf"(?:{'|'.join(TENS)})(?:[-\ ](?:{_ONE_TO_NINE}))?|{'|'.join(ONES[:0:-1])}"
_OF_MANY = rf"(?:(?:an?|{_ONE_TO_NINE})[-\ ])?(?:hundred|thousand)|{_IN_WORDS}"
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
    rf"|(?P<few>{_ONE_TO_NINE})[-\ ](?:in|out\ of)[-\ ](?:every\ )?(?P<of>{_OF_MANY}"
    rf"|(?<=one.in.)[1-9]\d{{0,2}}(?![.,]?\d|\ ?%))\b"
    rf"(?!(?<!\d\d)(?<!hundred)\ {_SPANS}))"
)
"""A share in words. What follows tells it from a span of time (`a quarter`) and from one of a
row (`a third plant`)."""
REMAINING_SHARE = re.compile(
    rf"(?:(?<=\bremaining\ )|(?<=\bother\ )|(?<=\bfurther\ ))(?P<times>)(?P<part>{PART})\b"
)
"""What is left, as in `the remaining third`."""
MAYBE_SHARE = re.compile(
    rf"{_NOT_OF_TIME}(?<!the\ )(?:(?P<times>an?|{_ONE_TO_NINE})[-\ ](?:good\ )?(?P<part>{PART})"
    r"|half)\b(?!\ (?:ago|earlier|later)\b)"
    rf"|(?P<few>{_ONE_TO_NINE}|\d{{1,2}})\ of\ (?:(?:the|its|our|their)\ (?:top\ |largest\ )?)?"
    rf"(?P<of>{_IN_WORDS}|[1-9]\d?(?![.,]?\d|%))\b"
    rf"(?!\ {_SPANS})"
)
DIGIT_SHARE = re.compile(
    r"(?<![\w.,/])(?:"
    r"(?P<few>[1-9])[-\ ](?:in|out\ of)[-\ ](?:every\ )?(?P<of>[2-9]|10|(?<=\b1.in.)[1-9]\d{1,2})\b"
    rf"(?!(?<!\d\d)\ {_SPANS}|[.,]?\d|%)"
    rf"|(?P<above>[1-9])/(?P<below>[2-9]|10)(?=\ of\b)|(?P<sign>[{''.join(VULGAR)}])(?=\ of\b))"
)
_NOUN = r"(?!(?:in|out|of|is|are|was|were|had|has|have|to|and)\b)[a-z][a-z'’-]*"
_SHARE_ENDS = (
    r"\s*(?:[,.;:)–—*”\"]|$)|['’](?!s)|\ (?:is|are|was|were|has|have|had|will|would|can|could|now"
    r"|then|still|in|to|from|at|by|on|and|or|but|than|that|who|which|a|an|last|this|after|before)\b"
)
COUNTED_SHARE = re.compile(
    rf"(?P<few>(?<![\w.,/$£€])\d{{1,3}}|\b(?:{_IN_WORDS}))(?P<noun>(?:\ {_NOUN}){{1,2}})?"
    r"\ (?:in|out\ of|of(?=\ (?:every|each)\b))\ (?P<every>(?:every|each)\ )?"
    rf"(?P<of>{_OF_MANY}|1,000|100|[1-9]\d?)\b(?![.,]?\d|\ ?%|\ {_SPANS})"
    rf"(?P<ends>(?={_SHARE_ENDS}))?"
)
"""A share of what is counted, as `one packet in six` and `91 in every 100`."""

SHARE_OF_EVERY = re.compile(
    rf"(?:(?<=\bevery\ )|(?<=\beach\ ))(?P<of>{_OF_MANY}|1,000|100|[1-9]\d?)\b"
    rf"(?:,?\ (?:{_NOUN}|of|in)){{0,5}}?,?\ (?P<few>{_IN_WORDS}|\d{{1,3}})\b(?![.,]?\d|\ ?%)"
)
"""As in `of every ten customers, seven`."""


def share_value(match: re.Match[str]) -> Decimal:
    """What a match of a share in words is in percent."""
    groups = match.groupdict()
    if groups.get("of"):
        return Decimal(100) * _whole(match["few"]) / _whole(match["of"])
    times, part = match["times"] or "a", match["part"] or "half"
    number = 1 if times in {"a", "an"} else ONES.index(times)
    return Decimal(100) * number / PARTS[part]


def _whole(written: str) -> Decimal:
    return (digits_value if written[0].isdigit() else word_value)(written)[0]


def digit_share_value(match: re.Match[str]) -> Decimal:
    """What a match of `DIGIT_SHARE` is in percent."""
    above, below = match["few"] or match["above"], match["of"] or match["below"]
    if match["sign"]:
        above, below = VULGAR[match["sign"]].split("/")
    return Decimal(100) * int(above) / int(below)
