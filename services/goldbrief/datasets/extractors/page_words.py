"""The words of a PDF page with their places, told apart from those that nobody sees."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as c

_INVISIBLE = 3
"""Text render mode of letters without fill and outline, as of the text behind a scan."""
_SMALLEST_PT = 2.0
"""Size in points below which nobody reads text."""
_WHITE = 250
"""From this value of red, green and blue, of 255, a colour is white."""
_GAP = 0.18
"""Space between two letters, in sizes, from which they belong to two words; a blank has .25."""
_SAME_LINE = 0.35
"""Distance of two baselines, in sizes, up to which letters are in one word."""
_NOTE_MARKS = frozenset("0123456789*†‡§(),")
_MARK_SIZE = 0.85
"""Size of a footnote's mark beside that of its text, at most."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word on an upright page; places in points, from the bottom left."""

    text: str
    x0: float
    x1: float
    y: float
    """Of the baseline."""
    size: float


@dataclass(frozen=True, slots=True)
class _Look:
    """How the letters of one text object look."""

    visible: bool
    invisible_mode: bool
    direction: int | None
    """Quarter turns against the page; None for text that is tilted, such as watermarks."""


def read_words(page: pdfium.PdfPage) -> tuple[list[Word], int]:
    """Read a page.

    Text that runs in another direction than most, as on margins, and watermarks are left out.

    Args:
        page: The page.

    Returns:
        Its visible words as the page holds them, and the number of those that nobody sees:
        white on white, too small, outside the page, or invisible. An invisible layer that
        is all of a page's text is that of a scan and is kept.
    """
    text = page.get_textpage()
    letters = list(_letters(page, text))
    text.close()
    if letters and all(look.invisible_mode for _, look in letters) and _has_picture(page):
        seen = [letter for letter, _ in letters]
        return list(_words(seen)), 0
    directions = Counter(look.direction for _, look in letters if look.direction is not None)
    most = directions.most_common(1)[0][0] if directions else 0
    seen = [_turned(letter, most) for letter, look in letters
            if look.visible and look.direction == most]  # fmt: skip
    hidden = [letter for letter, look in letters if not look.visible]
    return list(_words(seen)), sum(1 for _ in _words(hidden))


class _Letter(NamedTuple):  # a report has a million: cheap to make
    char: str
    x0: float
    y0: float
    x1: float
    y1: float
    x: float
    """Origin, on the baseline."""
    y: float


def _letters(page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> Iterator[tuple[_Letter, _Look]]:
    looks: dict[int | None, _Look] = {}
    grounds = list(_grounds(page))
    box = c.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    left, bottom, right, top = page.get_bbox()
    for index in range(c.FPDFText_CountChars(text)):
        code = c.FPDFText_GetUnicode(text, index)
        drawn = c.FPDFText_GetTextObject(text, index)
        if code in (0, 0xFFFE, 0xFFFF) or not drawn:  # what PDFium adds: blanks, line ends
            continue
        c.FPDFText_GetLooseCharBox(text, index, box)
        c.FPDFText_GetCharOrigin(text, index, x, y)
        letter = _Letter(
            "-" if code == 0x02 else chr(code),  # its sign for a hyphen at a line's end
            box.left, box.bottom, box.right, box.top, x.value, y.value,
        )  # fmt: skip
        address = ctypes.addressof(drawn.contents)
        look = looks.get(address)
        if look is None:
            look = looks[address] = _look(drawn, letter, grounds)
        is_outside = not (left - 1 <= x.value <= right + 1 and bottom - 1 <= y.value <= top + 1)
        if is_outside and look.visible:
            look = _Look(False, look.invisible_mode, look.direction)
        yield letter, look


def _look(drawn: Any, letter: _Letter, grounds: list[tuple[float, float, float, float]]) -> _Look:
    mode = c.FPDFTextObj_GetTextRenderMode(drawn)
    matrix = c.FS_MATRIX()
    c.FPDFPageObj_GetMatrix(drawn, matrix)
    turns = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
    direction = round(turns) % 4 if abs(turns - round(turns)) < 0.02 else None
    size = letter.x1 - letter.x0 if direction in (1, 3) else letter.y1 - letter.y0
    white = _is_white(drawn) and mode in (0, 4) and not any(
        x0 <= letter.x <= x1 and y0 <= letter.y + size / 4 <= y1 for x0, y0, x1, y1 in grounds
    )  # fmt: skip
    invisible = mode == _INVISIBLE
    return _Look(not (invisible or white or size < _SMALLEST_PT), invisible, direction)


def _is_white(drawn: Any) -> bool:
    colours = [ctypes.c_uint() for _ in range(4)]
    if not c.FPDFPageObj_GetFillColor(drawn, *colours):
        return False
    red, green, blue, alpha = (colour.value for colour in colours)
    return min(red, green, blue) >= _WHITE or alpha == 0


def _grounds(page: pdfium.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    """Areas that are painted, on which white text can be read."""
    for found in page.get_objects(max_depth=1):
        if found.type == c.FPDF_PAGEOBJ_TEXT:
            continue
        if found.type == c.FPDF_PAGEOBJ_PATH and _is_white(found.raw):
            continue
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if c.FPDFPageObj_GetBounds(found.raw, left, bottom, right, top):
            yield left.value, bottom.value, right.value, top.value


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(filter=[c.FPDF_PAGEOBJ_IMAGE])), None) is not None


def _turned(letter: _Letter, turns: int) -> _Letter:
    """The letter on the page turned until its text is upright."""
    for _ in range(turns):
        letter = _Letter(
            letter.char, letter.y0, -letter.x1, letter.y1, -letter.x0, letter.y, -letter.x
        )
    return letter


def _words(letters: list[_Letter]) -> Iterator[Word]:
    """Letters next to each other on one line are a word."""
    word: list[_Letter] = []
    last: _Letter | None = None
    for letter in letters:
        if last is not None and _is_note_mark(letter, last):
            continue
        last = letter
        if word and not _continues(word[-1], letter):
            yield from _made(word)
            word = []
        if letter.char.isspace():
            yield from _made(word)
            word = []
        else:
            word.append(letter)
    yield from _made(word)


def _is_note_mark(letter: _Letter, last: _Letter) -> bool:
    """Whether a letter is the raised mark of a footnote; `2015¹` is not the year 20151."""
    size = last.y1 - last.y0
    return (
        letter.char in _NOTE_MARKS
        and letter.y1 - letter.y0 < _MARK_SIZE * size
        and 0.15 * size < letter.y - last.y < size
        and -size < letter.x0 - last.x1 < size
    )


def _continues(last: _Letter, letter: _Letter) -> bool:
    size = max(last.y1 - last.y0, letter.y1 - letter.y0)
    return (
        abs(letter.y - last.y) <= _SAME_LINE * size and -size <= letter.x0 - last.x1 <= _GAP * size
    )


def _made(letters: list[_Letter]) -> Iterator[Word]:
    if letters:
        yield Word(
            "".join(letter.char for letter in letters),
            letters[0].x0, letters[-1].x1, letters[0].y,
            max(letter.y1 - letter.y0 for letter in letters),
        )  # fmt: skip
