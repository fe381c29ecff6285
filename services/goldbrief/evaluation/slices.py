"""Slices: parts of an evaluation's articles, to see for whom and on what a system is good."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from goldbrief.evaluation.rows import Row

_MOST_SLICES = 8
"""Sources or personas beyond this are told together as `others`."""


def slice_rows(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Divide rows by length, source and persona, wherever that makes two parts or more.

    Args:
        rows: All rows.

    Yields:
        What it is divided by, the part's name, and its rows; the largest part first.
    """
    if not rows:
        return
    middle = median(_length(row) for row in rows)
    divisions: dict[str, Callable[[Row], str]] = {
        "length": lambda row: (
            f"up to {middle:,.0f} words" if _length(row) <= middle else "longer articles"
        ),
        "source": lambda row: row.article.source or "source unknown",
        "persona": lambda row: row.persona,
    }
    for by, name_of in divisions.items():
        parts = _parts(rows, name_of)
        if len(parts) > 1:
            yield from ((by, name, part) for name, part in parts)


def _length(row: Row) -> int:
    return len(row.article.text.split())


def _parts(rows: Sequence[Row], name_of: Callable[[Row], str]) -> list[tuple[str, list[Row]]]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(name_of(row), []).append(row)
    ordered = sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))
    if len(ordered) <= _MOST_SLICES:
        return ordered
    kept, rest = ordered[: _MOST_SLICES - 1], ordered[_MOST_SLICES - 1 :]
    return [*kept, ("others", [row for _, part in rest for row in part])]
