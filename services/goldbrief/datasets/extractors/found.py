"""What a reader finds in a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """Text and metadata of a file; what is unknown is empty."""

    text: str
    title: str = ""
    source: str = ""
    """Publisher, as the file names it."""
    date: str = ""
    licence: str = ""
    hidden_words: int = 0
    """Words left out because nobody who opens the file sees them."""
    boilerplate_words: int = 0
    """Words left out because they repeat on every page."""
