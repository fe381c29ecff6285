"""How figures are written: the vocabulary and regular expressions of `figures`."""

from __future__ import annotations

import re
from decimal import Decimal

SCALES = {
    **dict.fromkeys(["k", "thousand", "thousands", "000"], Decimal(10**3)),
    **dict.fromkeys(["m", "mm", "mn", "mln", "million", "millions"], Decimal(10**6)),
    **dict.fromkeys(["b", "bn", "billion", "billions"], Decimal(10**9)),
    **dict.fromkeys(["t", "tn", "trillion", "trillions"], Decimal(10**12)),
    "hundred": Decimal(100),
    "dozen": Decimal(12),
}
CURRENCIES = {
    **dict.fromkeys(["$", "US$", "USD"], "USD"),
    **dict.fromkeys(["€", "EUR"], "EUR"),
    **dict.fromkeys(["£", "GBP"], "GBP"),
    **dict.fromkeys(["¥", "JPY"], "JPY"),
    **dict.fromkeys(["C$", "CAD"], "CAD"),
    **dict.fromkeys(["A$", "AUD"], "AUD"),
    "HK$": "HKD",
    "CHF": "CHF",
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
QUARTERS = {
    **{str(number): number for number in range(1, 5)},
    **{"first": 1, "second": 2, "third": 3, "fourth": 4},
}
_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORD_VALUES = {
    **{word: value for value, word in enumerate(_ONES)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    "a": 1,
}
_ENDINGS = {" and a half": Decimal("0.5"), " and a quarter": Decimal("0.25")}
_PARTS = {
    **dict.fromkeys(["half", "halves"], 2),
    **dict.fromkeys(["third", "thirds"], 3),
    **dict.fromkeys(["quarter", "quarters", "fourth", "fourths"], 4),
    **dict.fromkeys(["fifth", "fifths"], 5),
    **dict.fromkeys(["sixth", "sixths"], 6),
    **dict.fromkeys(["eighth", "eighths"], 8),
    **dict.fromkeys(["tenth", "tenths"], 10),
}
_UNIT_NAMES = [
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"basis|bps?$", "bps"),
        (r"point|pp", "points"),
        (r"%|per ?cent|pct|pc$", "percent"),
        (r"x$|times", "multiple"),
        (r"shares", "shares"),
        (r"cents?$|dollar", "money:USD"),
        (r"euro", "money:EUR"),
        (r"pound", "money:GBP"),
        *(
            (span, f"{span}s")
            for span in ["year", "month", "week", "day", "hour", "minute", "quarter"]
        ),
        (r"", "ordinal"),
    )
]

_CURRENCY_SYMBOL = r"(?:US|HK|[CA])?\$|[€£¥]"
_CURRENCY_CODE = r"(?:USD|EUR|GBP|JPY|CAD|AUD|CHF)"
_BEHIND_CODE = r"(?<=\bUSD|\bEUR|\bGBP|\bJPY|\bCAD|\bAUD|\bCHF)"
_CURRENCY_NAME = rf"{_CURRENCY_SYMBOL}|\b{_CURRENCY_CODE}"
_CURRENCY = rf"{_CURRENCY_SYMBOL}|\b{_CURRENCY_CODE}(?=\ ?\d)"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
)
_ORDINAL = r"(?:st|nd|rd|th)"
_WORD_START = "[aefhnostz]"
"""First letters of numbers in words; most words start otherwise and need no further look."""
_NUMBER_WORD = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[-\ ](?:{'|'.join(_ONES[1:10])}))?|{'|'.join(_ONES[::-1])})"
    r"(?:\ and\ a\ (?:half|quarter))?"
    r"|half\ a(?=\ (?:year|per\ ?cent|(?:percentage\ )?point)\b)"
    r"|a(?=\ (?:full\ )?percentage\ point\b)"
    r"|(?:half\ )?a(?=[-\ ](?:hundred|thousand|million|billion|trillion|dozen)\b)"
)
_UNIT = (
    r"\ ?%\ points?\b|\ ?%|[-\ ]?(?:full\ )?percentage[-\ ]points?\b|(?<=half\ a)\ point\b"
    r"|[-\ ]?percent\b|\ per\ cent\b|\ ?(?:pct|pc)\b"
    r"|\ ?(?:pp|ppts?|bps?)\b|[-\ ]basis[-\ ]points?\b|x\b|\ times\b"
    r"|\ cents?\b|\ (?:U\.S\.\ )?dollars?\b|\ euros?\b"
    r"|\ (?!per\b)(?:[a-z]+\ ){0,2}shares\b"
    r"|\+?[-\ ](?:(?:consecutive|full|calendar|business|additional)\ )?"
    r"(?:years?|months?|weeks?|days?|hours?|minutes?|quarters?)\b"
    rf"|{_ORDINAL}\b"
)

ISO_DATE = re.compile(r"\b(?P<year>\d{4})-(?P<month>0\d|1[0-2])-(?P<day>[0-3]\d)\b")
US_DATE = re.compile(
    r"(?<![\d/])(?P<month>1[0-2]|0?[1-9])/(?P<day>[0-3]?\d)/(?P<year>\d{4}|\d{2})\b"
)
MONTH_DAY = re.compile(
    rf"\b(?P<month>{_MONTH})\ (?P<day>[0-3]?\d){_ORDINAL}?(?![\w%]|,\d{{3}}|\.\d)"
)
DAY_MONTH = re.compile(rf"(?<![\d.,$])\b(?P<day>[0-3]?\d){_ORDINAL}?\ (?P<month>{_MONTH})(?!\w)")
QUARTER = re.compile(
    r"\bQ(?P<after>[1-4])(?!\d|\.\d)|\b(?P<before>[1-4])Q(?=\d{2}\b|\d{4}\b|\b)"
    r"|\b(?P<word>first|second|third|fourth)(?=(?:\ fiscal)?[-\ ]quarters?\b)",
    re.IGNORECASE,
)
FISCAL_YEAR = re.compile(r"(?:\bFY\ ?['’]?|(?<=\b[1-4]Q)|(?<=\bQ[1-4]['’]))(?P<year>\d{4}|\d{2})\b")
MONTH_YEAR = re.compile(r"(?<![\d/])(?:0?[1-9]|1[0-2])/(?P<year>20\d\d)(?![\d/])")
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
FRACTION = re.compile(
    rf"\b(?={_WORD_START})(?<!first\ )(?<!second\ )(?<!latter\ )(?<!last\ )(?P<by>(?<=\bby\ ))?(?:"
    rf"(?:(?P<times>an?|{'|'.join(_ONES[1:10])})[-\ ](?P<part>{'|'.join(_PARTS)})|half)"
    r"(?:(?=\ of\b(?!\ (?:(?:the\ )?(?:fiscal\ )?(?:year|20\d\d)|an?\ per|growth|decline))"
    r"|(?<=half)\ (?:the|its|their|all|our)\b)"
    rf"|(?<!the\ half)(?<!one\ quarter)(?:{_SHARE_AFTER})|{_PLURAL_SHARE}"
    rf"|(?(by)(?={_SHARE_AFTER_BY})|(?!)))"
    rf"|(?P<few>{'|'.join(_ONES[1:10])})\ (?:in|out\ of)\ (?:every\ )?"
    rf"(?P<of>{'|'.join(_ONES[2:11])})\b(?!\ (?:years|quarters|months|weeks|days|hours)))",
    re.IGNORECASE,
)
"""A share in words. What follows tells it from a span of time (`a quarter`) and from one of a
row (`a third plant`)."""
QUANTITY = re.compile(
    rf"""
    (?=[\d.$€£¥(−–-]|\b[acefghjnostuz])  # spares looking further where no figure starts
    (?P<sign>(?<![\w)%.])[-−–](?=[\d.]|{_CURRENCY}))?
    (?:(?P<currency>{_CURRENCY})\ ?)?
    (?P<open>\((?=[\d,.]+\)))?
    (?: (?:(?<![\w.])|{_BEHIND_CODE})(?<![A-Za-z][-/])(?<!\d[/:])(?P<number>{_NUMBER})(?!\d|[/:]\d)
      | (?={_WORD_START})\b(?P<word>{_NUMBER_WORD})\b )
    (?(open)\))
    (?: [-\ ]?(?P<scale>dozen|hundred|thousand|million|billion|trillion|mln|bn|mm|mn|tn)\b
      | (?<=\d)(?P<letter>[kmb])\b )?
    (?P<unit>{_UNIT})?
    """,
    re.VERBOSE | re.IGNORECASE,
)

_NUMERALS = "|".join([*_TENS, *_ONES])
START = re.compile(
    rf"""
    (?P<digits>\d+)
    | (?P<amount>[$€£¥] | \.(?=\d) | \((?=[\d,.]+\)) | [-−–](?=[\d.]|{_CURRENCY})
      | \b(?:(?:US|HK|[CA])\$ | {_CURRENCY_CODE}(?=\ ?\d)) )
    | \b(?={_WORD_START})(?P<word>(?:{_NUMERALS}|half)\b
      | an?(?=[-\ ](?:{"|".join([*_PARTS])}|full\ |percentage\ |hundred|thousand|[mbt]\w*illion|dozen)) )
    | \b(?P<quarter>Q[1-4] | first | second | third | fourth)
    | (?-i:\b(?:(?P<month>{_MONTH})|(?P<fiscal>FY)))
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Where a figure may start; the group says which kinds of figure."""

MAY_BEGIN = re.compile(
    rf"[\d$€£¥]|\b(?:{_NUMBER_WORD}|{'|'.join([*_PARTS, *QUARTERS])})\b", re.VERBOSE | re.IGNORECASE
)
"""Stands in every text with a figure, and costs less to look for."""
HEDGE = re.compile(
    r"(?:\b(?:about|approximately|approx\.|around|nearly|almost|roughly|some|over|under|more than"
    r"|less than|at least|up to|close to)|~)\s*$",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"(?:\b(?:notes?|items?|sections?|rules?|forms?|exhibits?|levels?|tiers?|parts?|pages?"
    r"|footnotes?|topics?|asu|asc|ifrs|ias|no\.|nos\.|articles?|chapters?|tables?|figures?"
    r"|appendix|schedules?|titles?|phases?|types?|series|version|basel)|\#)\s*$",
    re.IGNORECASE,
)
"""Words after which a number is a name."""
NAME_TAIL = re.compile(r"[A-Za-z]|-[A-Z]")
MARKER_END = re.compile(r"[.)]\s")
RANGE_GAP = re.compile(r"\s?(?:-|–|—|to|or)\s?")
DECLARED_SCALE = re.compile(
    rf"(?:(?P<currency>{_CURRENCY_NAME})\ )?\bin\ (?P<scale>thousands|millions|billions)"
    r"(?:(?=\s*(?:[,;.:)\n|]|$)|\sexcept)|\sof\s(?P<noun>(?:U\.S\.\ )?dollars|euros|pounds))"
    r"|(?P<symbol>[$€£])\s?(?P<zeros>000)s?\b",
)
SCALE_WORDS = ("in thousands", "in millions", "in billions", "000")
"""A text without any of these declares no scale; looking for them is many times faster."""
WRAP = re.compile(
    r"\n(?=(?:hundred|thousand|million|billion|trillion|percent|percentage|per cent|basis|times"
    r"|cents|dollars|shares|years?|months?|weeks?|days?|quarters?)\b)"
    r"|(?<=[a-z.])\n(?=[0-3]?\d,? (?:19|20)\d\d\b)"
)
"""A line end within a figure, as in `$1.2` / `billion` or `December` / `31, 2019`."""


_FINAL = r"(?:\ ?%|\ (?:thousand|million|billion|percent|per\ cent)\b|(?:m|bn)\b)"
DECIMAL_COMMA = re.compile(rf"\d,\d{{1,2}}{_FINAL}")
DECIMAL_POINT = re.compile(rf"\d\.\d{{1,2}}{_FINAL}")
NUMBER_MARKS = re.compile(r"\d[\d.,]*\d")


def number_words(value: int) -> str:
    """A number from 0 to 99 spelled out, e.g. `twenty-five`."""
    tens, ones = divmod(value, 10)
    if tens < 2:
        return _ONES[value]
    return f"{_TENS[tens - 2]}-{_ONES[ones]}" if ones else _TENS[tens - 2]


def month_number(name: str) -> int:
    """Number of a month, 1 to 12, from its name or abbreviation."""
    return _MONTHS.index(name[:3].lower()) + 1


def word_value(phrase: str) -> tuple[Decimal, Decimal]:
    """Value of a spelled-out number such as `twenty-five`, and the size of its last place."""
    phrase = phrase.lower()
    if phrase == "half a":
        return Decimal("0.5"), Decimal("0.1")
    number, ending = next(
        ((phrase.removesuffix(ending), ending) for ending in _ENDINGS if phrase.endswith(ending)),
        (phrase, ""),
    )
    value = Decimal(sum(_WORD_VALUES[word] for word in re.split(r"[-\s]", number)))
    return (value + _ENDINGS[ending], Decimal("0.1")) if ending else (value, Decimal(1))


def fraction_value(match: re.Match[str]) -> Decimal:
    """What a match of `FRACTION` is in percent."""
    if match["of"]:
        few, of = (_ONES.index(match[name].lower()) for name in ("few", "of"))
        return Decimal(100) * few / of
    times, part = (match["times"] or "a").lower(), (match["part"] or "half").lower()
    number = 1 if times in {"a", "an"} else _ONES.index(times)
    return Decimal(100) * number / _PARTS[part]


def unit_name(written: str) -> str:
    """The unit's name in `Figure.unit` from the way it is written behind the number."""
    for pattern, name in _UNIT_NAMES:
        if pattern.search(written):
            return name
    raise AssertionError(f"no name for the unit {written!r}")
