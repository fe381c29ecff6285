"""Cleans article text: one Unicode form, visible characters only, no control tokens."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_SPACES = re.compile(r"[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LIGATURES = re.compile(r"[\ufb00-\ufb06]")
# UTF-8 bytes that were decoded as Windows-1252 or Latin-1, e.g. "â€™" for an apostrophe.
_MOJIBAKE = re.compile(
    r"[\u00c2-\u00df][\u0080-\u00bf]"
    r"|\u00e2[\u0080\u0082\u20ac\u201a][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e"
    r"\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039"
    r"\u203a\u20ac\u2122]"
)
# Blank or invisible, though Unicode files them under letters and marks.
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
# Arabic, Syriac and Kaithi signs are format characters, yet readers see them.
_VISIBLE_FORMAT = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn"})
_CONTROL_TOKEN = re.compile(r"[<＜﹤](?=[|｜<＜﹤]|/?[A-Za-z_][\w-]*[>＞﹥])")
_BRACKET_TOKEN = re.compile(
    r"\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|IMG|PREFIX|SUFFIX)\])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """Text as the pipeline stores it, and what was done to the raw text."""

    text: str
    removed_hidden: int
    """Characters dropped because no reader sees them: zero-width, control, tag, bidi, variation."""
    repaired: list[str] = field(default_factory=list)
    """Kinds of damage that were repaired, for the article's record."""


def normalize(raw: str) -> NormalizedText:
    """Bring text into the one form that is hashed and stored.

    Normalizing normalized text changes nothing.

    Args:
        raw: Text as extracted from a file.

    Returns:
        The clean text and what was removed or repaired.
    """
    text = raw
    removed = 0
    repaired: dict[str, None] = {}
    # Removing a hidden character can join the halves of damaged text, so go on until stable.
    while True:
        before = text
        text = _repair(text, repaired)
        hidden = dict.fromkeys(ord(char) for char in set(text) if _is_hidden(char))
        visible = text.translate(hidden) if hidden else text
        removed += len(text) - len(visible)
        text = _tidy_lines(unicodedata.normalize("NFC", visible))
        if text == before:
            return NormalizedText(text, removed, list(repaired))


def strip_special_tokens(text: str) -> str:
    """Break up control tokens and delimiters, so that an article cannot leave its data block.

    A space after the opening character is enough: `<|im_start|>` becomes `< |im_start|>`,
    which no tokenizer reads as a turn marker. No text is lost.
    """
    return _BRACKET_TOKEN.sub("[ ", _CONTROL_TOKEN.sub(r"\g<0> ", text))


def _repair(text: str, repaired: dict[str, None]) -> str:
    for kind, pattern, replace in (
        ("mojibake", _MOJIBAKE, _decode_mojibake),
        ("line ends", _LINE_ENDS, lambda match: "\n"),
        ("unusual spaces", _SPACES, lambda match: " "),
        ("ligatures", _LIGATURES, lambda match: unicodedata.normalize("NFKC", match[0])),
    ):
        changed = pattern.sub(replace, text)
        if changed != text:
            repaired[kind] = None
            text = changed
    return text


def _decode_mojibake(match: re.Match[str]) -> str:
    try:
        return b"".join(_original_byte(char) for char in match[0]).decode()
    except UnicodeError:
        return match[0]


def _original_byte(char: str) -> bytes:
    return bytes([ord(char)]) if ord(char) < 0x100 else char.encode("cp1252")


def _is_hidden(char: str) -> bool:
    if char == "\n" or char in _VISIBLE_FORMAT:
        return False
    return (
        unicodedata.category(char) in _HIDDEN_CATEGORIES
        or char in _INVISIBLE_LETTERS
        or "\ufe00" <= char <= "\ufe0f"
        or "\u180b" <= char <= "\u180f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def _tidy_lines(text: str) -> str:
    lines = (line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
