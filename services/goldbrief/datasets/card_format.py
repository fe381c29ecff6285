"""How data cards are written: tables, bars, and text that is not our own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

_BINS = 8
_BAR = 40


def table_row(cells: Iterable[object]) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(plain(str(cell)) for cell in cells) + " |"


def plain(text: str) -> str:
    """Text from files and models, on one line and without effect in a table."""
    return " ".join(text.split()).replace("|", "/")


def text_histogram(lengths: Sequence[int]) -> Iterator[str]:
    """Bars of `#`, for terminals."""
    if not lengths:
        yield "none"
        return
    low = min(lengths)
    width = max(1, -(-(max(lengths) + 1 - low) // _BINS))
    counts = Counter((length - low) // width for length in lengths)
    for place in range(max(counts) + 1):
        start = low + place * width
        bar = "#" * -(-_BAR * counts[place] // max(counts.values()))
        yield f"{start:>6} - {start + width - 1:<6} {counts[place]:>5} {bar}".rstrip()
