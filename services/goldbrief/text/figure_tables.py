"""Reads the figures of table rows with their row label, column header, scale and unit.

Rows may have pipes, tabs, columns of spaces, or nothing but a label and its numbers, as PDF and
HTML leave them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from goldbrief.text.figure_mentions import Mention, word_stems
from goldbrief.text.figure_scales import Scale, declared_scale
from goldbrief.text.figure_units import EXACT_UNITS
from goldbrief.text.figures import Figure, extract_figures, has_decimal_commas

_LABEL_WORDS = 12
"""Longest label of a row without marked cells."""
_MOST_HEADERS = 3
_NUMBER = re.compile(r"(?<![\w.,])[($€£-]{0,3}\d[\d,.]*[)%x]*(?!\w)")
_CELL_GAP = re.compile(r"\s*\|\s*|\t+|\s{2,}")
_RULE = re.compile(r"[|\s:+=_-]*")
_LOSS = re.compile(r"\((\d{1,2})\)(?=\s*(?:\||\t|\s{2}|$))")
"""A small negative number, which would else be read as a footnote's."""
_UNSCALED = re.compile(
    r"\bper\b|\bEPS\b|\bDPS\b|/\s?share|\bratio|\bmargin|\brate\b|%|\bemployees|\bheadcount|\bstaff\b"
    r"|\bcustomers|\bsubscribers|\bstores\b|\bshops\b|\bvolume|\bunits\b|\bnumber\b",
    re.IGNORECASE,
)
"""Rows that a table's scale is not for."""
_SPAN_ROW = re.compile(r"\b(days|weeks|months|hours)\b", re.IGNORECASE)
"""Rows that may be of spans of time, such as `Inventory days`."""
_PERCENT_ROW = re.compile(r"\((?:in )?%\)|%\W*$", re.IGNORECASE)
_LAST_CELL = re.compile(r"[(|\[,]\s*(?:in\s)?(?P<unit>[^()|\[\],\d]{1,30}?)[\s)\]|]*$")
"""The unit of a row, if it has one: at the end of its label, or in a cell of its own."""
_PER = re.compile(r"\s?/|\sper\b")
_FEW = 1000
"""Below it a number may be a count or a ratio in a table that is in millions."""
_COINS = {"c": "cents"}
_CHANGE = re.compile(r"change|variance|growth|increase|decrease|%|[+±]/?-", re.IGNORECASE)
_HEAD_WORDS = re.compile(r"\b(?:19|20)\d\d\b|%(?: change)?|\bchange\b|\bvariance\b", re.IGNORECASE)
_CAPTION_NEARNESS = 0.3
"""How much the words above a table tell of its rows' subjects."""


def is_table_row(line: str) -> bool:
    """Whether a line that is no sentence has cells, and is no heading with a figure in it."""
    if "|" in line or "\t" in line or re.search(r"\S\s{3,}\S", line):
        return True
    numbers = len(_NUMBER.findall(line))
    words = len(line.split()) - numbers
    ends_in_number = numbers == 1 and line[-1] in "0123456789)%"
    return words <= _LABEL_WORDS and (numbers > 1 or ends_in_number)


def table_mentions(
    text: str, rows: Sequence[tuple[int, int]], caption: str, scale: Scale | None
) -> Iterator[Mention]:
    """Attribute the figures of neighboring rows.

    Args:
        text: The whole text.
        rows: Start and end of each row, in order.
        caption: What stands right before them.
        scale: The scale that the text declares somewhere, if any: a table without one of its
            own may or may not be in it, so its figures are read both ways.

    Yields:
        A mention of each figure; those of headers and labels are read as they are written.
    """
    headers: list[str] = []
    in_head = True
    commas = has_decimal_commas(text)
    own = declared_scale(caption)
    about = dict.fromkeys(word_stems(caption), _CAPTION_NEARNESS)
    for start, end in rows:
        row = _LOSS.sub(r"-\1 ", text[start:end])
        found = extract_figures(row, decimal_commas=commas, tentative=True)
        figures = [one for one in found if not one.is_tentative]
        is_header = not any(_is_cell(figure) for figure in figures)
        if is_header:
            own = declared_scale(row) or own
        if is_header and not _RULE.fullmatch(row):
            headers = [*headers[1 - _MOST_HEADERS :], row] if in_head else [row]
        in_head = is_header
        label = row if is_header else _label(row, figures)
        head = row[: next((one.start for one in figures if one.start >= len(label)), None)]
        words = dict.fromkeys(word_stems(label), 1.0)
        for one in found:
            if one.is_tentative:
                stems = dict.fromkeys(word_stems(row), 1.0)
                yield Mention(_moved(one, start), start, end, stems, about)
        columns = _columns(row, figures, headers, caption)
        for figure, column in zip(figures, columns, strict=True):
            in_label = not _is_cell(figure) or figure.start < len(label)
            readings = [figure] if in_label else _in_scale(figure, head, column, own, scale)
            for read in readings:
                yield Mention(
                    figure=_moved(read, start),
                    start=start,
                    end=end,
                    words=words,
                    before=about,
                    years=_years(column),
                    direction=_sign(figure) if _CHANGE.search(column) else 0,
                )


def _moved(figure: Figure, by: int) -> Figure:
    return replace(figure, start=by + figure.start, end=by + figure.end)


def _is_cell(figure: Figure) -> bool:
    return figure.unit not in EXACT_UNITS


def _label(row: str, figures: Sequence[Figure]) -> str:
    """What stands before the first number; in a row with cells, the first cell that has words."""
    for cell in _CELL_GAP.split(row):
        if re.search(r"[A-Za-z]{2,}", cell) and _CELL_GAP.search(row):
            return row[: row.index(cell) + len(cell)]
    return row[: next(figure.start for figure in figures if _is_cell(figure))]


def _columns(
    row: str, figures: Sequence[Figure], headers: Sequence[str], caption: str
) -> list[str]:
    """The header over each figure; empty where none is known."""
    if "|" in row:
        heads = [header.split("|") for header in headers if "|" in header]
        bars = [match.start() for match in re.finditer(r"\|", row)]
        places = [bisect_left(bars, figure.start) for figure in figures]
        return [
            " ".join(cells[place].strip() for cells in heads if place < len(cells))
            for place in places
        ]
    lines = [*headers, *caption.split("\n")[-1:]]
    heads = [cells for cells in map(_header_cells, lines) if cells]
    count = sum(map(_is_cell, figures))
    matching = next((cells for cells in reversed(heads) if len(cells) == count), None)
    if matching is None:
        return [""] * len(figures)
    cells = iter(matching)
    return [next(cells) if _is_cell(figure) else "" for figure in figures]


def _header_cells(line: str) -> list[str]:
    """The columns that a header without pipes names: cells, or else its years and changes."""
    cells = [cell for cell in re.split(r"\t+|\s{2,}", line.strip()) if cell]
    if len(cells) > 1:
        return cells if not re.search(r"[a-z]", cells[0]) or len(cells) < 3 else cells[1:]
    return _HEAD_WORDS.findall(line)


@lru_cache(maxsize=1 << 10)
def _years(column: str) -> frozenset[int]:
    figures = extract_figures(column)
    return frozenset(int(figure.value) for figure in figures if figure.unit == "year")


def _sign(figure: Figure) -> int:
    return (figure.value > 0) - (figure.value < 0)


def _in_scale(
    figure: Figure, label: str, column: str, own: Scale | None, document: Scale | None
) -> Iterator[Figure]:
    """The figure in the unit of its row or the scale of its table; all ways if not certain."""
    if figure.unit == "count" and ("%" in column or _PERCENT_ROW.search(label)):
        yield replace(figure, unit="percent")
        return
    one = _unit(label) or _unit(column)
    if figure.unit == "count" and figure.scale == 1 and one:
        value, precision = figure.value * one.value, figure.precision * one.value
        yield replace(figure, unit=one.unit, value=value, precision=precision, scale=one.scale)
        yield figure
        return
    span = _SPAN_ROW.search(label)
    if figure.unit == "count" and span:
        yield replace(figure, unit=span[1].lower())
    own = declared_scale(label) or declared_scale(column) or own
    scale = own or document
    is_plain = figure.scale == 1 and (figure.unit == "count" or figure.unit.startswith("money"))
    if scale is None or not is_plain:
        yield figure
        return
    money = replace(figure, unit=scale.money if figure.unit == "count" else figure.unit)
    if _UNSCALED.search(label):
        yield from (figure, money)
        return
    if own is None or span:
        yield figure
    if not span and figure.unit == "count" and figure.value < _FEW:
        yield figure
    value, precision = figure.value * scale.factor, figure.precision * scale.factor
    yield replace(money, value=value, precision=precision, scale=scale.factor)


@lru_cache(maxsize=1 << 10)
def _unit(label: str) -> Figure | None:
    """One of what the numbers are in, as a label such as `Earnings per share (p)` says."""
    last = _LAST_CELL.search(label)
    if last is None:
        return None
    unit = _PER.split(last["unit"])[0]
    unit = _COINS.get(unit.lower(), unit)
    for form in (f"1{unit}", f"1 {unit}", f"{unit}1"):
        for one in extract_figures(form, tentative=True):
            if one.text == form and _is_cell(one):
                return replace(one, is_tentative=False)
    return None
