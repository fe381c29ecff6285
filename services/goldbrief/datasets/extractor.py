"""Extracts text from PDF and HTML in a process of its own, within limits.

Run as `python -m goldbrief.datasets.extractor pdf|html`: bytes on standard input,
one JSON object on standard output, with `text` and metadata or with `refused`.
Parsers of hostile files may hang, crash or eat memory; here that costs one file.
"""

from __future__ import annotations

import json
import resource
import sys
from io import BytesIO

from goldbrief.core.errors import InvalidInputError

MEMORY_BYTES = 1024**3
"""Address space; the parsers themselves need about a quarter of it."""
CPU_S = 60
"""Processor time; a 500-page report takes about ten seconds."""


def main() -> int:
    """Extract standard input; returns the exit code, 0 also for a refusal."""
    _limit()
    data = sys.stdin.buffer.read()
    try:
        found = extract_pdf(data) if sys.argv[1] == "pdf" else extract_html(data)
    except InvalidInputError as refusal:
        found = {"refused": refusal.message}
    except MemoryError:
        found = {"refused": f"reading it takes over {MEMORY_BYTES >> 20} MiB of memory"}
    except RecursionError:
        found = {"refused": "it is nested too deeply"}
    sys.stdout.write(json.dumps(found))
    return 0


def extract_pdf(data: bytes) -> dict[str, str]:
    """Read the text of all pages.

    Args:
        data: The PDF.

    Returns:
        Text and title.

    Raises:
        InvalidInputError: It is encrypted, damaged, or has no text.
    """
    import pypdf  # noqa: PLC0415 - only this branch needs it, and start-up is paid per file

    try:
        reader = pypdf.PdfReader(BytesIO(data))
        # many PDFs are encrypted with an empty password, only to forbid changes
        if reader.is_encrypted and not reader.decrypt(""):
            raise InvalidInputError("it is encrypted; save it without a password")
        pages = [page.extract_text() for page in reader.pages]
        title = (reader.metadata.title if reader.metadata else None) or ""
    except pypdf.errors.DependencyError:
        raise InvalidInputError("it is encrypted; save it without a password") from None
    except (InvalidInputError, MemoryError, RecursionError):
        raise
    except Exception as error:  # a damaged PDF makes pypdf raise nearly anything
        raise InvalidInputError(f"it is damaged: {type(error).__name__}: {error}") from error
    text = "\n\n".join(pages)
    if not text.strip():
        raise InvalidInputError(
            "its pages have no text, perhaps they are scans; recognise them first"
        )
    return {"text": text, "title": str(title)}


def extract_html(data: bytes) -> dict[str, str]:
    """Read the main text of a page, without navigation and boilerplate.

    Args:
        data: The page, in UTF-8.

    Returns:
        Text, title, source and date.

    Raises:
        InvalidInputError: It has no main text.
    """
    import trafilatura  # noqa: PLC0415 - only this branch needs it

    html = data.decode()
    if "<html" not in html.lower():  # fragments would pass for pages without text
        html = f"<html><body>{html}</body></html>"
    page = trafilatura.bare_extraction(
        html,
        include_comments=False,
        with_metadata=True,
        # a date found anywhere in the page is more often wrong than one it declares
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if page is None or not (page.text or "").strip():
        raise InvalidInputError("the page has no main text")
    return {
        "text": page.text,
        "title": page.title or "",
        "source": page.sitename or "",
        "date": page.date or "",
    }


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    raise SystemExit(main())
