"""Spans of time that name a reporting period: `the six months to June`, `twelve months before`.

Such a span claims no length of its own. An article that reports a quarter, a half or a year
supports one of three, six or twelve months without writing these numbers.
"""

from __future__ import annotations

import re
from itertools import combinations

from goldbrief.text.figure_dates import MONTH, month_number
from goldbrief.text.figures import Figure

_MONTHS = {
    **{("months", months): months for months in (3, 6, 9, 12)},
    **{("weeks", weeks): 3 * weeks // 13 for weeks in (13, 26, 39, 52)},
}
"""Months of the spans that companies report."""
_NEAR = 30
"""Letters around a span in which the words stand that make it a period."""
_NAMED_BEFORE = re.compile(
    r"\b(?:(?:the|these|those|its)\ )?(?:first|last|latest|past|final|opening|closing|same"
    r"|previous|preceding|prior|comparable)\ $|\b(?:in|for|during|over)\ (?:the|these|those)\ $"
    r"|\bfrom\b[^.;]{1,20}\ (?:in|within|over)\ (?:just\ )?$",
    re.VERBOSE,
)
_NAMED_BEHIND = re.compile(
    rf"(?:[-\ ]periods?)?,?\ (?:that\ )?(?:to|until|till|through|end(?:ed|ing|s))(?:\ on)?\ "
    rf"(?:(?:the\ )?end[-\ ](?:of\ )?|mid-)?(?:{MONTH}\b|[0-3]?\d(?:st|nd|rd|th)?[\ ./])"
    r"|(?:\ periods?)?\ (?:before|earlier|ago|previously|prior)\b"
    r"|\ (?:periods?|revenues?|sales|turnover|profits?|loss|earnings|results?|figures)\b",
    re.VERBOSE,
)
_REPORTED = {
    3: re.compile(r"(?<!\ba )\bquarter|\bq[1-4]|\b[1-4]q|\b(?:13|thirteen)[- ]weeks?\b"),
    6: re.compile(
        r"\b(?:half[- ]year|(?:first|second|this|last|the)[- ]half\b|h[12]\b|[12]h\b|interim"
        r"|semi-?annual|(?:26|twenty-six)[- ]weeks?\b)"
    ),
    9: re.compile(r"\b(?:9m\b|(?:first )?three quarters\b|(?:39|thirty-nine)[- ]weeks?\b)"),
    12: re.compile(r"\b(?:year|annual|fiscal|fy)"),
}
"""What says in small letters that a text speaks of a period of so many months."""
_RANGE = re.compile(
    rf"\b(?P<first>{MONTH})(?:\ ?[-–]\ ?|\ (?:to|until|through)\ )(?P<last>{MONTH})\b"
)
_MONTH_END = re.compile(
    rf"\b(?:end[-\ ](?:of\ )?|(?:28|29|30|31)(?:st|th)?\ )(?P<before>{MONTH})\b"
    rf"|\b(?P<behind>{MONTH})\ (?:28|29|30|31)\b"
)
_YEAR = 12


def names_reported_period(figure: Figure, text: str, article: str) -> bool:
    """Whether a span of time names a period that an article reports, rather than say how long.

    Args:
        figure: Of any unit.
        text: Where it stands.
        article: The article.

    Returns:
        True for `six months` in `the six months to June`, if the article speaks of a half-year; not
        in `closed for six months`.
    """
    length = _MONTHS.get((figure.unit, int(figure.value)))
    if length is None:
        return False
    before = text[max(0, figure.start - _NEAR) : figure.start].lower()
    behind = text[figure.end : figure.end + _NEAR].lower()
    is_named = _NAMED_BEFORE.search(before) or _NAMED_BEHIND.match(behind)
    return bool(is_named) and length in _period_lengths(article)


def _period_lengths(text: str) -> set[int]:
    """In months: quarters, halves and years, `April-September`, and between ends of months."""
    small = text.lower()
    named = {length for length, pattern in _REPORTED.items() if pattern.search(small)}
    for match in _RANGE.finditer(small):
        named.add((month_number(match["last"]) - month_number(match["first"])) % _YEAR + 1)
    ends = {month_number(m["before"] or m["behind"]) for m in _MONTH_END.finditer(small)}
    named |= {min(b - a, _YEAR - (b - a)) for a, b in combinations(sorted(ends), 2)}
    return named
