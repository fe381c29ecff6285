"""Running heads, footers and page numbers: lines that repeat at the edges of pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_EDGE_LINES = 3
"""Lines at the top and at the bottom of a page that are looked at, again and again while any of
them belongs to the page's frame."""
_FEWEST_PAGES = 3
_REPEATED = 0.25
"""Share of the pages on which a frame's line stands; left and right pages may have their own."""
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–—|·\s]*(?:[a-z]-)?(?:(?P<number>\d{1,4})|[ivxl]{1,7})[-–—|·\s]*"
    r"(?:(?:of|/)\s*\d{1,4})?"
)
_NUMBER_AT_EDGE = re.compile(
    r"^(?:page )?[-–—|· ]*\d{1,4}(?= )|[-–—|· ]*(?:page )?\d{1,4}(?: ?(?:of|/) ?\d{1,4})?[-–—|· ]*$"
)


def frames(pages: Sequence[Sequence[str]]) -> list[set[int]]:
    """Find what is on the pages only because they are pages.

    Args:
        pages: Lines of each page.

    Returns:
        For each page, the places of its lines that are running heads, footers or numbers.
    """
    lines = [[" ".join(line.split()).lower() for line in page] for page in pages]
    found: list[set[int]] = [set() for _ in pages]
    while True:
        edges = [_edges(page, frame) for page, frame in zip(lines, found, strict=True)]
        more = _repeated(lines, edges) | _numbers(lines, edges)
        if not more:
            return found
        for page, place in more:
            found[page].add(place)


def drop_frames(pages: Sequence[Sequence[str]]) -> tuple[list[list[str]], int]:
    """Return the lines that are no frame of each page, and how many words the frames have."""
    kept, dropped = [], 0
    for page, frame in zip(pages, frames(pages), strict=True):
        kept.append([line for place, line in enumerate(page) if place not in frame])
        dropped += sum(len(page[place].split()) for place in frame)
    return kept, dropped


def _edges(page: Sequence[str], frame: set[int]) -> list[int]:
    """Places of the first and last lines with text that are not known to be frame."""
    filled = [place for place, line in enumerate(page) if line and place not in frame]
    return sorted({*filled[:_EDGE_LINES], *filled[-_EDGE_LINES:]})


def _repeated(
    pages: Sequence[Sequence[str]], edges: Sequence[Sequence[int]]
) -> set[tuple[int, int]]:
    """Page and place of lines that stand at the edges of several pages, numbers aside."""
    keys = {
        (number, place): _NUMBER_AT_EDGE.sub("", pages[number][place])
        for number, places in enumerate(edges)
        for place in places
    }
    counts = Counter(key for _, key in {(number, key) for (number, _), key in keys.items()})
    return {
        (number, place)
        for (number, place), key in keys.items()
        # two pages are enough for a line that ends in their number
        if key and counts[key] >= max(
            _FEWEST_PAGES - (key != pages[number][place]), _REPEATED * len(pages)
        )
    }  # fmt: skip


def _numbers(
    pages: Sequence[Sequence[str]], edges: Sequence[Sequence[int]]
) -> set[tuple[int, int]]:
    """Page and place of first and last lines that are a number, and count up with the pages."""
    offsets: dict[tuple[int, int], tuple[bool, int | None]] = {}
    for number, places in enumerate(edges):
        for place in {*places[:1], *places[-1:]}:
            match = _PAGE_NUMBER.fullmatch(pages[number][place])
            if match:
                written = match["number"]
                is_first = place == places[0]
                offsets[number, place] = (is_first, int(written) - number if written else None)
    counts = Counter(offsets.values())
    return {at for at, offset in offsets.items() if counts[offset] > 1}
