"""How figures are written: the regular expressions of `figures`.

All are for text in small letters, but for `LABEL`, `NAME_TAIL` and `WRAP`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from goldbrief.text.figure_numbers import (
    DIGITS, ONES, ORDINAL_WORD, PARTS, SCALE_WORD, TENS, VULGAR, WORDS,
)  # fmt: skip
from goldbrief.text.figure_units import (
    BEFORE_NUMBER,
    BEHIND_CODE,
    CURRENCY_CODE,
    CURRENCY_SYMBOL,
    MEASURE,
    SYMBOLS,
    UNIT,
)

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
QUARTERS = {
    **{str(number): number for number in range(1, 5)},
    **{"first": 1, "second": 2, "third": 3, "fourth": 4},
    **{"1st": 1, "2nd": 2, "3rd": 3, "4th": 4},
}
MULTIPLES = {
    **dict.fromkeys(["double", "doubled", "doubles", "doubling", "twice"], 2),
    **dict.fromkeys(["triple", "tripled", "triples", "tripling", "trebled", "trebling"], 3),
    **dict.fromkeys(["quadruple", "quadrupled", "quadruples", "quadrupling"], 4),
}
HALVES = {"halved", "halves", "halving"}

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
)
_ORDINAL = r"(?:st|nd|rd|th)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SHORT_YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)"
_DAY = r"(?P<day>[0-3]?\d)"
_LATE_DAY = r"(?P<day>1[3-9]|2\d|3[01])"
_MONTH_NUMBER = r"(?P<month>1[0-2]|0?[1-9])"
_WORD_START = "[aefhnoqstz]"
"""First letters of numbers in words; most words start otherwise and need no further look."""

ISO_DATE = re.compile(r"(?P<year>(?:19|20)\d\d)([-/])(?P<month>0\d|1[0-2])\2(?P<day>[0-3]\d)\b")
US_DATE = re.compile(rf"(?<![\d/]){_MONTH_NUMBER}/{_DAY}/{_SHORT_YEAR}\b")
LATE_DATE = re.compile(rf"(?<![\d/.-]){_LATE_DAY}([-/.]){_MONTH_NUMBER}\2{_SHORT_YEAR}\b")
"""Day before month, where the day is too late in the month to be one itself."""
DOTTED_DATE = re.compile(
    rf"(?<![\d.]){_DAY}\.{_MONTH_NUMBER}\.(?:{_YEAR}|(?<=\d\d\.\d\d\.)(?P<short>\d\d))\b(?!\.\d)"
)
MONTH_DAY = re.compile(rf"(?P<month>{_MONTH})\ (?P<day>[0-3]?\d){_ORDINAL}?(?![\w%]|,\d{{3}}|\.\d)")
DAY_MONTH = re.compile(
    rf"(?<![\d.,$])\b{_DAY}{_ORDINAL}?(?:\ of)?(?:\ (?P<month>{_MONTH})(?!\w)"
    rf"|-(?P<brief>{_MONTH})-{_SHORT_YEAR}\b)"
)
QUARTER = re.compile(
    r"(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)"
    r"(?=(?:,?\ (?:(?:and|to|or|through)\ )?(?:the\ )?(?:first|second|third|fourth)){0,3}"
    r"(?:\ (?:fiscal|calendar|financial))?[-\ ](?:quarters?|qtrs?)\b)"
)
PERIOD = re.compile(
    rf"""
    (?: fy | cy | hy | [hs][12] | [12]h
      | q-?(?P<after>[1-4])(?!\d|\.\d) | (?P<before>[1-4])q(?=\d\d\b|\d{{4}}\b|fy|\b)
      | (?P<months>[369]|12)m(?=[-/\ ]?['’]?(?:20)?\d\d\b) )
    (?: [-/\ ]?(?:(?:fy|cy)\ ?)?['’]?{_YEAR}(?!\d)
      | (?:[-/]|(?<=fy)\ |(?<=cy)\ |\ ?(?:fy|cy)\ ?)?['’]?(?P<short>\d\d)(?!\d|[.,]\d|%) )?
    (?: [-/–](?P<second>(?:20)?\d\d)(?![\d/-]) )?
    (?: [efap]\b )?
    (?!\w)
    """,
    re.VERBOSE,
)
"""A year, quarter or part of a year by its short name: `FY25`, `3Q24`, `9M 2025`, `H1`."""
SHORT_YEAR = re.compile(r"(?:(?<=iscal ['’])|(?<=year ['’]))(?P<short>\d\d)\b")
YEAR_SPAN = re.compile(r"(?P<year>(?:19|20)\d\d)[-–/](?P<second>(?:20)?\d\d)(?![\d/%-]|[.,]\d|\ ?%)")
YEAR_ESTIMATE = re.compile(r"(?P<year>(?:19|20)\d\d)[efap]\b")
COUNTED = re.compile(
    r"\ (?!(?:has|is|its|results|sales|this|versus|was)\b)(?:people|staff|[a-z]{3,}s)\b"
)
"""What may be counted, behind a number that may be a year."""
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
_SPANS = r"(?:years|quarters|months|weeks|days|hours)\b"
_ONE_TO_NINE = "|".join(ONES[1:10])
_PART = "|".join(PARTS)
FRACTION = re.compile(
    rf"(?<!first\ )(?<!second\ )(?<!latter\ )(?<!last\ )(?P<by>(?<=\bby\ ))?(?:"
    rf"(?:(?P<times>an?|{_ONE_TO_NINE})[-\ ](?P<part>{_PART})|half)"
    rf"(?:(?=\ of\b(?!\ (?:(?:the\ )?(?:fiscal\ )?(?:year|20\d\d)|an?\ per|growth|decline|(?:an?|one|1)\ ?(?:{SCALE_WORD}|percent|%|point\b|centur|decade|year\b|hour\b)))"
    r"|(?<=half)\ (?:the|its|their|all|our)\b)"
    rf"|(?<!the\ half)(?<!one\ quarter)(?:{_SHARE_AFTER})|{_PLURAL_SHARE}"
    rf"|(?(by)(?={_SHARE_AFTER_BY})|(?!)))"
    rf"|(?P<few>{_ONE_TO_NINE})\ (?:in|out\ of)\ (?:every\ )?"
    rf"(?P<of>{'|'.join(ONES[20:1:-1])}|(?<=one\ in\ )\d{{1,3}}(?![.,]?\d|\ ?%))\b(?!\ {_SPANS}))"
)
"""A share in words. What follows tells it from a span of time (`a quarter`) and from one of a
row (`a third plant`)."""
MAYBE_SHARE = re.compile(
    rf"(?<!first\ )(?<!second\ )(?<!latter\ )(?<!last\ )(?<!the\ )(?:(?P<times>an?|{_ONE_TO_NINE})[-\ ](?:good\ )?(?P<part>{_PART})|half)\b"
    r"(?!\ (?:ago|earlier|later)\b)"
)
DIGIT_SHARE = re.compile(
    rf"(?<![\w.,/])(?:(?P<few>[1-9])\ (?:in|out\ of)\ (?:every\ )?(?P<of>[2-9]|10|(?<=\b1\ in\ )\d\d{{1,2}})\b(?!\ {_SPANS}|[.,]?\d|%)"
    rf"|(?P<above>[1-9])/(?P<below>[2-9]|10)(?=\ of\b)|(?P<sign>[{''.join(VULGAR)}])(?=\ of\b))"
)
SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?:\ \d{3})+(?![\d%]|[.,]\d)")
"""Perhaps one number with spaces between its thousands."""
QUANTITY = re.compile(
    rf"""
    (?P<sign>(?<![\w)%.])[-−–](?=[\d.]|{BEFORE_NUMBER}))?
    (?: (?P<currency>{BEFORE_NUMBER})\ ?(?P<inner>[-−–](?=\d))? )?
    (?P<open>\((?=[\d,.]+\)))?
    (?: (?:(?<![\w.])|(?<=\b_)|{BEHIND_CODE})
        (?:(?<![a-z][-/])|(?<=\d[mkx]-)|(?<=\d[bm]n-)
           |(?<=\bend-)|(?<=\bmid-)|(?<=\bpre-)|(?<=\bearly-)|(?<=\blate-))(?<!\d[/:])
        (?P<number>(?(currency)(?:\d+,\d{{1,2}}(?![\d,])|\d{{1,3}}(?:\ \d{{3}}){{2,}}(?!\d))|(?!))|{DIGITS})(?!\d|[/:]\d)
      | (?={_WORD_START})\b(?P<word>{WORDS}) )
    (?(open)\))
    (?: [-\ ]?(?P<scale>thousand\ million|hundred\ thousand|lakh\ crore|dozen|hundred|thousand
          |million|billion|trillion|mln|bln|bn|mm|mn|trn|tn|lakh|crore|mio|mrd
          |(?(currency)cr|(?!)))\b(?:(?<=mio|mrd)\.(?=\ ?[a-z€$]))?
      | (?(currency)\ ?|(?<=[\d)½¼¾]))(?P<letter>[km]|(?(currency)[bt]|b(?!-\d)))\b
      | \ ?(?P<prefix>[kmb])(?=€|\$(?!\d)) )?
    (?P<more>\ and\ an?\ (?:half|quarter)\b(?=\ |$))?
    (?P<unit>{UNIT})?
    (?P<rest>(?<=year|onth|week|days|hour|oint|ears)\ and\ an?\ (?:half|quarter)\b)?
    """,
    re.VERBOSE,
)
ORDINAL = re.compile(rf"{ORDINAL_WORD}\b")
MULTIPLE = re.compile(rf"(?:{'|'.join([*MULTIPLES, *HALVES])})\b")
FOLD = re.compile(rf"(?P<word>{_ONE_TO_NINE}|ten)fold\b")
ONE = re.compile(r"one\b")

_SPACE = r"[-\ ]"
START = re.compile(
    rf"""
    (?P<digits>\d+|[{"".join(VULGAR)}])
    | (?P<amount>[{SYMBOLS}] | \.(?=\d) | \((?=[\d,.]+\))
      | [-−–](?=[\d.{SYMBOLS}]|{BEFORE_NUMBER}))
    | (?=[a-z])\b(?:
        (?P<code>{CURRENCY_SYMBOL} | {CURRENCY_CODE}(?=\ ?[-−–(]?\d))
      | (?P<quarter>(?:first|second|third|fourth)\b)
      | (?P<ordinal>(?:{ORDINAL_WORD})\b)
      | (?P<word>(?:{"|".join([*TENS, *ONES, "half"])}|quarter(?=[-\ ](?:of|[mbtp])))\b
          | an?(?={_SPACE}(?:good\ )?(?:{_PART}|full\ |percentage\ |hundred|thousand
            |[mbt]\w*illion|dozen|lakh|crore|decade|century|fortnight
            |(?:year|month|week|day|hour)\ and\ ))
          | (?:{_ONE_TO_NINE}|ten)fold\b )
      | (?P<multiple>(?:{"|".join([*MULTIPLES, *HALVES])})\b)
      | (?P<month>{_MONTH}\ )
      | (?P<period>(?:fy|cy|hy)\ ?['’]?\d|[hs][12]|q-?[1-4]) )
    """,
    re.VERBOSE,
)
"""Where a figure may start in a text in small letters; the group says which kinds of figure."""

UNDER = (
    r"nearly|almost|under|less\ than|fewer\ than|close\ to|up\ to|shy\ of|short\ of|below"
    r"|at\ most|no\ more\ than|as\ (?:much|many|high)\ as|just\ about"
)
OVER = (
    r"over|more\ than|at\ least|north\ of|upwards\ of|in\ excess\ of|exceed(?:s|ed|ing)?|above"
    r"|no\ (?:less|fewer)\ than|greater\ than|better\ than"
)
HEDGE = re.compile(
    rf"(?:\b(?:(?P<over>{OVER})|(?P<under>{UNDER})|about|approximately|approx\.|around|roughly|some"
    r"|circa|c\.|ca\.|region\ of|order\ of|an\ estimated)|[~≈]|>|<)\s*$",
    re.VERBOSE,
)
MINUS = re.compile(r"\b(?:minus|negative)\s$")
LABEL = re.compile(
    r"(?:\b(?:notes?|items?|sections?|rules?|forms?|exhibits?|levels?|tiers?|parts?|pages?|pp?\."
    r"|footnotes?|topics?|asu|asc|ifrs|ias|iso|no\.|nos\.|articles?|chapters?|tables?|figures?"
    r"|appendix|schedules?|titles?|phases?|types?|series|version|basel|scopes?|pillars?|categor(?:y|ies)"
    r"|big|number|s&p|ftse|fortune|nasdaq|nikkei|stoxx|russell|dax|boeing|airbus|windows|industry|web"
    r"|(?-i:Class|Terminal|Gate|Room|Suite|Route|Euro))|\#)\s*$",
    re.IGNORECASE,
)
"""Words after which a number is a name."""
WORD_LABEL = re.compile(
    r"\b(?:big|number|phase|chapter|tier|level|scope|article)\s$"
)
"""Words after which one in words is."""
NAME_TAIL = re.compile(
    rf"(?!-?{MEASURE})(?:[A-Za-z]|-[A-Z])|\ ?[ap]\.?m\b|\ ?o['’]clock|\(k\)"
)
"""What follows the digits of a name, and of a time of the day."""
MARKER_END = re.compile(r"[.)]\s")
RANGE_GAP = re.compile(r"\s?(?:-|–|—|to|or|through|up to)\s?|-?\ to\ |-to-")
LIST_GAP = re.compile(r",\s|,?\s(?:and|or)\s")
"""Between the figures of a list whose last one has the unit of all."""
WRAP = re.compile(
    r"\n(?=(?:hundred|thousand|million|billion|trillion|percent|percentage|per cent|basis|times"
    r"|cents|dollars|shares|years?|months?|weeks?|days?|quarters?|points?)\b)"
    r"|(?<=[a-z.])\n(?=[0-3]?\d,? (?:19|20)\d\d\b)"
)
"""A line end within a figure, as in `$1.2` / `billion` or `December` / `31, 2019`."""
NUMBER_MARKS = re.compile(r"\d[\d.,]*\d")


def month_number(name: str) -> int:
    """Number of a month, 1 to 12, from its name or abbreviation."""
    return _MONTHS.index(name[:3].lower()) + 1


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
