"""Personal data with a fixed form: found, counted, masked.

Names are not among it: the executives and companies of an article are its subject. Forms
that figures of a report share are left alone unless a check digit or a label tells them
apart, for a masked figure would be a wrong summary.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])")
_PHONE = re.compile(
    r"""(?<![\w.,$€£%+-])(?:
        \+\d{1,3}(?:[\ .\-/()]{1,3}\d{1,5}){1,6}             # +44 (0)20 7946 0000
      | \+\d{9,15}
      | (?:1[-.\ ])?\(\d{3}\)\ ?\d{3}[-.\ ]\d{4}            # (202) 555-0143
      | (?:1[-.])?\d{3}-\d{3}-\d{4}                         # 202-555-0143
      | \d{3}\.\d{3}\.\d{4}                                 # 202.555.0143
      | (?<=\b)(?i:tel|telephone|phone|fax|mobile|cell)\b[.:]*\ ?[+(\d][\d\ ()./-]{5,18}\d
    )(?![\w%]|[.,-]\d)""",
    re.VERBOSE,
)
_LABEL = re.compile(r"(?i)(?:tel|telephone|phone|fax|mobile|cell)\b[.:]*\s?")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:\ ?[A-Z0-9]{4}){2,7}(?:\ ?[A-Z0-9]{1,3})?(?!\w)")
_CARD = re.compile(
    r"(?<![\d.,$-])[3-6]\d{3}(?:([ -]?)\d{4}\1\d{4}\1\d{1,7}|([ -])\d{6}\2\d{5})(?![\w.,-]*\d)"
)
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")


def mask_pii(text: str) -> tuple[str, dict[str, int]]:
    """Replace personal data by what it is, such as `[email]`.

    Args:
        text: Any text.

    Returns:
        The masked text, and how many of each kind there were: `email`, `iban`, `card`,
        `ssn`, `phone`; kinds that are not there are left out.
    """
    counts: Counter[str] = Counter()
    for kind, pattern, is_one in _KINDS:
        text = pattern.sub(lambda match: _mask(match, kind, is_one, counts), text)  # noqa: B023
    return text, dict(counts)


def _mask(
    match: re.Match[str], kind: str, is_one: Callable[[re.Match[str]], bool], counts: Counter[str]
) -> str:
    if not is_one(match):
        return match[0]
    counts[kind] += 1
    label = _LABEL.match(match[0]) if kind == "phone" else None
    return f"{label[0] if label else ''}[{kind}]"


def _any(_: re.Match[str]) -> bool:
    return True


def _is_iban(match: re.Match[str]) -> bool:
    """The check digits of ISO 13616."""
    account = match[0].replace(" ", "")
    digits = "".join(str(int(char, 36)) for char in account[4:] + account[:4])
    return int(digits) % 97 == 1


def _is_card(match: re.Match[str]) -> bool:
    """The check digit of ISO 7812 (Luhn), in a line that is no row of a table."""
    digits = [int(char) for char in match[0] if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    text = match.string
    start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    beside = text[start : match.start()] + text[match.end() : end if end >= 0 else None]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and sum(map(str.isdigit, beside)) < 4


def _is_phone(match: re.Match[str]) -> bool:
    """As many digits as numbers have (E.164); after a plus sign more than a figure has."""
    digits = sum(map(str.isdigit, match[0]))
    return 7 <= digits <= 15 and (digits >= 9 or not match[0].startswith("+"))


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    ("email", _EMAIL, _any),
    ("iban", _IBAN, _is_iban),
    ("card", _CARD, _is_card),
    ("ssn", _SSN, _any),
    ("phone", _PHONE, _is_phone),
)
