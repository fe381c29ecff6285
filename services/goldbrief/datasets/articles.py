"""Documents to articles: normalised, judged fit, stored under the hash of their text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from goldbrief.core.documents import Article, Record
from goldbrief.core.hashing import sha256_text
from goldbrief.datasets.documents import Document, Refusal
from goldbrief.text.normalization import NormalizedText, normalize
from goldbrief.text.sentences import words

MIN_WORDS = 80
"""Fewest words worth a summary; style goldens themselves have about 150."""
MAX_TEXT_BYTES = 1024 * 1024
"""Longest article; longer ones are refused everywhere."""


class ImportedFile(Record):
    """What became of one file, or of one row of a JSONL file."""

    name: str
    """File name, with `:line` for a row."""
    fate: Literal["KEPT", "REJECTED"]
    reason: str = ""
    """Why it was rejected, or what was repaired or guessed."""
    article_sha256: str = ""
    words: int = 0
    """Words of the text that was kept."""


def encode(article: Article) -> bytes:
    """An article as it is stored."""
    return article.model_dump_json().encode()


def admit(found: Document | Refusal) -> tuple[ImportedFile, Article | None]:
    """Decide on what a file yielded.

    Args:
        found: A document or refusal.

    Returns:
        Its fate, and the article unless it was rejected.
    """
    if isinstance(found, Refusal):
        return rejected(found.name, found.reason), None
    clean = normalize(found.text)
    count = len(words(clean.text))
    if count < MIN_WORDS:
        return rejected(found.name, f"it is shorter than {MIN_WORDS} words (it has {count})"), None
    size = len(clean.text.encode())
    if size > MAX_TEXT_BYTES:
        reason = f"its text has {size / 2**20:.1f} MiB, more than {MAX_TEXT_BYTES >> 20}"
        return rejected(found.name, reason), None
    article = Article(
        sha256=sha256_text(clean.text),
        title=found.title,
        company=found.company,
        source=found.source,
        date=found.date,
        uri=found.uri or found.name,
        text=clean.text,
    )
    kept = ImportedFile(
        name=found.name,
        fate="KEPT",
        reason="; ".join([*found.notes, *_repairs(clean)]),
        article_sha256=article.sha256,
        words=count,
    )
    return kept, article


def rejected(name: str, reason: str) -> ImportedFile:
    """The fate of a file or row that does not become an article."""
    # reasons quote files, and no database stores every character that files hold
    visible = " ".join(normalize(reason).text.split())
    return ImportedFile(name=name, fate="REJECTED", reason=visible)


def _repairs(clean: NormalizedText) -> Iterator[str]:
    if clean.removed_hidden:
        yield f"removed {clean.removed_hidden} hidden characters"
    if clean.repaired:
        yield f"repaired {', '.join(clean.repaired)}"
