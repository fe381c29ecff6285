"""Text of a PDF by PDFium: columns one after the other, tables as rows, no running heads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.extractors.found import Found
from goldbrief.datasets.extractors.page_lines import find_lines, write_lines
from goldbrief.datasets.extractors.page_words import read_words
from goldbrief.datasets.extractors.pages import frames

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BROKEN_NUMBER = re.compile(r"\d-$")
_BROKEN = re.compile(rf"({_WORD.pattern})-$")


def read_pdf(data: bytes) -> Found:
    """Read the text of all pages.

    Args:
        data: The PDF.

    Returns:
        Text and title.

    Raises:
        InvalidInputError: It is encrypted, damaged, or has no text.
    """
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise InvalidInputError("it is encrypted; save it without a password") from None
        raise InvalidInputError(f"it is damaged: {error}") from error
    pages, hidden = [], 0
    for page in document:
        words, unseen = read_words(page)
        pages.append(find_lines(words))
        hidden += unseen
        page.close()
    if not any(pages):
        raise InvalidInputError(
            "its pages have no text, perhaps they are scans; recognise them first"
        )
    written, dropped = [], 0
    for page, frame in zip(
        pages, frames([[line.text for line in page] for page in pages]), strict=True
    ):
        written.append(write_lines([line for n, line in enumerate(page) if n not in frame]))
        dropped += sum(len(page[n].text.split()) for n in frame)
    return Found(
        _joined(written),
        title=str(document.get_metadata_value("Title") or ""),
        hidden_words=hidden,
        boilerplate_words=dropped,
    )


def _joined(pages: Sequence[Sequence[str]]) -> str:
    """One text of all pages; a sentence or word that goes over a page's end goes on."""
    lines: list[str] = []
    for page in pages:
        if lines and page and not page[0][:1].islower():
            lines.append("")
        lines += page
    return _without_breaks(lines)


def _without_breaks(lines: list[str]) -> str:
    """Put words together that the end of a line broke.

    A hyphen stays where the document also writes the word with it, as in `year-end`.
    """
    known = Counter(_WORD.findall("\n".join(lines).lower()))
    out: list[str] = []
    for line in lines:
        match = _BROKEN.search(out[-1]) if out else None
        rest = _WORD.match(line)
        if match is None or rest is None or not rest[0][0].islower():
            is_date = out and _BROKEN_NUMBER.search(out[-1]) and line[:1].isdigit()
            out += _moved(out, line) if is_date else [line]
            continue
        whole, hyphened = (match[1] + glue + rest[0] for glue in ("", "-"))
        halves = (known[part.lower()] for part in (match[1], rest[0]))
        keeps = (
            "-" in match[1] + rest[0]
            or known[hyphened.lower()] > known[whole.lower()]
            # each half is a word that stands elsewhere too, as in `risk-models`
            or (not known[whole.lower()] and min(halves) > 1)
        )
        if not keeps:
            out[-1] = out[-1][:-1]
        out += _moved(out, line)
    return "\n".join(out)


def _moved(out: list[str], line: str) -> list[str]:
    """Move the first word of a line to the end of the last one; returns what is left."""
    word, _, rest = line.partition(" ")
    out[-1] += word
    return [rest] if rest else []
