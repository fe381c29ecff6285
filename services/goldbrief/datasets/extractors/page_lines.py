"""Words on a page to lines of text: reading order, columns, paragraphs and table rows."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from goldbrief.datasets.extractors.page_words import Word
from goldbrief.datasets.extractors.tables import is_number, render_rows

_SAME_LINE = 0.4
"""Distance of two baselines, in sizes, up to which words are on one line."""
_CELL_GAP = 1.3
"""Space between words, in sizes, from which they are in different cells or columns."""
_FIGURE_GAP = 0.6
"""The same between two figures; a thousands separator that is a blank is narrower."""
_PARAGRAPH_GAP = 1.35
"""Distance of two lines, in usual distances, from which a paragraph ends."""
_LINE_GAP = 1.05
"""Distance of two lines, in heights of their letters with room around, where little is to see."""
_ENOUGH_GAPS = 4
_PROSE_CHARS = 25
"""Average characters of the pieces on both sides of a gutter between columns of prose."""


@dataclass(slots=True)
class _Piece:
    """Words of a line without a wide gap: a whole line, a table's cell, or a column's line."""

    words: list[Word]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return self.words[-1].x1


@dataclass(slots=True)
class Line:
    """What stands on one height of a page."""

    pieces: list[_Piece]

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(piece.text for piece in self.pieces)

    @property
    def y(self) -> float:
        """Of the baseline of its first word."""
        return self.pieces[0].words[0].y

    @property
    def size(self) -> float:
        """Of its first word."""
        return self.pieces[0].words[0].size

    @property
    def is_row(self) -> bool:
        """Whether wide gaps part it, as the cells of a table are parted."""
        return len(self.pieces) > 1


def find_lines(words: Sequence[Word]) -> list[Line]:
    """Put the words of an upright page into lines, from top to bottom."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: -word.y):
        if rows and rows[-1][0].y - word.y <= _SAME_LINE * max(rows[-1][0].size, word.size):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [Line(list(_pieces(sorted(row, key=lambda word: word.x0)))) for row in rows]


def write_lines(lines: list[Line]) -> list[str]:
    """Write a page in reading order.

    Args:
        lines: From `find_lines`, perhaps without the frame of the page.

    Returns:
        Lines of text, one column after the other; an empty line between paragraphs; rows of
        tables with ` | ` between their cells.
    """
    written = [line for block in _columns(lines) for line in [*_written(block), ""]]
    return written[:-1]


def _pieces(row: Sequence[Word]) -> Iterator[_Piece]:
    piece = [row[0]]
    for word in row[1:]:
        last = piece[-1]
        both = is_number(last.text) and is_number(word.text)
        gap = _FIGURE_GAP if both else _CELL_GAP
        if word.x0 - last.x1 > gap * max(last.size, word.size):
            yield _Piece(piece)
            piece = []
        piece.append(word)
    yield _Piece(piece)


def _columns(lines: list[Line]) -> list[list[Line]]:
    """Cut the page into blocks that are read one after the other."""
    gutter = _gutter(lines)
    if gutter is None:
        return [lines]
    blocks: list[list[Line]] = []
    across: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if any(piece.x0 < gutter < piece.x1 for piece in line.pieces):
            blocks += [*_columns(left), *_columns(right)]
            left, right = [], []
            across.append(line)
            continue
        blocks.append(across)
        across = []
        for side, pieces in (
            (left, [piece for piece in line.pieces if piece.x1 <= gutter]),
            (right, [piece for piece in line.pieces if piece.x0 >= gutter]),
        ):
            if pieces:
                side.append(Line(pieces))
    blocks += [across, *_columns(left), *_columns(right)]
    return [block for block in blocks if block]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the page has two columns of prose, the middle between them."""
    pieces = [piece for line in lines for piece in line.pieces]
    starts = {round(piece.x0) for piece in pieces if len(piece.text) >= _PROSE_CHARS}
    for start in sorted(starts):
        left = [piece for piece in pieces if piece.x1 < start]
        right = [piece for piece in pieces if piece.x0 >= start - 1]
        across = len(pieces) - len(left) - len(right)
        if across > min(len(left), len(right)) or not (_is_prose(left) and _is_prose(right)):
            continue
        edge = max(piece.x1 for piece in left)
        return (edge + start) / 2 if edge < start else None
    return None


def _is_prose(pieces: Sequence[_Piece]) -> bool:
    text = [piece.text for piece in pieces]
    letters = sum(char.isalpha() for line in text for char in line)
    total = sum(map(len, text))
    return len(text) >= 4 and total >= _PROSE_CHARS * len(text) and letters > 0.6 * total


def _written(lines: Sequence[Line]) -> Iterator[str]:
    """Lines of a block, with its tables as rows and blank lines between its paragraphs."""
    gaps = [above.y - below.y for above, below in pairwise(lines)]
    usual = statistics.median(gaps if len(gaps) >= _ENOUGH_GAPS else [_LINE_GAP * lines[0].size])
    table: list[Line] = []
    for place, line in enumerate(lines):
        if line.is_row:
            table.append(line)
        else:
            yield from _rows(table)
            table = []
            yield line.pieces[0].text
        if place < len(gaps) and gaps[place] > _PARAGRAPH_GAP * usual and not (
            line.is_row and lines[place + 1].is_row
        ):  # fmt: skip
            yield from _rows(table)
            table = []
            yield ""
    yield from _rows(table)


def _rows(table: Sequence[Line]) -> list[str]:
    """A table's lines, each figure in the column that it stands in."""
    columns = _figure_columns(table)
    return render_rows([_cells(line, columns) for line in table])


def _figure_columns(table: Sequence[Line]) -> list[tuple[float, float]]:
    """From where to where each column of figures goes."""
    spans = sorted(
        (piece.x0, piece.x1) for line in table for piece in line.pieces if is_number(piece.text)
    )
    columns: list[tuple[float, float]] = []
    for x0, x1 in spans:
        if columns and x0 < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], x1))
        else:
            columns.append((x0, x1))
    return columns


def _cells(line: Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * (len(columns) + 1)
    for piece in line.pieces:
        middle = (piece.x0 + piece.x1) / 2
        under = [n for n, (x0, x1) in enumerate(columns, 1) if piece.x0 < x1 and piece.x1 > x0]
        place = min(under, key=lambda n: abs(sum(columns[n - 1]) / 2 - middle)) if under else 0
        if cells[place]:  # the columns do not explain this line
            return [piece.text for piece in line.pieces]
        cells[place] = piece.text
    return cells
