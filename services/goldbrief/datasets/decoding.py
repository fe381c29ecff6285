"""Bytes to text, without guessing: UTF-8, a byte order mark, or a declared charset."""

from __future__ import annotations

import codecs
import re

from goldbrief.core.errors import InvalidInputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)
_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_META_WINDOW = 4096
"""Bytes in which HTML must declare its charset; the standard says 1,024."""
# What browsers take these labels for (WHATWG Encoding Standard).
_WEB_LABELS = {"iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}


def decode_text(data: bytes) -> str:
    """Decode a text file.

    Args:
        data: Its bytes; UTF-8, or any UTF with a byte order mark.

    Returns:
        The text.

    Raises:
        InvalidInputError: The bytes are binary, or not the encoding; the byte is named.
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise _unreadable(f"it is {kind}, not text")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data, encoding)
    if b"\0" in data:
        offset = data.index(b"\0")
        raise _unreadable(f"it is binary, or UTF-16 without a mark: byte {offset} is zero")
    return _decode(data, "utf-8")


def decode_html(data: bytes) -> str:
    """Decode a web page: like `decode_text`, but a charset that it declares counts too.

    Args:
        data: Its bytes.

    Returns:
        The page.

    Raises:
        InvalidInputError: As for `decode_text`, or the declared charset is unknown.
    """
    declared = _META_CHARSET.search(data[:_META_WINDOW])
    if declared is None or any(data.startswith(mark) for mark, _ in _MARKS):
        return decode_text(data)
    return _decode(data, _codec(declared[1].decode("ascii", "replace")))


def to_utf8(data: bytes, charset: str) -> bytes:
    """Put text that a server sent into UTF-8 with a mark, so that nothing else decides.

    Args:
        data: Its bytes.
        charset: As the server declares it; empty leaves the bytes as they are.

    Returns:
        The bytes.

    Raises:
        InvalidInputError: The charset is unknown, or the bytes are not in it.
    """
    if not charset or any(data.startswith(mark) for mark, _ in _MARKS):
        return data
    return codecs.BOM_UTF8 + _decode(data, _codec(charset)).encode("utf-8", "replace")


def _codec(charset: str) -> str:
    label = charset.lower()
    try:
        codecs.lookup(label)
    except LookupError:
        raise _unreadable(f"it declares the unknown charset {label!r}") from None
    return _WEB_LABELS.get(label, label)


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = data[error.start]
        name = encoding.removesuffix("-sig").upper()
        raise _unreadable(
            f"it is not {name}: byte {error.start} is 0x{byte:02x}; save it as UTF-8"
        ) from None
    except (LookupError, ValueError) as error:  # codecs that do not give text, such as base64
        raise _unreadable(f"it cannot be decoded as {encoding}: {error}") from None


def _unreadable(why: str) -> InvalidInputError:
    return InvalidInputError(why, reason="UNREADABLE_TEXT")
