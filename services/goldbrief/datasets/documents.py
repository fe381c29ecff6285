"""What reading a file yields: documents, and refusals that say why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from goldbrief.text.normalization import normalize

_MAX_LABEL_CHARS = 200
"""Longest title or company that is kept; longer ones are extraction errors."""
_SEPARATORS = re.compile(r"[\s_.\-]+")
_NOT_A_NAME = re.compile(r"\d{1,4}|[qh][1-4]|fy\d*|10[kq]", re.IGNORECASE)
"""Ordinals, years and periods, which file names often begin with."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text as extracted, before it is normalised and judged fit."""

    name: str
    """File name, with `:line` for a row of a JSONL file."""
    text: str
    title: str = ""
    company: str = ""
    source: str = ""
    date: str = ""
    """ISO date; empty when unknown."""
    uri: str = ""
    """Address given with the text; empty when there is none."""
    size: int = 0
    """Bytes of a row; 0 where the document is a whole file."""
    licence: str = ""
    """What the file says of its licence; empty when it says nothing."""
    hidden_words: int = 0
    """Words left out because nobody who opens the file sees them."""
    boilerplate_words: int = 0
    """Words left out because they repeat on every page."""
    notes: tuple[str, ...] = ()
    """What was repaired or guessed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file or row that does not become an article."""

    name: str
    reason: str


def clean_label(value: object) -> str:
    """Make a title, company or source of a scalar: one line of visible characters."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(normalize(str(value)).text.split())[:_MAX_LABEL_CHARS]


def iso_date(value: object) -> str:
    """Return the ISO date that `value` is or starts with; empty when there is none."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value).strip()[:10]).isoformat()
    except ValueError:
        return ""


def leading_name(identifier: str) -> str:
    """Guess the company from a file stem or row id: its first token that can be a name.

    Ordinals, years and periods are skipped: `07-vessarin-annual` gives `vessarin`,
    `1000298_10K_2019` gives `1000298`. Splits are disjoint by company, so a guess that
    joins too much is safer than none.

    Args:
        identifier: File name without its suffix, or the id of a JSONL row.

    Returns:
        The token; empty when all of them are ordinals, years or periods.
    """
    tokens = (token for token in _SEPARATORS.split(identifier) if token)
    return next((token for token in tokens if not _NOT_A_NAME.fullmatch(token)), "")


def guess_company(identifier: str, origin: str) -> tuple[str, tuple[str, ...]]:
    """Guess the company, and note that it is a guess.

    Args:
        identifier: See `leading_name`.
        origin: Where the identifier comes from, for the note.

    Returns:
        Company and notes; both empty when nothing can be guessed.
    """
    company = clean_label(leading_name(identifier))
    return company, ((f"company {company!r} guessed from the {origin}",) if company else ())
