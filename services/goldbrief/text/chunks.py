"""Cuts a long article into chunks that fit, where a reader would pause."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from enum import IntEnum

from goldbrief.core.errors import InvalidInputError
from goldbrief.text.selection import estimate_tokens
from goldbrief.text.sentences import is_heading, is_row, sentence_spans

MIN_CHUNK_TOKENS = 16
"""Smaller chunks would tear phrases apart."""
_CHARS_A_TOKEN = 4
"""Where the search for the end of a chunk begins; any other value finds the same end."""


class _Pause(IntEnum):
    """Places to cut, best first."""

    SECTION = 0
    PARAGRAPH = 1
    LINE = 2
    SENTENCE = 3
    WORD = 4


def chunk(
    text: str, max_tokens: int, count: Callable[[str], int] = estimate_tokens
) -> tuple[str, ...]:
    """Cut text into chunks that fit; joined they are the text again.

    A cut falls before a heading, between paragraphs or lines if that leaves the chunk at
    least half full; else between sentences; between words only within a sentence or a table
    row that does not fit by itself. No cut separates a heading from what follows it,
    if another fits.

    Args:
        text: An article.
        max_tokens: Room for one chunk.
        count: Counts the tokens of a text.

    Returns:
        The chunks in order; none for an empty text.

    Raises:
        InvalidInputError: `max_tokens` is too small to hold a phrase.
    """
    if max_tokens < MIN_CHUNK_TOKENS:
        raise InvalidInputError(
            f"A chunk of {max_tokens} tokens is too small.",
            reason="CHUNK_TOO_SMALL",
            remedy=f"Ask for at least {MIN_CHUNK_TOKENS}.",
        )
    pauses = _pauses(text)
    chunks: list[str] = []
    start = 0
    while start < len(text):
        end = _farthest(text, start, max_tokens, count)
        if end < len(text):
            end = _best_cut(pauses, start, end)
        chunks.append(text[start:end])
        start = end
    return tuple(chunks)


def _pauses(text: str) -> list[list[int]]:
    """Positions at which a line, sentence or word begins, by what pauses before it."""
    found: list[list[int]] = [[] for _ in _Pause]
    for position, pause in _sentence_pauses(text):
        found[pause].append(position)
    found[_Pause.WORD] = [match.end() for match in re.finditer(r"\s+(?=\S)", text)]
    return found


def _sentence_pauses(text: str) -> Iterator[tuple[int, _Pause]]:
    previous_end, after_heading = 0, False
    for start, end in sentence_spans(text):
        gap, sentence = text[previous_end:start], text[start:end]
        heads = is_heading(sentence) and not is_row(sentence)
        if heads and not after_heading:
            yield start, _Pause.SECTION
        elif "\n" in gap and not after_heading:
            yield start, _Pause.PARAGRAPH if gap.count("\n") > 1 else _Pause.LINE
        elif not is_row(_line_at(text, start)):
            yield start, _Pause.SENTENCE
        previous_end, after_heading = end, heads


def _line_at(text: str, position: int) -> str:
    start, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    return text[start : end if end >= 0 else len(text)]


def _farthest(text: str, start: int, max_tokens: int, count: Callable[[str], int]) -> int:
    """The last position up to which the text fits; one character on where nothing does."""
    reach = max_tokens * _CHARS_A_TOKEN
    while start + reach < len(text) and count(text[start : start + reach]) <= max_tokens:
        reach *= 2
    ends = range(start + 1, min(start + reach, len(text)) + 1)
    fitting = bisect_right(ends, max_tokens, key=lambda end: count(text[start:end]))
    return start + max(1, fitting)


def _best_cut(pauses: list[list[int]], start: int, end: int) -> int:
    """The best place after `start`, up to `end`, which is in the midst of a word at worst."""
    latest = start
    for pause in _Pause:
        before = bisect_right(pauses[pause], end)
        latest = max(latest, pauses[pause][before - 1] if before else start)
        needed = start + (end - start) // 2 if pause < _Pause.SENTENCE else start
        if latest > needed:
            return latest
    return end
