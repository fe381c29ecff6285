"""Right sentences about an article, reworded by rule, and errors to plant in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from random import Random

from goldbrief.core.hashing import sha256_text
from goldbrief.text.figure_units import EXACT_UNITS
from goldbrief.text.figures import Figure, extract_figures
from goldbrief.text.sentences import is_prose, split_sentences

_MAX_STATEMENTS = 30
"""Sentences taken from an article."""
_MAX_WORDS = 60
_MIN_WORDS = 6
_NEAR = 60
"""Letters within which a word or figure belongs to another figure."""
_PHRASES = (
    ("as compared to", "against"), ("compared to", "against"), ("increased", "rose"),
    ("decreased", "fell"), ("approximately", "about"), ("revenues", "revenue"),
    ("net income", "net profit"), ("primarily due to", "mainly because of"),
    ("during", "in"), ("for the year ended December 31,", "in"),
)  # fmt: skip
_OPPOSITES = (
    ("increased", "decreased"), ("increase", "decrease"), ("rose", "fell"), ("grew", "shrank"),
    ("growth", "decline"), ("up from", "down from"),
)  # fmt: skip
_SCALES = (("million", "billion"), ("billion", "million"), ("thousand", "million"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A right sentence about an article."""

    text: str
    form: str
    """`as written`, `reworded` or `shortened`."""


def statements(article: str) -> Iterator[Statement]:
    """Sentences with amounts, each as it is, reworded, and reworded and shortened."""
    prose = [
        text
        for text in dict.fromkeys(split_sentences(article))
        if is_prose(text) and len(text.split()) <= _MAX_WORDS and any(_amounts(text))
    ]
    for text in Random(sha256_text(article)).sample(prose, min(_MAX_STATEMENTS, len(prose))):
        yield Statement(text, "as written")
        yield Statement(reworded(text), "reworded")
        short = shortened(text)
        if short:
            yield Statement(reworded(short), "shortened")


def reworded(text: str) -> str:
    """The same said otherwise: a clause moved, other words, other forms of the figures."""
    figures = [figure for figure in _amounts(text) if figure.unit.startswith("money")]
    for figure in reversed(figures):
        text = text[: figure.start] + _other_form(figure) + text[figure.end :]
    opening = re.match(r"((?:In|During|For|At) [^,]{4,40}(?:, (?:19|20)\d\d)?), (?=\w)", text)
    if opening and text.endswith(".") and ";" not in text:
        rest = text[opening.end() :]
        moved = opening[1][0].lower() + opening[1][1:]
        text = f"{rest[0].upper()}{rest[1:-1]} {moved}." if rest.count(",") == 0 else text
    text = re.sub(r",? (?:primarily|mainly|largely) (?:due to|as a result of|driven by)[^,;]*\.$",
                  ".", text)  # fmt: skip
    for phrase, other in _PHRASES:
        text = re.sub(rf"\b{re.escape(phrase)}\b", other, text)
    return text


def shortened(text: str) -> str:
    """The sentence up to the end of the clause of its first amount; empty where nothing goes."""
    first = _amounts(text)[0]
    cut = re.compile(r"(?:,|;| as compared| compared| and\b| from\b| or\b| primarily| due) ")
    end = cut.search(text, first.end)
    if end is None or len(text[: end.start()].split()) < _MIN_WORDS or " between " in text:
        return ""
    return f"{text[: end.start()]}."


def _other_form(figure: Figure) -> str:
    """`$1,234.5 million` for `$1.2345 billion` and the like, a digit shorter where it is long."""
    number = re.search(r"\d[\d,]*(?:\.\d+)?", figure.text)
    if number is None or figure.value < 0:
        return figure.text
    digits = len(number[0].replace(",", "").replace(".", "").lstrip("0"))
    place = figure.precision * (10 if digits > 3 else 1)
    value = abs(figure.value).quantize(place) if place == 1 else round(figure.value / place) * place
    symbol = figure.text[: number.start()]
    for scale, name in ((Decimal(10**9), " billion"), (Decimal(10**6), " million")):
        if value >= scale and place >= scale / 1000:
            return f"{symbol}{(value / scale).normalize():f}{name}"
    return figure.text


def _amounts(text: str) -> list[Figure]:
    return [
        figure
        for figure in extract_figures(text)
        if figure.unit not in EXACT_UNITS and not figure.in_words
    ]


def _replaced(text: str, figure: Figure, other: str) -> str:
    return text[: figure.start] + other + text[figure.end :]


def _pick(figures: Iterable[Figure], rng: Random) -> Figure | None:
    choice = list(figures)
    return rng.choice(choice) if choice else None


def digit(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """One digit of an amount."""
    figure = _pick(_amounts(text), rng)
    return _replaced(text, figure, changed_digit(figure.text, rng)) if figure else None


def changed_digit(written: str, rng: Random) -> str:
    """A figure with another digit in one place."""
    places = [i for i, letter in enumerate(written) if letter.isdigit()]
    i = rng.choice(places)
    digit = rng.choice([one for one in "123456789" if one != written[i]])
    return written[:i] + digit + written[i + 1 :]


def by_ten(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """The decimal point moved."""
    figure = _pick((one for one in _amounts(text) if re.search(r"\d\.\d", one.text)), rng)
    if figure is None:
        return None
    return _replaced(text, figure, re.sub(r"(\d)\.(\d)", r"\1\2", figure.text, count=1))


def unit(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """Million for billion, basis points for percent, euros for dollars."""
    swaps = [
        _replaced(text, figure, wrong)
        for figure in _amounts(text)
        for wrong in (rescaled(figure.text), figure.text.replace("$", "€"),
                      re.sub(r"%$| percent$", " basis points", figure.text))
        if wrong != figure.text
    ]  # fmt: skip
    return rng.choice(swaps) if swaps else None


def rescaled(written: str) -> str:
    """A figure in the wrong scale, as `$3 billion` for `$3 million`; the same where it has none."""
    for scale, wrong in _SCALES:
        if scale in written:
            return written.replace(scale, wrong)
    return written


def shifted_percent(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """A percentage off by 1 to 5 points."""
    figure = _pick((one for one in _amounts(text) if one.unit == "percent"), rng)
    number = re.search(r"\d+", figure.text) if figure else None
    if figure is None or number is None:
        return None
    shifted = int(number[0]) + rng.randint(1, 5)
    return _replaced(text, figure, figure.text.replace(number[0], str(shifted), 1))


def subject(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """Another true figure of the article, of the same unit."""
    figure = _pick(_amounts(text), rng)
    if figure is None:
        return None
    mine = {one.value for one in extract_figures(text)}
    other = _pick(
        (one for one in known if one.unit == figure.unit and one.value not in mine
         and not one.in_words and (one.scale > 1) == (figure.scale > 1)),
        rng,
    )  # fmt: skip
    return _replaced(text, figure, other.text) if other else None


def year(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """Another year of the article."""
    mine = [one for one in extract_figures(text) if one.unit == "year"]
    values = {one.value for one in mine}
    others = [one for one in known if one.unit == "year" and one.value not in values]
    figure, other = _pick(mine, rng), _pick(others, rng)
    return _replaced(text, figure, other.text) if figure and other else None


def exchanged(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """`rose from 3 to 4` made `rose from 4 to 3`, and the like."""
    amounts = _amounts(text)
    pairs = [
        (one, two)
        for one, two in pairwise(amounts)
        if one.unit == two.unit and one.value != two.value
        and re.search(r"\b(?:to|from|against|compared (?:to|with)|versus)\b",
                      text[one.end : two.start])
        and two.start - one.end < _NEAR and not re.search("range|between", text)
    ]  # fmt: skip
    if not pairs or not re.search(r"\b(?:from|against|compared|versus)\b", text):
        return None
    one, two = rng.choice(pairs)
    return _replaced(_replaced(text, two, one.text), one, two.text)


def direction(text: str, known: Sequence[Figure], rng: Random) -> str | None:
    """A rise right before an amount made a fall, or the reverse."""
    starts = [figure.start for figure in _amounts(text)]
    pairs = [*_OPPOSITES, *((fall, rise) for rise, fall in _OPPOSITES)]
    for word, other in rng.sample(pairs, len(pairs)):
        for match in re.finditer(rf"\b{word}\b", text):
            if any(0 < start - match.end() < _NEAR / 3 for start in starts):
                return text[: match.start()] + other + text[match.end() :]
    return None


CORRUPTIONS: dict[str, Callable[[str, Sequence[Figure], Random], str | None]] = {
    "changed digit": digit,
    "scaled by ten": by_ten,
    "wrong unit": unit,
    "shifted percentage": shifted_percent,
    "wrong subject": subject,
    "wrong year": year,
    "periods exchanged": exchanged,
    "wrong direction": direction,
}
