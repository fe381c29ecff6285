"""Files to documents, by type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.decoding import decode_html, decode_text
from goldbrief.datasets.documents import (
    Document,
    Refusal,
    clean_label,
    guess_company,
    iso_date,
)
from goldbrief.datasets.extraction import Kind, extract
from goldbrief.datasets.extractors.pages import drop_frames
from goldbrief.datasets.markdown import read_markdown
from goldbrief.datasets.rows import read_rows

SUPPORTED = ".md, .markdown, .txt, .html, .htm, .pdf, .docx, .jsonl, .jsonl.gz"


def read_documents(name: str, data: bytes, suffix: str = "") -> Iterator[Document | Refusal]:
    """Read a file by the type that its name tells.

    Without a company, the first part of the file's name stands for it; see
    `documents.leading_name`.

    Args:
        name: File name, as the user knows it.
        data: Its bytes.
        suffix: Of a file of its type, such as `.html`, where the name does not tell.

    Yields:
        One document or refusal; for JSONL one a row.
    """
    lower = suffix or name.lower()
    if not data.strip():
        yield Refusal(name, "it is empty")
    elif lower.endswith((".jsonl", ".jsonl.gz")):
        yield from _rows(name, data, lower.endswith(".gz"))
    else:
        try:
            yield _with_company(_read_file(name, data, suffix or PurePosixPath(lower).suffix))
        except InvalidInputError as error:
            yield Refusal(name, error.message)


def _rows(name: str, data: bytes, compressed: bool) -> Iterator[Document | Refusal]:
    empty = True
    for found in read_rows(name, data, compressed=compressed):
        empty = False
        yield found
    if empty:
        yield Refusal(name, "it has no rows")


def _read_file(name: str, data: bytes, suffix: str) -> Document:
    match suffix:
        case ".md" | ".markdown":
            return read_markdown(name, decode_text(data))
        case ".txt":
            return _paged(name, decode_text(data))
        case ".html" | ".htm":
            # a lone surrogate cannot be encoded again; it stands for damage anyway
            return _extracted(name, "html", decode_html(data).encode("utf-8", "replace"))
        case ".pdf" | ".docx":
            return _extracted(name, "pdf" if suffix == ".pdf" else "docx", data)
        case _:
            kind = suffix or "a file without suffix"
            raise InvalidInputError(f"{kind} is not a supported type; supported: {SUPPORTED}")


def _paged(name: str, text: str) -> Document:
    """A text file; form feeds in it end pages, as tools write that print PDFs as text."""
    if "\f" not in text:
        return Document(name, text)
    pages, dropped = drop_frames([page.split("\n") for page in text.split("\f")])
    joined = "\n\n".join("\n".join(page) for page in pages)
    return Document(name, joined, boilerplate_words=dropped)


def _extracted(name: str, kind: Kind, data: bytes) -> Document:
    found = extract(kind, data)
    return Document(
        name,
        found.text,
        title=clean_label(found.title),
        source=clean_label(found.source),
        date=iso_date(found.date),
        licence=clean_label(found.licence),
        hidden_words=found.hidden_words,
        boilerplate_words=found.boilerplate_words,
    )


def _with_company(document: Document) -> Document:
    if document.company:
        return document
    company, notes = guess_company(PurePosixPath(document.name).stem, "file's name")
    return replace(document, company=company, notes=(*document.notes, *notes))
