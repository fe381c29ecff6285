"""How figures are written: the regular expressions of `figures`.

All are for text in small letters, but for `LABEL`, `NAME_TAIL` and `WRAP`.
"""

from __future__ import annotations

import re

from goldbrief.text.figure_dates import MONTH
from goldbrief.text.figure_numbers import DIGITS, ONES, ORDINAL_WORD, ROUND, TENS, VULGAR, WORDS
from goldbrief.text.figure_shares import PART
from goldbrief.text.figure_units import (
    BEFORE_NUMBER,
    BEHIND_CODE,
    CURRENCY_CODE,
    CURRENCY_SYMBOL,
    MEASURE,
    SYMBOLS,
    UNIT,
    UNIT_PREFIXES,
)

MULTIPLES = {
    **dict.fromkeys(["double", "doubled", "doubles", "doubling", "twice"], 2),
    **dict.fromkeys(
        ["triple", "tripled", "triples", "tripling", "treble", "trebled", "trebling"], 3
    ),
    **dict.fromkeys(["quadruple", "quadrupled", "quadruples", "quadrupling"], 4),
}
HALVES = {"halved", "halves", "halving"}

_ONE_TO_NINE = "|".join(ONES[1:10])
_WORD_START = "[aefhnoqstz]"
"""First letters of numbers in words; most words start otherwise and need no further look."""

COUNTED = re.compile(
    r"\ (?!(?:has|is|its|results|sales|this|versus|was)\b)(?:people|staff|[a-z]{3,}s)\b"
)
"""What may be counted, behind a number that may be a year."""
SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?:\ \d{3})+(?![\d%]|[.,]\d)")
"""Perhaps one number with spaces between its thousands."""
_MONEY_DIGITS = (
    r"\d+,\d{1,2}(?![\d,])|\d{1,3}(?:\ \d{3}){2,}(?!\d)"
    r"|\d{1,3}(?:\ \d{3})+(?:[.,]\d{1,2})?(?=\ (?:[mb]illion|mio|mrd|m|bn)\b)"
)
"""Digits that are no single number without a currency before them: `€0,75`, `USD 1 234 500`."""
QUANTITY = re.compile(
    rf"""
    (?P<sign>(?<![\w)%.])[-−–](?=[\d.]|{BEFORE_NUMBER}))?
    (?: (?P<currency>{BEFORE_NUMBER})\ ?(?P<inner>[-−–](?=\d))? )?
    (?P<open>\((?=[\d,.]+\)))?
    (?: (?:(?<![\w.])|{BEHIND_CODE})
        (?:(?<![a-z][-/])|(?<=\d[mkx]-)|(?<=\d[bm]n-)
           |(?<=\bend-)|(?<=\bmid-)|(?<=\bpre-)|(?<=\bearly-)|(?<=\blate-)
           |(?<=\bsub-)|(?<=\bpost-)|(?<=\bnear-)|(?<=\bover-)|(?<=\bunder-))(?<!\d[/:])
        (?P<number>(?(currency)(?:{_MONEY_DIGITS})|(?!))|{DIGITS})(?!\d|\.\d|(?<!\.\d)[/:]\d)
      | (?={_WORD_START})\b(?P<word>{WORDS}) )
    (?(open)\))
    (?: [-\ ]?(?P<scale>thousand\ million|hundred\ thousand|lakh\ crores?|dozen|hundred|thousand
          |million|billion|trillion|mln|bln|bn|mm|mn|trn|tn|lakhs?|lacs?|crores?|mio|mrd
          |(?(currency)crs?|(?!)))\b(?:(?<=mio|mrd)\.(?=\ ?[a-z€$]))?
      | (?(currency)\ ?|(?<=[\d)½¼¾]))(?P<letter>(?:[km]|(?(currency)[bt]|b(?!-\d)))\b|k(?=t\b))
      | \ ?(?P<prefix>[kmb])(?=€|\$(?!\d)) )?
    (?P<more>\ and\ an?\ (?:half|quarter)\b(?=\ |$))?
    (?P<unit>{UNIT})?
    (?P<rest>(?<=year|onth|week|days|\ day|hour|nute|oint|ears)\ and\ an?\ (?:half|quarter)\b)?
    """,
    re.VERBOSE,
)
SCALE_BEFORE = re.compile(
    rf"(?<![a-z])(?:(?P<currency>{CURRENCY_SYMBOL}|{CURRENCY_CODE})\ ?(?:in\ )?"
    r"(?P<scale>[mb]illion|mn?|bn|mio|mrd|crores?|cr|lakhs?)\.?"
    rf"|(?P<early>[mk])(?P<code>{CURRENCY_CODE}))\ $"
)
"""A currency and scale before their number, as in `CHF m 412` and `MSEK 412`."""
POINTS_OF = re.compile(r"\ points?\ of\b")
SCALED_MEASURE = re.compile(
    rf"\ ?(?P<prefix>[{''.join(UNIT_PREFIXES)}])"
    r"(?:t|oz|boe|bbl|b|lb|g|m|[Ww][Hh]?p?|VA|[Ll]|J|tpa|tCO2e?)\b"
)
"""A measure of thousands or more, as in `4.5Mt` and `12 koz`, which others write out."""
ORDINAL = re.compile(rf"{ORDINAL_WORD}\b")
DAY_IN_WORDS = re.compile(
    rf"(?P<day>{ORDINAL_WORD}|first|second|third)\ of\ (?P<month>{MONTH})(?!\w)"
)
MULTIPLE = re.compile(rf"(?:{'|'.join([*MULTIPLES, *HALVES])})\b")
FOLD = re.compile(rf"(?P<word>{_ONE_TO_NINE}|ten)fold\b")
ONE = re.compile(r"one\b")
A_SPAN = re.compile(
    r"an?\ (?P<span>year|month|week|day|hour|minute)\b(?!\ (?:ago|earlier|later|before)\b)"
)
YEAR_END = re.compile(r"(?:end\ of\ the\ year|year[-\ ]end)\b")
NONE = re.compile(r"(?:no(?=\ [a-z])|nil|none)\b")

EACH = re.compile(rf"(?:(?<=\bevery\ )|(?<=\beach\ )|(?<=\bper\ ))(?:{'|'.join(ROUND)})\b(?!\ of)")
"""A round number that `a` may stand before, but need not."""

_SPACE = r"[-\ ]"
START = re.compile(
    rf"""
    (?P<digits>\d+|[{"".join(VULGAR)}])
    | (?P<amount>[{SYMBOLS}] | \.(?=\d) | \((?=[\d,.]+\))
      | [-−–](?=[\d.{SYMBOLS}]|{BEFORE_NUMBER}))
    | (?=[a-z])\b(?:
        (?P<year_end>(?:end\ of\ the\ year|year[-\ ]end)\b) |
        (?P<code>{CURRENCY_SYMBOL} | {CURRENCY_CODE}(?=\ ?[-−–(]?\d))
      | (?P<named>quarter\ (?:[1-4]|one|two|three|four)\b)
      | (?P<edge>(?:final|closing|last|opening)\ (?:quarter|three\ months)\b
          |first\ three\ months\b)
      | (?P<quarter>(?:first|second|third|fourth)\b)
      | (?P<ordinal>(?:{ORDINAL_WORD})\b)
      | (?P<word>(?:{"|".join([*TENS, *ONES, "half"])}|quarter(?=[-\ ](?:of|[mbtp])))\b
          | an?(?={_SPACE}(?:good\ )?(?:{PART}|full\ |percentage\ |hundred|thousand
            |[mbt]\w*illion|dozen|lakh|crore|decade|century|fortnight|penny
            |(?:year|month|week|day|hour|minute)\b))
          | (?:{_ONE_TO_NINE}|ten)fold\b )
      | (?P<multiple>(?:{"|".join([*MULTIPLES, *HALVES])})\b)
      | (?P<month>{MONTH}(?!\w))
      | (?P<period>(?:fy|cy|hy)\ ?['’]?\d|[hs][12]|q-?[1-9])
      | (?P<none>(?:no|nil|none)\b)
      | (?P<each>(?:{"|".join(ROUND)})\b) )
    """,
    re.VERBOSE,
)
"""Where a figure may start in a text in small letters; the group says which kinds of figure."""

UNDER = (
    r"nearly|almost|not\ quite|under|less\ than|fewer\ than|close\ to|up\ to|shy\ of|short\ of"
    r"|below|at\ most|no\ more\ than|as\ (?:much|many|high)\ as|just\ about"
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
NUMBER = re.compile(r"\bnumber\s$")
"""Before a name, as `number 5`, or a count, as in `our staff number 118`."""
WORD_LABEL = re.compile(
    r"\b(?:half\ past|quarter\ (?:past|to)|big|number|phase|chapter|tier|level|scope|article)\s$"
)
"""Words after which one in words is."""
NAME_TAIL = re.compile(rf"(?!-?{MEASURE})(?:[A-Za-z]|-[A-Z])|\ ?[ap]\.?m\b|\ ?o['’]clock|\(k\)")
"""What follows the digits of a name, and of a time of the day."""
MARKER_END = re.compile(r"[.)]\s")
RANGE_GAP = re.compile(r"\s?(?:-|–|—|→|->|to|or|through|up to)\s?|-?\ to\ |-to-")
WRAP = re.compile(
    r"\n(?=(?:hundred|thousand|million|billion|trillion|percent|percentage|per cent|basis|times"
    r"|cents|dollars|shares|years?|months?|weeks?|days?|quarters?|points?)\b)"
    r"|(?<=[a-z.])\n(?=[0-3]?\d,? (?:19|20)\d\d\b)"
)
"""A line end within a figure, as in `$1.2` / `billion` or `December` / `31, 2019`."""
NUMBER_MARKS = re.compile(r"\d[\d.,]*\d")
