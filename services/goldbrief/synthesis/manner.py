"""Writes what an article says in the manner of the house: how figures look, how bullets end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goldbrief.core.documents import FigureStyle, SectionStyle

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
"""Currencies whose sign is theirs alone in business English."""
_LETTERS = {"thousand": "K", "million": "M", "billion": "B", "trillion": "T"}
_WORDS = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion"}

_PERCENT_WORD = re.compile(r"(?<=\d)[ -]per ?cent\b(?!age)")
_PERCENT_SIGN = re.compile(r"(?<=\d)\s?%")
_POINTS_WORD = re.compile(r"(?<=\d)[ -]basis[ -]points?\b")
_POINTS_SHORT = re.compile(r"(?<=\d)\s?bps?\b")
_SCALE_WORD = re.compile(r"(?P<amount>[$€£]\s?[\d.,]*\d) (?P<scale>thousand|million|billion)\b")
_SCALE_LETTER = re.compile(
    r"(?P<amount>(?:[$€£]|\b[A-Z]{3} )[\d.,]*\d)\s?(?P<scale>mn|bn|[kKmMbB])\b"
)
_CODE = re.compile(r"\b(?P<code>USD|EUR|GBP)\s?(?=\d)")


def in_house_manner(
    items: Sequence[str], section: SectionStyle, figures: FigureStyle
) -> tuple[str, ...]:
    """Write figures and ends as the house does; values and words stay.

    Args:
        items: Bullets or sentences, with full stops.
        section: Where they stand.
        figures: How the house writes figures.

    Returns:
        The items. Decimals stay, as rounding would change what is claimed.
    """
    written = (figures_in_house(item, figures) for item in items)
    if section.form == "bullets" and section.ends == "none":
        return tuple(item.removesuffix(".") for item in written)
    return tuple(written)


def figures_in_house(text: str, style: FigureStyle) -> str:
    """Write the figures of a text as a house does; what it leaves open stays."""
    if style.currency == "sign":
        text = _CODE.sub(lambda match: _SIGNS[match["code"]], text)
    if style.scale == "letter":
        text = _SCALE_WORD.sub(lambda match: match["amount"] + _LETTERS[match["scale"]], text)
    elif style.scale == "word":
        text = _SCALE_LETTER.sub(
            lambda match: f"{match['amount']} {_WORDS[match['scale'].lower()]}", text
        )
    if style.percent:
        pattern, form = (
            (_PERCENT_WORD, "%") if style.percent == "sign" else (_PERCENT_SIGN, " percent")
        )
        text = pattern.sub(form, text)
    if style.points:
        pattern = _POINTS_SHORT if style.points == "basis points" else _POINTS_WORD
        text = pattern.sub(f" {style.points}", text)
    return text
