"""How numbers are written, in digits and in words, and what they come to."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {
    **{word: value for value, word in enumerate(ONES)},
    **{word: 10 * value for value, word in enumerate(TENS, 2)},
    **{"a": 1, "an": 1, "hundred": 100, "thousand": 1000},
}
PARTS = {
    **dict.fromkeys(["half", "halves"], 2),
    **dict.fromkeys(["third", "thirds"], 3),
    **dict.fromkeys(["quarter", "quarters", "fourth", "fourths"], 4),
    **dict.fromkeys(["fifth", "fifths"], 5),
    **dict.fromkeys(["sixth", "sixths"], 6),
    **dict.fromkeys(["seventh", "sevenths"], 7),
    **dict.fromkeys(["eighth", "eighths"], 8),
    **dict.fromkeys(["ninth", "ninths"], 9),
    **dict.fromkeys(["tenth", "tenths"], 10),
    **dict.fromkeys(["twelfth", "twelfths"], 12),
    **dict.fromkeys(["twentieth", "twentieths"], 20),
}
ROUND = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
VULGAR = {
    **{"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅙": "1/6", "⅚": "5/6"},
    **{"⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5"},
    **{"⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"},
}
_LOW_ORDINALS = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth",
]  # fmt: skip
_ORDINALS = {
    **{word: value for value, word in enumerate(_LOW_ORDINALS, 1)},
    **{f"{word[:-1]}ieth": 10 * value for value, word in enumerate(TENS, 2)},
}
_GROUP = 4
"""A mark and the three digits behind it, as in `,234`."""
SCALE_WORD = r"(?:hundred|thousand|[mbtr]\w*illion|dozen|lakhs?|crores?)\b"
_SPACE = r"[-\ ]"
_ONE_TO_NINE = "|".join(ONES[1:10])
_SMALL = rf"(?:(?:{'|'.join(TENS)})(?:{_SPACE}(?:{_ONE_TO_NINE})\b)?|{'|'.join(ONES[::-1])})\b"
_BEHIND = rf"(?:{_SPACE}and)?{_SPACE}{_SMALL}(?!-(?!{SCALE_WORD}|and-|dollar|year|percent))"
_MORE = r"(?:thousand|[mbt]\w*illion)\b"
_POINT = rf"(?:percentage{_SPACE})?point\b"
_SO_MANY = (
    rf"(?:{_ONE_TO_NINE})\ (?:half|quarter){_SPACE}(?:percentage{_SPACE})?point"
    r"\ (?:[a-z]+\ )?[a-z]+s\b"
)
"""`Two quarter-point cuts` are of a quarter each."""
_PART_OF = (
    rf"(?!{_SO_MANY})(?:(?:an?|{_ONE_TO_NINE}){_SPACE})?(?:"
    # "half a million", "three quarters of a percentage point", "half of one percent"
    rf"(?:half|thirds?|quarters?|fourths?|fifths?|tenths?)"
    rf"(?:{_SPACE}of{_SPACE}(?:an?|one|1)|(?<=half){_SPACE}an?)"
    rf"(?={_SPACE}(?:{SCALE_WORD}|centur|decade|year\b|hour\b|per\ ?cent|{_POINT})|%)"
    # "a quarter million", "a half-point", "a three-quarter point"
    rf"|(?:half|quarters?)(?={_SPACE}(?:{SCALE_WORD}|century|decade|{_POINT})))"
)
_ENDING = (
    rf"{_SPACE}and{_SPACE}(?:an?{_SPACE}(?:half|quarter|third)|three{_SPACE}quarters?"
    rf"|two{_SPACE}thirds)\b"
)
_DECIMAL = (
    rf"{_SMALL}\ point(?:\ (?:zero|{_ONE_TO_NINE})\b)+"
    rf"(?={_SPACE}(?:{SCALE_WORD}|per|basis|times|p\w*ts?\b))"
)
_ALONE = (
    rf"an?(?=\ (?:full\ )?percentage\ point\b|{_SPACE}{SCALE_WORD}"
    r"|\ (?:decade|century|fortnight|penny)\b"
    r"|\ (?:year|month|week|day|hour|minute|point)\ and\ an?\ (?:half|quarter)\b)"
)
_HUNDREDS = (
    rf"(?:{_SMALL}|an?(?={_SPACE}hundred))"
    rf"(?:{_SPACE}hundred(?:{_BEHIND}|(?={_SPACE}{_MORE})))?"
)
WORDS = (
    rf"(?:{_PART_OF}|{_DECIMAL}"
    rf"|(?:{_HUNDREDS}|an?(?={_SPACE}thousand))(?:{_SPACE}thousand,?(?:{_SPACE}and)?{_SPACE}"
    rf"{_SMALL}(?!-(?!hundred))(?:{_SPACE}hundred(?:{_BEHIND})?)?|{_ENDING})?"
    rf"|{_ALONE})"
)
"""A number in words, up to 999,999, without the scale behind it; for a verbose pattern."""
ORDINAL_WORD = (
    rf"(?:(?:{'|'.join(TENS)})[-\ ])?(?:{'|'.join(list(_ORDINALS)[3:])}"
    rf"|(?<=ty[-\ ])(?:first|second|third))"
)

_FINAL = (
    r"(?=\ ?%|\ (?:thousand|million|billion|percent|percentage|per\ cent|mio|mrd|eur|chf|times"
    r"|francs)\b|(?:m|bn|x)\b|\ ?€)"
)
_FRACTION = rf"[{''.join(VULGAR)}]"
DIGITS = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?!,\d)"  # 1,234.5
    r"|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?"  # 12'500
    r"|\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|\d{1,3}(?:\.\d{3}){2,}"  # 1.234,56 and 1.234.567
    r"|\d{1,3}(?:\ \d{3})+(?:[.,]\d{1,2})?(?=\ ?€|\ eur\b)"  # 1 234,56 €
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"  # 1,20,00,000
    rf"|\d+,\d{{1,2}}{_FINAL}"  # 3,4%
    rf"|\d+(?:\.\d+)?(?:[-\ ][1-9]/[2-8](?=[-\ %])|{_FRACTION})?|\.\d+|{_FRACTION})"
)
"""A number in digits; for a verbose pattern."""

_CELL_END = r"(?=[)\s]*(?:[|\t]|$))"
DECIMAL_COMMA = re.compile(
    rf"\d,\d{{1,2}}{_FINAL}|['’]\d{{3}},\d{{1,2}}(?!\d)"
    rf"|[|\t][\s(−–-]*\d[\d.'’]*,\d{{1,2}}{_CELL_END}",
    re.IGNORECASE | re.MULTILINE,
)
DECIMAL_POINT = re.compile(
    rf"\d\.\d{{1,2}}{_FINAL}|['’]\d{{3}}\.\d{{1,2}}(?!\d)"
    rf"|[|\t][\s(−–-]*\d[\d,'’]*\.\d{{1,2}}{_CELL_END}",
    re.IGNORECASE | re.MULTILINE,
)
"""Numbers with decimals, before a unit, or in a cell of a table."""


def number_words(value: int) -> str:
    """A number from 0 to 99 spelled out, e.g. `twenty-five`."""
    tens, ones = divmod(value, 10)
    if tens < 2:
        return ONES[value]
    return f"{TENS[tens - 2]}-{ONES[ones]}" if ones else TENS[tens - 2]


@lru_cache(maxsize=1 << 12)
def digits_value(written: str) -> tuple[Decimal, Decimal]:
    """Value of a number in digits, and the size of its last place.

    Of commas and points the last one marks the decimals, unless it can only mark thousands.
    """
    if "/" in written or not VULGAR.keys().isdisjoint(written):
        return _mixed_value(written)
    digits = written.replace("'", "").replace("’", "").replace(" ", "")
    commas, points = digits.count(","), digits.count(".")
    mark = "." if points == 1 else ""
    if commas and points:
        mark = max(",.", key=digits.rfind)
    elif commas == 1 and len(digits) - digits.index(",") != _GROUP:
        mark = ","
    whole, _, part = digits.rpartition(mark) if mark else (digits, "", "")
    whole = whole.replace(",", "").replace(".", "")
    return Decimal(f"{whole or 0}.{part or 0}"), Decimal(1).scaleb(-len(part))


def _mixed_value(written: str) -> tuple[Decimal, Decimal]:
    """Of `2 1/2` and `2½`."""
    for sign, plain in VULGAR.items():
        written = written.replace(sign, f" {plain}")
    *whole, part = re.split(r"[-\s]+", written.strip())
    above, below = part.split("/")
    value = sum(map(Decimal, whole), Decimal(above) / Decimal(below))
    return value, Decimal("0.01") if below in {"4", "8"} else Decimal("0.1")


@lru_cache(maxsize=1 << 10)
def word_value(phrase: str) -> tuple[Decimal, Decimal]:
    """Value of a number in words such as `two and a half`, and the size of its last place."""
    words = re.split(r"[-\s]+", phrase.replace(",", ""))
    if any(word in PARTS for word in words):
        return _with_part(words)
    if "point" in words:
        at = words.index("point")
        decimals = "".join(str(_VALUES[word]) for word in words[at + 1 :])
        return Decimal(f"{_whole(words[:at])}.{decimals}"), Decimal(1).scaleb(-len(decimals))
    return Decimal(_whole(words)), Decimal(1)


def _with_part(words: list[str]) -> tuple[Decimal, Decimal]:
    at = next(i for i, word in enumerate(words) if word in PARTS)
    start = words.index("and") + 1 if "and" in words[:at] else 0
    times = _whole([word for word in words[start:at] if word != "of"]) if at > start else 1
    whole = _whole(words[: max(0, start - 1)]) if start else 0
    below = PARTS[words[at]]
    value = whole + Decimal(times) / below
    return value, Decimal("0.01") if below == 4 and times % 2 else Decimal("0.1")


def _whole(words: list[str]) -> int:
    total = part = 0
    for word in words:
        if word == "thousand":
            total, part = total + max(1, part) * 1000, 0
        elif word == "hundred":
            part = max(1, part) * 100
        elif word != "and":
            part += _VALUES[word]
    return total + part


def ordinal_value(phrase: str) -> int:
    """Of `fifth` or `twenty-first`."""
    *tens, last = re.split(r"[-\s]", phrase)
    return _ORDINALS[last] + sum(_VALUES[word] for word in tens)
