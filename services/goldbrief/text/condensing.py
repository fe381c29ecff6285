"""The strategy `map_reduce`: an article's parts are summarized, and these summaries together.

Teacher, evaluated systems and gateway read long articles so, each by its own writing; what the
student is taught is what it is served (hierarchical merging, Chang et al. 2024, arXiv 2310.00785).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from goldbrief.core.documents import StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.text.chunks import chunk
from goldbrief.text.sections import read_sections
from goldbrief.text.selection import estimate_tokens

_MOST_UNREAD = 0.5
"""Share of parts that may say nothing, such as tables alone."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """An article in a form that fits its prompt."""

    text: str
    """The article, or what the summaries of its parts state."""
    parts: int = 1
    """Parts of the article; 1 where it fits."""
    unread: int = 0
    """Parts without a summary."""


def condense(
    article: str, room: int, style: StyleContract, summarize: Callable[[str], str]
) -> Condensed:
    """Make an article fit by having its parts summarized, and their summaries again if need be.

    Args:
        article: A normalized article.
        room: Estimated tokens that fit.
        style: The house style, in which parts are summarized.
        summarize: Writes the summary of a part; empty where that says nothing.

    Returns:
        The article itself where it fits.

    Raises:
        InvalidInputError: More than half of the parts say nothing (`NO_PROSE`), or summaries do
            not become shorter than their parts (`ARTICLE_TOO_LONG`).
    """
    text, parts, unread = article, 1, 0
    while estimate_tokens(text) > room:
        pieces = [piece.strip() for piece in chunk(text, room)]
        stated = [statements_of(summary, style) for one in pieces if (summary := summarize(one))]
        missing = len(pieces) - len(stated)
        if missing > _MOST_UNREAD * len(pieces):
            raise InvalidInputError(
                f"{missing} of the article's {len(pieces)} parts say nothing that can be "
                "summarized.",
                reason="NO_PROSE",
                remedy="Give an article with whole sentences.",
            )
        merged = "\n\n".join(stated)
        if estimate_tokens(merged) >= estimate_tokens(text):
            raise _too_long(article, room)
        parts, unread = (parts, unread) if parts > 1 else (len(pieces), missing)
        text = merged
    return Condensed(text, parts, unread)


def statements_of(summary: str, style: StyleContract) -> str:
    """What a summary states of its article, a line each; the summary where that cannot be told."""
    return "\n".join(stated_items(summary, style)) or summary


def stated_items(summary: str, style: StyleContract) -> list[str]:
    """What a summary states of its article: no headings, and no action items."""
    sections = read_sections(summary, style).sections
    return [item for name, items in sections.items() if name != "actions" for item in items]


def _too_long(article: str, room: int) -> InvalidInputError:
    size = estimate_tokens(article)
    return InvalidInputError(
        f"The article has about {size} tokens; with room for {room} in a prompt, not even "
        "summaries of its parts become short enough.",
        reason="ARTICLE_TOO_LONG",
        remedy="Give the article more room, or take the strategy select.",
        metadata={"tokens": str(size), "room": str(room)},
    )
