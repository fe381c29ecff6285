"""Turns grammar expansions into sentences and text, and records where each figure stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from goldbrief.simulator.grammar import Piece, Written

_VOWELS = frozenset("aeiouAEIOU8")
_ENDS = (".", "?", "!", "”", ":", '."', '?"', '!"')


@dataclass(frozen=True, slots=True)
class FigureMention:
    """A figure of a text whose fact is known."""

    start: int
    end: int
    text: str
    fact_id: str
    role: str
    label: str
    period: str
    """As in `Q1 2025`."""
    unit: str
    value: Decimal
    """In full; the text may round it."""


@dataclass(frozen=True, slots=True)
class AnnotatedText:
    """A text and its figures, in order."""

    text: str
    figures: tuple[FigureMention, ...]


def sentence(pieces: Sequence[Piece], *, end: str = ".") -> list[Piece]:
    """Make a sentence of a clause: first letter capital, articles chosen, full stop.

    Args:
        pieces: The clause.
        end: What ends it, unless it ends already.

    Returns:
        The pieces of the sentence; none for no clause.
    """
    out = with_articles(pieces)
    if not out:
        return out
    out[0] = capital(out[0])
    if not (isinstance(out[-1], str) and out[-1].endswith(_ENDS)):
        out.append(end)
    return out


def capital(piece: Piece) -> Piece:
    """A piece with a capital first letter."""
    text = piece if isinstance(piece, str) else piece.text
    text = text[:1].upper() + text[1:]
    return text if isinstance(piece, str) else replace(piece, text=text)


def with_articles(pieces: Iterable[Piece]) -> list[Piece]:
    """Join neighbouring texts, and resolve every `a(n)` by the letter that follows it."""
    out: list[Piece] = []
    texts: list[str] = []
    for piece in pieces:
        if type(piece) is str:
            texts.append(piece)
        else:
            out += ("".join(texts), piece)
            texts = []
    out.append("".join(texts))
    for i, piece in enumerate(out):
        if type(piece) is str and "(n)" in piece:
            following = out[i + 1] if i + 1 < len(out) else ""
            out[i] = _articles(piece, following if isinstance(following, str) else following.text)
    return [piece for piece in out if piece]


def _articles(text: str, following: str) -> str:
    head, *rest = text.split("(n)")
    for tail in rest:
        letter = (tail + following).lstrip()[:1]
        head += ("n" if letter in _VOWELS else "") + tail
    return head


def annotate(pieces: Iterable[Piece]) -> AnnotatedText:
    """Join pieces and record where each figure stands.

    Args:
        pieces: Plain text and figures, in order.

    Returns:
        The text with its figures.
    """
    texts: list[str] = []
    figures: list[FigureMention] = []
    position = 0
    for piece in pieces:
        if isinstance(piece, Written):
            figures.append(_mention(piece, position))
            texts.append(piece.text)
            position += len(piece.text)
        else:
            texts.append(piece)
            position += len(piece)
    return AnnotatedText("".join(texts), tuple(figures))


def _mention(written: Written, start: int) -> FigureMention:
    measure = written.measure
    return FigureMention(
        start=start,
        end=start + len(written.text),
        text=written.text,
        fact_id=written.fact_id,
        role=measure.role,
        label=measure.label,
        period=measure.period.code,
        unit=measure.quantity.unit,
        value=measure.quantity.value,
    )


def num_words(pieces: Iterable[Piece]) -> int:
    """About how many words pieces have, by the spaces between them."""
    return 1 + sum([(one if isinstance(one, str) else one.text).count(" ") for one in pieces])
