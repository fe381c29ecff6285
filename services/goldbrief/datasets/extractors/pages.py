"""Running heads, footers and page numbers: lines that repeat at the edges of pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_EDGE_LINES = 3
"""Lines at the top and at the bottom of a page that may belong to its frame."""
_FEWEST_PAGES = 3
_REPEATED = 0.25
"""Share of the pages on which a frame's line stands; left and right pages may have their own."""
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–—|·\s]*(?:[A-Z]-)?(?:\d{1,4}|[ivxl]{1,7})[-–—|·\s]*"
    r"(?:(?:of|/)\s*\d{1,4})?",
    re.IGNORECASE,
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
    edges = [_edges(page) for page in pages]
    counts = Counter(
        key
        for page, places in zip(pages, edges, strict=True)
        for key in {_key(page[place]) for place in places}
    )
    share = _REPEATED * len(pages)
    return [
        {
            place
            for place in places
            if counts[_key(page[place])] >= max(_fewest(page[place]), share)
            or (len(pages) > 1 and _is_page_number(page, place))
        }
        for page, places in zip(pages, edges, strict=True)
    ]


def drop_frames(pages: Sequence[Sequence[str]]) -> tuple[list[list[str]], int]:
    """Return the lines that are no frame of each page, and how many words the frames have."""
    kept, dropped = [], 0
    for page, frame in zip(pages, frames(pages), strict=True):
        kept.append([line for place, line in enumerate(page) if place not in frame])
        dropped += sum(len(page[place].split()) for place in frame)
    return kept, dropped


def _edges(page: Sequence[str]) -> list[int]:
    filled = [place for place, line in enumerate(page) if line.strip()]
    return sorted({*filled[:_EDGE_LINES], *filled[-_EDGE_LINES:]})


def _key(line: str) -> str:
    """A line without the page number that it begins or ends with; other figures must agree."""
    return _NUMBER_AT_EDGE.sub("", " ".join(line.split()).lower())


def _fewest(line: str) -> int:
    """Pages on which a line must stand; two are enough for one that ends in their number."""
    return _FEWEST_PAGES - 1 if _NUMBER_AT_EDGE.search(line.strip().lower()) else _FEWEST_PAGES


def _is_page_number(page: Sequence[str], place: int) -> bool:
    """Whether the first or last line of a page is its number and nothing else."""
    filled = [number for number, line in enumerate(page) if line.strip()]
    return place in (filled[0], filled[-1]) and bool(_PAGE_NUMBER.fullmatch(page[place].strip()))
