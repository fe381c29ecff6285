"""Puts calls on record before they do anything, and how they ended."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf.message import Message
from google.rpc import code_pb2

from goldbrief.core.audit import STARTED
from goldbrief.core.errors import FailedPreconditionError, GoldbriefError, PermissionDeniedError
from goldbrief.core.hashing import sha256_text
from goldbrief.platform.ledger import AuditTrail
from goldbrief.platform.rpc.status import code_of, expected

_log = logging.getLogger(__name__)

_IDS = frozenset(
    {"id", "sha256", "name", "model", "version", "reviewer", "author", "experiment_path"}
)
"""Text fields that say what a call is about; so do all that end in `_id` but this one."""
_NO_RESOURCE = "request_id"
_PLAIN = re.compile(r"[A-Za-z0-9._:@/+=~-]{1,100}")
_MAX_RESOURCE = 600


class Auditor:
    """Records the calls of one RPC.

    Args:
        trail: The record.
        method: Full name of the RPC.
    """

    def __init__(self, trail: AuditTrail, method: str) -> None:
        self._trail = trail
        self._method = method.lstrip("/")

    def refused(self, error: PermissionDeniedError) -> None:
        """Record that somebody whom we know asked for what they may not."""
        self._append(secrets.token_hex(8), error.metadata.get("token", ""), "", "PERMISSION_DENIED")

    @contextmanager
    def recorded(self, principal: str, request: Any) -> Iterator[AuditedCall]:
        """Record a call around its handler.

        Args:
            principal: Name of who calls.
            request: Its message; a stream names nothing.

        Yields:
            Takes what the call answers.

        Raises:
            FailedPreconditionError: It could not be recorded, so it must not begin.
        """
        call = AuditedCall(resource_of(request))
        call_id = secrets.token_hex(8)
        self._append(call_id, principal, call.resource, STARTED)
        outcome = "CANCELLED"  # what is closed or cancelled says nothing more
        try:
            yield call
            outcome = "OK"
        except GoldbriefError as error:
            outcome = code_pb2.Code.Name(code_of(error))
            raise
        except Exception:
            outcome = "UNKNOWN"
            raise
        finally:
            self._end(call_id, principal, call.resource, outcome)

    def _append(self, call_id: str, principal: str, resource: str, outcome: str) -> None:
        try:
            self._trail.append(call_id, principal, self._method, resource, outcome)
        except Exception as error:
            cause = expected(error)
            raise FailedPreconditionError(
                f"The call was refused: it could not be put on the audit record. {cause.message}",
                reason="AUDIT_UNAVAILABLE",
                remedy=cause.remedy or "Try again once the database works.",
                metadata={"cause": cause.reason},
            ) from error

    def _end(self, call_id: str, principal: str, resource: str, outcome: str) -> None:
        """Record the end; what is done is done, so a failure to do so is only logged."""
        try:
            self._append(call_id, principal, resource, outcome)
        except FailedPreconditionError as error:
            _log.error("the end of call %s (%s) is not on record: %s", call_id, outcome, error)


class AuditedCall:
    """What is known of a call while it is answered."""

    def __init__(self, resource: str) -> None:
        self.resource = resource

    def answered(self, response: Any) -> Any:
        """Note what a call made; returns the response."""
        made = _made_by(response)
        if made and made not in self.resource:
            self.resource = f"{self.resource} {made}".strip()[:_MAX_RESOURCE]
        return response


def resource_of(request: Any) -> str:
    """What a request is about: its ids as `field=value`, and nothing else that it holds.

    Values that are no plain identifiers, such as titles, stand as the beginning of their hash.
    """
    if not isinstance(request, Message):
        return ""
    named = [
        f"{field.name}={_plain(value)}"
        for field, value in request.ListFields()
        if isinstance(value, str) and _is_id(field.name)
    ]
    return " ".join(named)[:_MAX_RESOURCE]


def _made_by(response: Any) -> str:
    """The id of what a response holds: its own, its resource's, or that of the resource's work."""
    if not isinstance(response, Message):
        return ""
    for part in (response, *_parts(response)):
        for name in ("id", "sha256"):
            value = getattr(part, name, "")
            if isinstance(value, str) and value:
                return f"{name}={_plain(value)}"
    return ""


def _parts(message: Message) -> Iterator[Message]:
    for _, value in message.ListFields():
        if isinstance(value, Message):
            yield value
            work = getattr(value, "work", None)
            if isinstance(work, Message):
                yield work


def _is_id(name: str) -> bool:
    return name in _IDS or (name.endswith("_id") and name != _NO_RESOURCE)


def _plain(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f"sha256:{sha256_text(value)[:16]}"
