"""Rounds drawn numbers to values that people would report."""

from __future__ import annotations

import math
from decimal import Decimal
from random import Random

from goldbrief.simulator.facts import Quantity


def decimal_of(number: float, decimals: int) -> Decimal:
    """A number rounded to some decimals, as an exact decimal."""
    return Decimal(round(number * 10**decimals)).scaleb(-decimals)


def money(amount: float, currency: str, rng: Random) -> Quantity:
    """An amount of money, rounded to two or three digits.

    Args:
        amount: In units of the currency.
        currency: ISO code.
        rng: Chooses how precisely it is known.

    Returns:
        The amount; at least 100,000.
    """
    return _rounded(max(amount, 100_000), rng.choice((2, 2, 3, 3)), f"money:{currency}")


def count(number: float, rng: Random) -> Quantity:
    """A number of things: exact when small, else rounded to two or three digits."""
    if number < 200:
        return Quantity(Decimal(round(number)), "count")
    return _rounded(number, rng.choice((2, 3, 3)), "count")


def change_percent(value: int, prior: int) -> Quantity:
    """Change from `prior` to `value` in percent, to one decimal.

    Args:
        value: The later value.
        prior: The earlier value, not 0.

    Returns:
        The change with its sign.
    """
    return Quantity(
        Decimal(round((value - prior) * 1000 / abs(prior))).scaleb(-1), "percent", Decimal("0.1")
    )


def share_percent(part: int, whole: int) -> int:
    """Share of a whole in tenths of a percent."""
    return round(part * 1000 / whole)


def _rounded(number: float, digits: int, unit: str) -> Quantity:
    place = max(0, math.floor(math.log10(number)) + 1 - digits)
    step: int = 10**place
    return Quantity(Decimal(round(number / step) * step), unit, Decimal(step))
