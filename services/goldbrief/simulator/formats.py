"""How a quantity is written: scales, signs, separators, units and figures in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Literal

from goldbrief.simulator.facts import Quantity

Locale = Literal["en", "de"]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CHF": "CHF ", "CAD": "C$", "AUD": "A$"}
_SCALES = {
    "word": ((10**9, " billion"), (10**6, " million"), (10**3, " thousand")),
    "short": ((10**9, "bn"), (10**6, "m"), (10**3, "k")),
    "spaced": ((10**9, " bn"), (10**6, " mn"), (10**3, " thousand")),
}
_SIGNS = {"sign": "%", "words": " per cent", "word": " percent"}
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_SHARES = (
    (Decimal(10), "a tenth"), (Decimal(20), "a fifth"), (Decimal(25), "a quarter"),
    (Decimal(50), "half"), (Decimal(75), "three quarters"), (Decimal(40), "two fifths"),
)  # fmt: skip
_TRANSLATION = str.maketrans(",.", ".,")


@dataclass(frozen=True, slots=True)
class Format:
    """A house style for figures, one for an article."""

    scale: Literal["word", "short", "spaced"] = "word"
    """`$1.2 million`, `$1.2m` or `$1.2 mn`."""
    percent: Literal["sign", "word", "words"] = "sign"
    """`3%`, `3 percent` or `3 per cent`."""
    points: Literal["words", "short"] = "words"
    """`140 basis points` or `140 bps`; `1.4 percentage points` or `1.4 pp`."""
    day_first: bool = False
    """`30 June` rather than `June 30`."""
    iso_code: bool = False
    """`EUR 1.2 million` rather than `€1.2 million`."""
    locale: Locale = "en"
    """`de` writes 1.234,5."""
    billions: bool = True
    """`$1.2 billion` rather than `$1,200 million`."""


def draw_format(rng: Random, currency: str, locale: Locale = "en") -> Format:
    """Draw the house style of an article.

    Args:
        rng: Source of chance.
        currency: ISO code; outside of the US styles are less American.
        locale: How digits are grouped.

    Returns:
        The style, used in the whole article.
    """
    american = currency == "USD"
    return Format(
        scale=rng.choices(("word", "short", "spaced"), (8, 1 if american else 3, 0.4))[0],
        percent=rng.choices(("sign", "word", "words"), (6, 1.5, 0 if american else 1.5))[0],
        points=rng.choices(("words", "short"), (4, 1))[0],
        day_first=not american and rng.random() < 0.7,
        iso_code=rng.random() < (0.05 if american else 0.12),
        locale=locale,
        billions=rng.random() < 0.8,
    )


def write(quantity: Quantity, style: Format, *, places: int | None = None) -> str:
    """Write a quantity.

    Args:
        quantity: What to write.
        style: How the article writes figures.
        places: Decimals of the scaled number to round to; None keeps all that are known.

    Returns:
        The figure with its unit. The sign is kept: `-3.4%`.
    """
    kind, _, currency = quantity.unit.partition(":")
    if kind == "money":
        return _money(quantity, currency, style, places)
    if kind == "date":
        return _date(quantity, style)
    number = _number(quantity.value, quantity.precision, style)
    return number + _unit(kind, number, style)


def write_range(low: Quantity, high: Quantity, style: Format, rng: Random) -> tuple[str, str, str]:
    """Write both ends of a range and what joins them, as in `between $385 million and ...`.

    Args:
        low: The lower end.
        high: The upper end, of the same unit.
        style: How the article writes figures.
        rng: Chooses the form.

    Returns:
        The lower end, the words between, the upper end.
    """
    first, second = write(low, style), write(high, style)
    if low.unit == "percent" and style.percent == "sign" and rng.random() < 0.3:
        return first.removesuffix("%"), "% to ", second
    return first, rng.choice((" to ", " to ", "–" if style.scale == "word" else " to ")), second


def write_in_words(quantity: Quantity) -> str | None:
    """Spell a quantity out where that is exact.

    Args:
        quantity: What to write.

    Returns:
        As in `seven weeks`, `a quarter`, `four percentage points`; None where no words
        say exactly that.
    """
    value = quantity.value
    if quantity.unit == "percent":
        return next((words for share, words in _SHARES if share == value), None)
    if value != value.to_integral_value() or not 2 <= value <= 12:
        return None
    number = _ONES[int(value)]
    if quantity.unit == "points":
        return f"{number} percentage points"
    if quantity.unit in {"days", "weeks", "months", "years"}:
        return f"{number} {quantity.unit}"
    return number if quantity.unit == "count" else None


def write_cell(quantity: Quantity, scale: int, style: Format) -> str:
    """Write a table cell: money in the table's scale and without sign, losses in brackets.

    Args:
        quantity: What to write.
        scale: Units of a written one, e.g. 1000000 for a table in millions.
        style: How the article writes figures.

    Returns:
        As in `1,234.5`, `(12.0)`, `3.4%`, `(3.4)%`.
    """
    value, precision = quantity.value, quantity.precision
    is_money = quantity.unit.startswith("money")
    if is_money:
        value, precision = value / scale, precision / scale
    text = _number(abs(value), precision, style)
    tail = {"percent": "%", "multiple": "x", "bps": " bps", "points": " pp"}.get(quantity.unit, "")
    return f"({text}){tail}" if value < 0 else text + tail


def _money(quantity: Quantity, currency: str, style: Format, places: int | None) -> str:
    value, precision = abs(quantity.value), quantity.precision
    scale, name = _money_scale(value, precision, style)
    precision /= scale
    if places is not None:
        precision = max(precision, Decimal(1).scaleb(-places))
    number = _number(value / scale, precision, style)
    minus = "-" if quantity.value < 0 else ""
    symbol = f"{currency} " if style.iso_code else SYMBOLS.get(currency, f"{currency} ")
    return f"{minus}{symbol}{number}{name}"


def _money_scale(value: Decimal, precision: Decimal, style: Format) -> tuple[int, str]:
    for scale, name in _SCALES[style.scale][0 if style.billions else 1 :]:
        if value >= scale and (scale > 1000 or precision >= 100):
            return scale, name
    return 1, ""


def _number(value: Decimal, precision: Decimal, style: Format) -> str:
    decimals = max(0, -precision.normalize().as_tuple().exponent)  # type: ignore[operator]
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    text = f"{rounded:,.{decimals}f}"
    return text.translate(_TRANSLATION) if style.locale == "de" else text


def _unit(kind: str, number: str, style: Format) -> str:
    if kind == "percent":
        return _SIGNS[style.percent]
    if kind == "points":
        if style.points == "short":
            return " pp"
        return " percentage point" + ("" if number in {"1", "1.0"} else "s")
    if kind == "bps":
        return " bps" if style.points == "short" else " basis points"
    if kind == "multiple":
        return " times"
    return f" {kind}" if kind in {"minutes", "days", "weeks", "months", "years"} else ""


def _date(quantity: Quantity, style: Format) -> str:
    month, day = divmod(int(quantity.value), 100)
    name = MONTHS[month - 1]
    return f"{day} {name}" if style.day_first else f"{name} {day}"
