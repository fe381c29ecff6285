"""Requests as they come in: bytes that may be no message, and enums of a later version."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import DecodeError, Message

from goldbrief.core.errors import InvalidInputError

_UNREADABLE = object()
"""Stands for bytes that are no message, until it is known who sent them."""


def read_request(deserialize: Callable[[bytes], Any], data: bytes) -> Any:
    """Read a message; grpc would answer an error here with UNKNOWN and the error's class.

    Args:
        deserialize: Of the RPC.
        data: What came.

    Returns:
        The message, or what `checked_request` refuses.
    """
    try:
        return deserialize(data)
    except DecodeError:
        return _UNREADABLE


def checked_request(request: Any) -> Any:
    """Refuse what no handler can deal with.

    Args:
        request: From `read_request`, or a stream of such.

    Returns:
        The message, or a stream that raises at the first that is wrong.

    Raises:
        InvalidInputError: It is no message of its type (UNREADABLE_REQUEST), or an enum has a
            number that this version does not know (UNKNOWN_ENUM_VALUE).
    """
    if request is _UNREADABLE:
        raise InvalidInputError(
            "The request is no message of the type that this RPC takes.",
            reason="UNREADABLE_REQUEST",
            remedy="Encode it with the protobuf files of this version; text must be UTF-8.",
        )
    if not isinstance(request, Message):
        return map(checked_request, request)
    _require_known_enums(request)
    return request


def _require_known_enums(message: Message) -> None:
    for field, value in message.ListFields():
        values = value if field.is_repeated else (value,)
        if field.enum_type is not None:
            _require_known(field.name, field.enum_type, values)
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for part in values:
                _require_known_enums(part)


def _require_known(field: str, kind: EnumDescriptor, numbers: Iterable[int]) -> None:
    for number in numbers:
        if number not in kind.values_by_number:
            raise InvalidInputError(
                f"{field}: {number} is no value of {kind.name}.",
                reason="UNKNOWN_ENUM_VALUE",
                remedy="Use the protobuf files of the server's version.",
                metadata={"field": field},
            )
