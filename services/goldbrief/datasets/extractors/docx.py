"""Text of a Word document: headings, lists, tables as rows, without hidden or deleted text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import docx
from docx.document import Document

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.extractors.found import Found
from goldbrief.datasets.extractors.tables import is_number, render_rows

_MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that the archive may hold unpacked; text and pictures of a long report are a part of it."""
_OLE = b"\xd0\xcf\x11\xe0"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_NOT_SHOWN = {f"{_WORD}del", f"{_WORD}moveFrom", f"{_COMPATIBILITY}Fallback"}
"""Deleted text, and the second copy of what older programs cannot show."""
_BREAKS = {
    f"{_WORD}tab": "\t",
    f"{_WORD}br": "\n",
    f"{_WORD}cr": "\n",
    f"{_WORD}noBreakHyphen": "-",
}
_WIDEST_CELL = 50
"""Columns that a cell may go over; wider ones come from damage."""
_SMALLEST_HALF_POINTS = 4
"""Size below which nobody reads text."""


def read_docx(data: bytes) -> Found:
    """Read the body of a Word document; headers, footers and comments are not part of it.

    Args:
        data: The file.

    Returns:
        Text and title.

    Raises:
        InvalidInputError: It is damaged, encrypted, a bomb, or has no text.
    """
    if data.startswith(_OLE):
        raise InvalidInputError("it is encrypted or in the old .doc format; save it as plain .docx")
    document = _opened(data)
    body = _Body(document)
    text = "\n".join(body.lines())
    if not text.strip():
        raise InvalidInputError("the document has no text")
    title = document.core_properties.title or ""
    return Found(text, title=title, hidden_words=body.hidden_words)


def _opened(data: bytes) -> Document:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED:
                raise InvalidInputError(f"it unpacks to over {_MAX_UNPACKED >> 20} MiB")
        return docx.Document(BytesIO(data))
    except (InvalidInputError, MemoryError, RecursionError):
        raise
    except Exception as error:  # a damaged file makes the library raise nearly anything
        raise InvalidInputError(f"it is damaged: {type(error).__name__}: {error}") from error


class _Body:
    """Writes out a document's body; counts what it leaves out."""

    def __init__(self, document: Document) -> None:
        self._root: Any = document.element.body
        # by id; a style may be named in any language, its id is English
        self._styles = {style.style_id: style.name or "" for style in document.styles}
        self.hidden_words = 0

    def lines(self) -> Iterator[str]:
        yield from self._blocks(self._root)

    def _blocks(self, parent: Any) -> Iterator[str]:
        for element in parent:
            if element.tag in _NOT_SHOWN:
                continue
            if element.tag == f"{_WORD}p":
                yield from (self._paragraph(element), "")
                for box in element.iter(f"{_WORD}txbxContent"):
                    if not _within(box, _NOT_SHOWN):
                        yield from self._blocks(box)
            elif element.tag == f"{_WORD}tbl":
                yield from (*render_rows(list(self._rows(element))), "")
            elif element.tag != f"{_WORD}sectPr":  # content controls and the like
                yield from self._blocks(element)

    def _paragraph(self, element: Any) -> str:
        text = _row("".join(self._pieces(element)).strip())
        properties = element.find(f"{_WORD}pPr")
        if properties is None or not text:
            return text
        style = properties.find(f"{_WORD}pStyle")
        name = "" if style is None else self._styles.get(style.get(f"{_WORD}val"), "")
        if name.lower().startswith("heading"):
            level = name.split()[-1]
            return f"{'#' * min(int(level), 6) if level.isdecimal() else '#'} {text}"
        if name == "Title":
            return f"# {text}"
        is_item = properties.find(f"{_WORD}numPr") is not None or name.startswith("List")
        return f"- {text}" if is_item else text

    def _pieces(self, element: Any) -> Iterator[str]:
        for child in element:
            if child.tag in _NOT_SHOWN or child.tag == f"{_WORD}txbxContent":
                continue
            if child.tag == f"{_WORD}r" and _is_hidden(child):
                self.hidden_words += len("".join(self._texts(child)).split())
            elif child.tag == f"{_WORD}t":
                yield child.text or ""
            elif child.tag in _BREAKS:
                yield _BREAKS[child.tag]
            else:
                yield from self._pieces(child)

    def _texts(self, run: Any) -> Iterator[str]:
        yield from (text.text or "" for text in run.iter(f"{_WORD}t"))

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for row in _children(table, f"{_WORD}tr"):
            cells: list[str] = []
            for cell in _children(row, f"{_WORD}tc"):
                span = cell.find(f"{_WORD}tcPr/{_WORD}gridSpan")
                width = 1 if span is None else min(int(span.get(f"{_WORD}val")), _WIDEST_CELL)
                cells += [" ".join(" ".join(self._blocks(cell)).split()), *[""] * (width - 1)]
            yield cells


def _row(line: str) -> str:
    """A line whose figures stand at tab stops, as a row of a table; any other as it is."""
    cells = line.split("\t")
    return "\n".join(render_rows([cells])) if any(map(is_number, cells[1:])) else line


def _children(parent: Any, tag: str) -> Iterator[Any]:
    """Children of that tag, and those that stand in content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (f"{_WORD}sdt", f"{_WORD}sdtContent"):
            yield from _children(child, tag)


def _is_hidden(run: Any) -> bool:
    """Whether a run is marked hidden, white on white, or too small to be seen."""
    properties = run.find(f"{_WORD}rPr")
    if properties is None:
        return False
    vanish = properties.find(f"{_WORD}vanish")
    if vanish is not None and vanish.get(f"{_WORD}val") not in ("0", "false"):
        return True
    size = properties.find(f"{_WORD}sz")
    if size is not None and int(size.get(f"{_WORD}val")) < _SMALLEST_HALF_POINTS:
        return True
    colour = properties.find(f"{_WORD}color")
    if colour is None or colour.get(f"{_WORD}val", "").upper() != "FFFFFF":
        return False
    shaded = {f"{_WORD}shd", f"{_WORD}highlight"}
    return not any(part.find(f".//{tag}") is not None
                   for part in (properties, *_frames(run)) for tag in shaded)  # fmt: skip


def _frames(run: Any) -> Iterator[Any]:
    """Properties of the paragraph and cells around a run, which may colour its ground."""
    for parent in run.iterancestors():
        for tag in ("pPr", "tcPr", "tblPr"):
            found = parent.find(f"{_WORD}{tag}")
            if found is not None:
                yield found


def _within(element: Any, tags: set[str]) -> bool:
    return any(parent.tag in tags for parent in element.iterancestors())
