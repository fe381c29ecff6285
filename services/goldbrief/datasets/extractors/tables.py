"""Tables as rows of text, `label | 2025 | 2024`, which the figure check reads."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(
    r"[($€£¥+\-−–]*(?:[A-Z]{3} )?[$€£¥]?\s?\d[\d.,\s]*\s?[)%x]*|[-—–]+|n/?[am]", re.IGNORECASE
)
_OPENS = re.compile(r"[($€£¥]+|[A-Z]{2,3}\$|[A-Z]{3}")
_CLOSES = re.compile(r"[)%]+")
_LEADER = " .·…_"
"""Characters that lead from a label to its figure."""


def is_number(cell: str) -> bool:
    """Whether a cell holds a figure, a dash that stands for one, or `n/m`."""
    return bool(_NUMBER.fullmatch(cell))


def render_rows(table: Sequence[Sequence[str]]) -> list[str]:
    """Write a table as lines, cells in their columns.

    Currency signs, brackets and per cent signs that stand in cells of their own, as in most
    filings, go to their figure. Columns that only the layout needs vanish.

    Args:
        table: Rows of cells; short rows are filled up.

    Returns:
        One line a row that is not empty.
    """
    width = max((len(row) for row in table), default=0)
    rows = [_joined([_clean(cell) for cell in row] + [""] * (width - len(row))) for row in table]
    rows = _merge_columns([row for row in rows if any(row)])
    return [_line(row) for row in rows]


def _clean(cell: str) -> str:
    text = " ".join(cell.split()).replace("|", "/")
    label = text.rstrip(_LEADER)
    return label if len(text) - len(label) >= 3 else text


def _joined(cells: list[str]) -> list[str]:
    """Put signs that have a cell of their own to their figure; the cell stays, empty."""
    for place, cell in enumerate(cells):
        if _OPENS.fullmatch(cell):
            following = next((i for i in range(place + 1, len(cells)) if cells[i]), None)
            if following is not None and is_number(cells[following]):
                cells[place], cells[following] = "", cell + cells[following]
        elif _CLOSES.fullmatch(cell):
            before = next((i for i in range(place - 1, -1, -1) if cells[i]), None)
            if before is not None:
                cells[place], cells[before] = "", cells[before] + cell
    return cells


def _merge_columns(rows: list[list[str]]) -> list[list[str]]:
    """Drop empty columns, and join a heading's column with its figures' column beside it."""
    if not rows:
        return rows
    body = next((i for i, row in enumerate(rows) if row[0] and any(map(is_number, row[1:]))), 0)
    columns: list[list[str]] = []
    for column in zip(*rows, strict=True):
        if not any(column):
            continue
        if len(columns) > 1 and _are_halves(columns[-1], column, body):
            columns[-1] = [
                first or second for first, second in zip(columns[-1], column, strict=True)
            ]
        else:
            columns.append(list(column))
    return [list(row) for row in zip(*columns, strict=True)]


def _are_halves(first: Sequence[str], second: Sequence[str], body: int) -> bool:
    """Whether one column has only headings and the other only figures."""
    heads = [any(column[:body]) for column in (first, second)]
    figures = [any(column[body:]) for column in (first, second)]
    return heads[0] != heads[1] and figures[0] != figures[1] and heads[0] != figures[0]


def _line(row: Sequence[str]) -> str:
    last = max(place for place, cell in enumerate(row) if cell)
    return " ".join(" | ".join(row[: last + 1]).split())
