"""Documents to articles: cleaned, judged fit, stored under the hash of their text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from goldbrief.core.documents import Article, Record
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.plans import ImportPolicy
from goldbrief.datasets.cleaning import clean, note_boilerplate, require_words
from goldbrief.datasets.documents import Document, Refusal
from goldbrief.text.boilerplate import drop_passages
from goldbrief.text.normalization import normalize


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
    size: int = 0
    """Bytes of the file, or of the text of a row."""
    source: str = ""
    """Where it came from: file name, web address, or `s3://bucket/key`."""
    upload: str = ""
    """Hash of the bytes that it was read from; empty in records of before it was kept."""
    licence: str = ""
    language: str = ""
    """ISO 639 code; empty when it is not known."""
    findings: dict[str, int] = Field(default_factory=dict)
    """How many were found of: `hidden_characters`, `hidden_words`, `boilerplate_words`, `email`,
    `phone`, `iban`, `card`, `ssn`, `instructions`. What is not there is left out."""


def encode(article: Article) -> bytes:
    """An article as it is stored."""
    return article.model_dump_json().encode()


def admit(found: Document | Refusal, policy: ImportPolicy) -> tuple[ImportedFile, Article | None]:
    """Decide on what a file yielded.

    Args:
        found: A document or refusal.
        policy: What is removed, masked or refused.

    Returns:
        Its fate, and the article unless it was rejected.
    """
    if isinstance(found, Refusal):
        return rejected(found.name, found.reason), None
    cleaned = clean(found, policy)
    file = ImportedFile(
        name=found.name,
        fate="KEPT",
        reason=_told("; ".join(cleaned.notes)),
        size=found.size,
        source=found.uri,
        licence=found.licence or policy.licence,
        language=cleaned.language,
        findings=cleaned.findings,
    )
    if cleaned.refusal:
        return refuse(file, cleaned.refusal), None
    article = Article(
        sha256=sha256_text(cleaned.text),
        title=found.title,
        company=found.company,
        source=found.source,
        date=found.date,
        uri=found.uri or found.name,
        licence=file.licence,
        text=cleaned.text,
    )
    kept = {"article_sha256": article.sha256, "words": cleaned.words}
    return file.model_copy(update=kept), article


def without_passages(
    file: ImportedFile, article: Article, passages: set[str]
) -> tuple[ImportedFile, Article | None]:
    """Drop passages that many articles share, and decide on the article again.

    Args:
        file: Its fate so far.
        article: The article.
        passages: Their keys, from `text.boilerplate`.

    Returns:
        Its fate now, and the article unless nothing worth a summary is left.
    """
    left = drop_passages(article.text, passages)
    if not left.words:
        return file, article
    try:
        count = require_words(left.text)
    except InvalidInputError as refusal:
        reason = f"without passages that many articles share, {refusal.message}"
        return refuse(file, reason), None
    findings, notes = dict(file.findings), [file.reason] if file.reason else []
    note_boilerplate(findings, notes, left.words)
    sha256 = sha256_text(left.text)
    changes = {"article_sha256": sha256, "words": count, "findings": findings,
               "reason": "; ".join(notes)}  # fmt: skip
    return (
        file.model_copy(update=changes),
        article.model_copy(update={"sha256": sha256, "text": left.text}),
    )


def rejected(name: str, reason: str) -> ImportedFile:
    """The fate of a file or row of which nothing is known but why it is no article."""
    return refuse(ImportedFile(name=name, fate="REJECTED"), reason)


def refuse(file: ImportedFile, reason: str) -> ImportedFile:
    """The file's fate as rejected; what was found in it stays."""
    changes = {"fate": "REJECTED", "reason": _told(reason), "article_sha256": "", "words": 0}
    return file.model_copy(update=changes)


def _told(reason: str) -> str:
    # reasons quote files, and no database stores every character that files hold
    return " ".join(normalize(reason).text.split())
