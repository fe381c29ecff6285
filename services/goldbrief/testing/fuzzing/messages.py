"""Hypothesis strategies: nasty values, and messages of any type made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

NASTY_TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\r\n\t\v\f\x1b[31m",
    "../../../../etc/passwd",
    "..",
    ".",
    "/",
    "/etc/passwd",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "https://[::1]:1/",
    "http://[",
    "s3://",
    "s3://no-such-bucket/prefix/",
    "C:\\Windows\\System32",
    "~",
    "a/b/c",
    "briefs/1",
    "briefs@1",
    "%",
    "%00%2e%2e%2f",
    "_",
    "*",
    "'; DROP TABLE work; --",
    '" OR ""="',
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}#{7*7}",
    "\u202eesrever\u202c \u05e2\u05d1\u05e8\u05d9\u05ea \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u200b\ufeff\u2060\U000e0041",
    "e\u0301\u0301\u0301\u0301" * 50,
    "\uffff\ufdd0\U0010ffff",
    "😀" * 100,
    "0",
    "-1",
    "1e999",
    "nan",
    "NULL",
    "true",
    "0" * 64,
    "g" * 64,
    "1970-01-01T00:00:00Z",
    "1ep",
    "-1ep",
    "99999999999999999999ep",
    "x" * 300,
    "x" * 5_000,
    "Revenue rose 5% to $12 million. " * 2_000,
    "é" * 300_000,
)
NASTY_JSON = (
    "{",
    "null",
    "[]",
    "{}",
    "7",
    '"text"',
    "NaN",
    "1e999",
    '{"a": "\\ud800"}',
    '{"a": "\\u0000"}',
    '{"": {"": [null, true, -0, 1e-999]}}',
    '{"a": ' + "9" * 5_000 + "}",
    "[" * 2_000,
    '{"a":' * 500 + "1" + "}" * 500,
    '{"model": 1, "seed": [], "article": "x", "name": {}}',
)
_INT_BITS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_OTHERS: dict[int, SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
}
_MOST_DEPTH = 4
_MANY = 400


def texts(known: Sequence[str]) -> SearchStrategy[str]:
    """Texts of every unpleasant kind, and ids that lead somewhere.

    Args:
        known: Ids of what the server has.

    Returns:
        Only what UTF-8 can carry.
    """
    ours = st.sampled_from([*known, *(f"{one}{tail}" for one in known for tail in ("/", "\0"))])
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    return st.one_of(ours if known else anything, st.sampled_from(NASTY_TEXTS), anything)


def json_texts(known: Sequence[str]) -> SearchStrategy[str]:
    """JSON, and what is nearly so.

    Args:
        known: See `texts`.

    Returns:
        Texts.
    """
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | texts(known)
    values = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(texts(known), inner, max_size=3)
        ),
        max_leaves=6,
    )
    return st.one_of(st.sampled_from(NASTY_JSON), values.map(json.dumps), texts(known))


def messages(descriptor: Descriptor, known: Sequence[str]) -> SearchStrategy[Message]:
    """Well-formed messages of a type with any values.

    Args:
        descriptor: Of the type.
        known: See `texts`.

    Returns:
        Messages in which any field may be absent, at a bound, repeated often, or unknown.
    """
    return _message(descriptor, known, 0)


def _message(descriptor: Descriptor, known: Sequence[str], depth: int) -> SearchStrategy[Message]:
    fields = (
        {}
        if depth > _MOST_DEPTH
        else {field.name: _values(field, known, depth) for field in descriptor.fields}
    )
    return st.fixed_dictionaries({}, optional=fields).map(partial(_made, descriptor))


def _made(descriptor: Descriptor, values: dict[str, Any]) -> Message:
    """Members of a oneof replace each other, as on the wire."""
    message = GetMessageClass(descriptor)()
    for name, value in values.items():
        field = descriptor.fields_by_name[name]
        if _entry(field) is not None:
            _fill_map(getattr(message, name), value)
        elif field.is_repeated:
            getattr(message, name).extend(value)
        elif field.message_type is not None:
            getattr(message, name).CopyFrom(value)
        else:
            setattr(message, name, value)
    return message


def _fill_map(target: Any, values: dict[Any, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Message):
            target[key].CopyFrom(value)
        else:
            target[key] = value


def _entry(field: FieldDescriptor) -> Descriptor | None:
    """Key and value of a map; None for other fields."""
    kind = field.message_type
    return kind if kind is not None and kind.GetOptions().map_entry else None


def _values(field: FieldDescriptor, known: Sequence[str], depth: int) -> SearchStrategy[Any]:
    if (entry := _entry(field)) is not None:
        key, value = (entry.fields_by_name[name] for name in ("key", "value"))
        return st.dictionaries(_value(key, known, depth), _value(value, known, depth), max_size=3)
    one = _value(field, known, depth)
    if not field.is_repeated:
        return one
    many = one.map(lambda value: [value] * _MANY) if field.message_type is None else st.nothing()
    return st.one_of(st.lists(one, max_size=3), many)


def _value(field: FieldDescriptor, known: Sequence[str], depth: int) -> SearchStrategy[Any]:
    kind = field.cpp_type
    if field.message_type is not None:
        return _message(field.message_type, known, depth + 1)
    if field.enum_type is not None:
        numbers = [value.number for value in field.enum_type.values]
        return st.sampled_from([*numbers, -1, max(numbers) + 1, 2**31 - 1])
    if kind in _INT_BITS:
        least, most = _INT_BITS[kind]
        return st.sampled_from([0, 1, least, most]) | st.integers(least, most)
    if kind in _OTHERS:
        return _OTHERS[kind]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=100)
    return json_texts(known) if field.name.endswith("json") else texts(known)
