"""Keys of the objects that more than one service names."""

from __future__ import annotations


def upload_key(sha256: str) -> str:
    """Key of an uploaded file, by the hash of its bytes."""
    return f"uploads/{sha256}"


def article_key(sha256: str) -> str:
    """Key of a normalized article, by the hash of its text; its labels are the latest import's."""
    return f"articles/{sha256}.json"


def live_text_prefix(article_sha256: str = "") -> str:
    """Prefix of the texts that are kept of live summaries: all, or those of an article."""
    return f"live/texts/{article_sha256}/" if article_sha256 else "live/texts/"
