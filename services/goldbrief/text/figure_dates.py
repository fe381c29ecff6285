"""How dates, years and quarters are written.

The patterns are for text in small letters.
"""

from __future__ import annotations

import calendar
import re

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
QUARTERS = {
    **{str(number): number for number in range(1, 5)},
    **{"first": 1, "second": 2, "third": 3, "fourth": 4},
    **{"1st": 1, "2nd": 2, "3rd": 3, "4th": 4},
    **{"one": 1, "two": 2, "three": 3, "four": 4},
}

MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
)
_ORDINAL = r"(?:st|nd|rd|th)"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ANY_YEAR = r"(?P<year>(?:19|20)\d\d|(?<=fy)[1-9]\d{3})"
"""Behind `FY` four digits are a year even if they are a wrong one."""
_SHORT_YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)"
_DAY = r"(?P<day>[0-3]?\d)"
_LATE_DAY = r"(?P<day>1[3-9]|2\d|3[01])"
_MONTH_NUMBER = r"(?P<month>1[0-2]|0?[1-9])"

ISO_DATE = re.compile(r"(?P<year>(?:19|20)\d\d)([-/])(?P<month>0\d|1[0-2])\2(?P<day>[0-3]\d)\b")
US_DATE = re.compile(rf"(?<![\d/]){_MONTH_NUMBER}/{_DAY}/{_SHORT_YEAR}\b")
LATE_DATE = re.compile(rf"(?<![\d/.-]){_LATE_DAY}([-/.]){_MONTH_NUMBER}\2{_SHORT_YEAR}\b")
"""Day before month, where the day is too late in the month to be one itself."""
DOTTED_DATE = re.compile(
    rf"(?<![\d.]){_DAY}\.{_MONTH_NUMBER}\.(?:{_YEAR}|(?<=\d\d\.\d\d\.)(?P<short>\d\d))\b(?!\.\d)"
)
MONTH_DAY = re.compile(rf"(?P<month>{MONTH})\ (?P<day>[0-3]?\d){_ORDINAL}?(?![\w%]|,\d{{3}}|\.\d)")
DAY_MONTH = re.compile(
    rf"(?<![\d.,$])\b{_DAY}{_ORDINAL}?(?:\ of)?(?:\ (?P<month>{MONTH})(?!\w)"
    rf"|-(?P<brief>{MONTH})-{_SHORT_YEAR}\b)"
)
QUARTER = re.compile(
    r"(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)"
    r"(?=(?:,?\ (?:(?:and|to|or|through)\ )?(?:the\ )?(?:first|second|third|fourth)){0,3}"
    r"(?:\ (?:fiscal|calendar|financial))?[-\ ](?:quarters?|qtrs?)\b)"
)
NAMED_QUARTER = re.compile(
    r"(?<!\b(?:the|per)\ )(?<!\ba\ )quarter\ (?P<word>[1-4]|one|two|three|four)\b(?![-.,]?\d|\ ?%)"
)
"""A quarter by its number, as `quarter 3`; but not `in the quarter 3 plants`."""
EDGE_QUARTER = re.compile(
    r"(?:(?P<last>final|closing|last)|opening|first)\ (?:quarter|three\ months)\b"
    r"(?!\ (?:to|ended|until|through)\b)"
)
"""A quarter by its place in the year, as `the closing quarter` or `the first three months`."""
QUARTER_END = re.compile(
    r"(?P<month>mar|jun|sep|dec)(?:ch|e|t|tember|ember)?\b\.?"
    r"(?P<named>(?=(?:\ 20\d\d)?[-\ ]quarters?\b))?"
)
BEFORE_QUARTER_END = re.compile(
    r"\b(?:quarter|three[-\ ]months?(?:\ period)?|3\ months|thirteen\ weeks|13\ weeks)\ "
    r"(?:(?:that\ )?end(?:ed|ing|s)|to|until|through)\ (?:on\ )?(?:the\ end\ of\ )?"
    r"(?:[0-3]?\d(?:st|nd|rd|th)?\ )?$"
)
"""Before the month in which a quarter ends, as in `the three months to March 31`."""
BEFORE_LAST_MONTH = re.compile(
    rf"\b(?P<month>{MONTH})(?:\ ?[-–]\ ?|[-\ ](?:to|until|till|through|and)[-\ ])$"
)
"""Before the last month of several, as in `July to September`."""
MONTH_NAME = re.compile(rf"(?P<month>{MONTH})(?!\w)(?!\ [0-3]?\d(?!\d))")
BEFORE_MONTH_END = re.compile(r"\b(?:end[-\ ](?:of\ )?|(?:ended|ending|to|until|through)\ )$")
"""Before a month that stands for its last day, as in `the end of June`."""
BEFORE_QUARTERS_END = re.compile(r"\bend\ of\ (?:the\ )?$")
"""Before a quarter that stands for its last day."""
PERIOD = re.compile(
    rf"""
    (?: fy | cy | hy | [hs][12] | [12]h
      | q-?(?P<after>[1-9])(?!\d|\.\d) | (?P<before>[1-4])q(?=\d\d\b|\d{{4}}\b|fy|\b)
      | (?P<months>[369]|12)m(?=[-/\ ]?(?:fy)?\ ?['’]?(?:20)?\d\d\b) )
    (?: [-/\ ]?(?:(?:fy|cy)\ ?)?['’]?{_ANY_YEAR}(?!\d)
      | (?:[-/]|(?<=fy)\ |(?<=cy)\ |\ ?(?:fy|cy)\ ?)?['’]?(?P<short>\d\d)(?!\d|[.,]\d|%) )?
    (?: [-/–](?P<second>(?:20)?\d\d)(?![\d/-]) )?
    (?: [efap]\b )?
    (?!\w)
    """,
    re.VERBOSE,
)
"""A year, quarter or part of a year by its short name: `FY25`, `3Q24`, `9M 2025`, `H1`."""
SHORT_YEAR = re.compile(r"(?:(?<=iscal ['’])|(?<=year ['’]))(?P<short>\d\d)\b")
YEAR_SPAN = re.compile(
    r"(?P<year>(?:19|20)\d\d|[1-9]\d{3}(?=/))[-–/](?P<second>(?:20)?\d\d)(?![\d/%-]|[.,]\d|\ ?%)"
)
YEAR_ESTIMATE = re.compile(r"(?P<year>(?:19|20)\d\d)[efap]\b")
MONTH_YEAR = re.compile(r"(?<![\d/])(?:0?[1-9]|1[0-2])/(?P<year>20\d\d)(?![\d/])")


def last_day(month: int) -> int:
    """Last day of a month, 1 to 12, of a year that is no leap year."""
    return calendar.monthrange(2025, month)[1]


def month_number(name: str) -> int:
    """Number of a month, 1 to 12, from its name or abbreviation."""
    return _MONTHS.index(name[:3].lower()) + 1
