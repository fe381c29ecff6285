"""The figures of a summary: what the article says of each, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from goldbrief.text.figure_check import ArticleFigures

FigurePolicy = Literal["annotate", "retry", "withhold", "enforce"]
"""What is done about figures that the article does not support; see summarize.proto."""
FigureSupport = Literal["supported", "unsupported", "unclear"]
Span = tuple[int, int]
"""Start and end in a text."""


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """A figure of the summary, as written."""

    text: str
    support: FigureSupport
    """What the whole article says of it, not only the passages that the model saw."""
    summary_span: Span
    article_spans: tuple[Span, ...]
    """Where the article, as it was sent, has it; at most 3."""


def checked_figures(
    summary: str, known: ArticleFigures, article: str, sent: str
) -> tuple[CheckedFigure, ...]:
    """Check each figure of a summary.

    Args:
        summary: Its text.
        known: The article's figures.
        article: The article, normalised.
        sent: The article before that, for the places.

    Returns:
        The figures in the order of the summary.
    """
    return tuple(
        CheckedFigure(
            text=one.figure.text,
            support=one.state,
            summary_span=(one.figure.start, one.figure.end),
            article_spans=tuple(
                place
                for start, end in one.spans
                if (place := _place_in(sent, article, start, end)) is not None
            ),
        )
        for one in known.check(summary).figures
    )


def _place_in(sent: str, article: str, start: int, end: int) -> Span | None:
    """Find a place of the normalised article in the one that was sent.

    Normalising keeps the order, so that the words are as often before it in one as in the other,
    unless it changed them somewhere.
    """
    words = article[start:end]
    if sent.count(words) != article.count(words):
        return None
    place = -len(words)
    for _ in range(article[:end].count(words)):
        place = sent.index(words, place + len(words))
    return place, place + len(words)
