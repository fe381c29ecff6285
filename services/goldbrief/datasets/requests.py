"""Checks that all requests of the service share."""

from __future__ import annotations

from goldbrief.core.errors import InvalidInputError


def require_request_id(request_id: str) -> None:
    """Raise InvalidInputError unless there is a request id."""
    if not request_id:
        raise InvalidInputError(
            "The request has no request_id.",
            reason="REQUEST_ID_REQUIRED",
            remedy="Give each new request an id of its own; repeat it when you retry.",
            metadata={"field": "request_id"},
        )
