"""Passages that say nothing of their own: disclaimers, repeats, page numbers, running heads.

A passage is a paragraph: lines between blank lines, or one line where each paragraph is one.
Text without boilerplate comes back as it was, byte for byte.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from goldbrief.core.hashing import sha256_text
from goldbrief.text.figures import extract_figures
from goldbrief.text.sentences import ends_properly

MIN_WORDS = 20
"""Shortest passage that counts as one; shorter ones are headings, rows and short statements."""
_WHOLE_PARAGRAPH = 30
"""Words of a line that is a paragraph by itself; wrapped lines have about half as many."""
_FEWEST_PAGES = 3
_PAGE_LINES = 2
"""Lines between two page numbers, at least; the figures of a flattened table stand closer."""
_PAGE_NUMBER = re.compile(r"\s*\d{1,3}\s*")
_DISCLAIMER = (
    re.compile(r"\bforward[- ]looking\b", re.IGNORECASE),
    re.compile(
        r"\b(?:differ|vary)\s+(?:materially|significantly|substantially)\b"
        r"|\bsafe[- ]harbou?r\b|\bno (?:obligation|duty|undertaking)\b",
        re.IGNORECASE,
    ),
)
"""A forward-looking statement's disclaimer has both (Private Securities Litigation Reform Act
of 1995, section 27A); a passage with results of its own is none."""
_RESULTS = ("money", "percent", "points", "bps", "multiple")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without its boilerplate."""

    text: str
    words: int
    """Words that were dropped."""


def drop_boilerplate(text: str) -> Cleaned:
    """Drop an article's disclaimers, page numbers, and every repeat of a passage after the first.

    Args:
        text: Normalised text.

    Returns:
        What is left.
    """
    lines = text.split("\n")
    dropped = set(_page_frames(lines))
    seen: set[str] = set()
    for place, passage in _passages(lines):
        key = _key(passage)
        if key in seen or _is_disclaimer(passage):
            dropped.update(range(place, place + len(passage)))
        seen.add(key)
    return _without(lines, dropped)


def passage_keys(text: str) -> set[str]:
    """Keys of an article's passages, by which it can be seen what articles have in common."""
    return {_key(passage) for _, passage in _passages(text.split("\n"))}


def drop_passages(text: str, keys: Collection[str]) -> Cleaned:
    """Drop passages that many articles share.

    Args:
        text: The article.
        keys: Of the shared passages, from `passage_keys`. Those with results stay: they are
            news, though many may report them.

    Returns:
        What is left.
    """
    lines = text.split("\n")
    return _without(
        lines,
        {
            line
            for place, passage in _passages(lines)
            if _key(passage) in keys and not _has_results(" ".join(passage))
            for line in range(place, place + len(passage))
        },
    )


def _passages(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Where each passage begins, and its lines; rows of tables are in none."""
    start = 0
    for end in range(len(lines) + 1):
        if end < len(lines) and lines[end].strip():
            continue
        block = list(lines[start:end])
        if any(len(line.split()) >= _WHOLE_PARAGRAPH for line in block):
            parts = [(start + place, [line]) for place, line in enumerate(block)]
        else:
            parts = [(start, block)]
        for place, passage in parts:
            if sum(len(line.split()) for line in passage) >= MIN_WORDS and not _has_rows(passage):
                yield place, passage
        start = end + 1


def _has_rows(passage: Sequence[str]) -> bool:
    return any("|" in line for line in passage)


def _key(passage: Sequence[str]) -> str:
    return sha256_text(" ".join(" ".join(passage).lower().split()))[:16]


def _is_disclaimer(passage: Sequence[str]) -> bool:
    text = " ".join(passage)
    return all(sign.search(text) for sign in _DISCLAIMER) and not _has_results(text)


def _has_results(text: str) -> bool:
    return any(figure.unit.startswith(_RESULTS) for figure in extract_figures(text))


def _page_frames(lines: Sequence[str]) -> Iterator[int]:
    """Lone numbers that count up by one, and short lines that keep standing beside them."""
    numbers = [(place, int(line)) for place, line in enumerate(lines)
               if _PAGE_NUMBER.fullmatch(line)]  # fmt: skip
    chains: dict[int, list[int]] = {}
    for place, number in numbers:
        chain = chains.pop(number - 1, [])
        if chain and place - chain[-1] <= _PAGE_LINES:
            chain = []
        chains[number] = [*chain, place]
    pages = [place for chain in chains.values() if len(chain) >= _FEWEST_PAGES for place in chain]
    beside = [place for page in pages for place in _neighbours(lines, page)]
    counts = Counter(lines[place].strip() for place in beside)
    yield from pages
    yield from (place for place in beside if counts[lines[place].strip()] >= _FEWEST_PAGES)


def _neighbours(lines: Sequence[str], page: int) -> Iterator[int]:
    """The nearest lines with text above and below, unless they are sentences."""
    for places in (range(page - 1, -1, -1), range(page + 1, len(lines))):
        found = next((place for place in places if lines[place].strip()), None)
        if found is not None and not ends_properly(lines[found]):
            yield found


def _without(lines: Sequence[str], dropped: Collection[int]) -> Cleaned:
    kept = "\n".join(line for place, line in enumerate(lines) if place not in dropped)
    words = sum(len(lines[place].split()) for place in dropped)
    if not dropped:
        return Cleaned(kept, 0)
    return Cleaned(re.sub(r"\n{3,}", "\n\n", kept).strip("\n"), words)
