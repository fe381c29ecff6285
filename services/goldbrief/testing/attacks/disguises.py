"""Ways of writing a text so that people do not see it, or programs do not find it."""

from __future__ import annotations

from collections.abc import Callable

_CYRILLIC = str.maketrans("aceiopsxyABCEHIKMOPTX", "асеіорѕхуАВСЕНІКМОРТХ")
_GREEK = str.maketrans("aoviuABEHIKMNOPTXYZ", "αονιυΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
_TAGS = 0xE0000
_SELECTORS, _MORE_SELECTORS = 0xFE00, 0xE0100
_BOLD_CAPITAL, _BOLD_SMALL = 0x1D400, 0x1D41A


def zero_width(text: str) -> str:
    """A zero-width space behind each letter."""
    return "\u200b".join(text)


def soft_hyphens(text: str) -> str:
    """A soft hyphen behind each letter."""
    return "\u00ad".join(text)


def word_joiners(text: str) -> str:
    """A word joiner behind each letter."""
    return "\u2060".join(text)


def reversed_(text: str) -> str:
    """Backwards, and shown forwards by an override of direction."""
    return f"\u202e{text[::-1]}\u202c"


def variation_selectors(text: str) -> str:
    """A variation selector behind each letter."""
    return "".join(f"{char}\ufe0e" for char in text)


def tags(text: str) -> str:
    """Tag characters, which nobody sees and tokenizers keep."""
    return "".join(chr(_TAGS + ord(char)) for char in text if ord(char) < 0x80)


def selector_bytes(text: str) -> str:
    """The bytes of a text as variation selectors behind one letter (Butler 2025)."""
    codes = (
        _SELECTORS + byte if byte < 16 else _MORE_SELECTORS + byte - 16 for byte in text.encode()
    )
    return "a" + "".join(map(chr, codes))


def cyrillic(text: str) -> str:
    """Cyrillic letters of the same look."""
    return text.translate(_CYRILLIC)


def greek(text: str) -> str:
    """Greek letters of nearly the same look."""
    return text.translate(_GREEK)


def fullwidth(text: str) -> str:
    """Letters and signs of double width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def bold(text: str) -> str:
    """Bold letters of mathematics."""
    return "".join(map(_bold, text))


def _bold(char: str) -> str:
    if not (char.isascii() and char.isalpha()):
        return char
    start, first = (_BOLD_CAPITAL, "A") if char.isupper() else (_BOLD_SMALL, "a")
    return chr(start + ord(char) - ord(first))


def combining(text: str) -> str:
    """A ring below each letter."""
    return "".join(f"{char}\u0325" if char.isalpha() else char for char in text)


DISGUISES: dict[str, Callable[[str], str]] = {
    "": str,
    "reversed": reversed_,
    **{
        one.__name__: one
        for one in (
            zero_width, soft_hyphens, word_joiners, variation_selectors, tags, selector_bytes,
            cyrillic, greek, fullwidth, bold, combining,
        )
    },
}  # fmt: skip
"""By their name in attacks.yaml."""
