"""What clients are told of a failure behind the gateway: what it means for them, and no addresses.

Errors of engine and registry name their address and quote what they answered, which may be the
article. That is for the log of whoever runs the gateway, not for its callers.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from goldbrief.core.errors import (
    FailedPreconditionError,
    GoldbriefError,
    ResourceExhaustedError,
    TransientError,
)

_LATER = "Try again later; the gateway's log says more to those who run it."
_OPERATORS = "Tell those who run the gateway; its log says more."
_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of a failure instead."""

    message: str
    remedy: str = _LATER
    kind: type[GoldbriefError] | None = None
    """None leaves it."""
    reason: str = ""
    """Empty leaves it."""
    field: str = ""
    """Of the request, where that is at fault."""


_TOLD = {
    "ENGINE_UNREACHABLE": _Told("The engine that writes the summaries cannot be reached."),
    "ENGINE_UNHEALTHY": _Told("The engine that writes the summaries is not well."),
    "ENGINE_TIMEOUT": _Told("The engine did not answer in time."),
    "ENGINE_OVERLOADED": _Told("The engine has as much to do as it takes on."),
    "ENGINE_BROKE_OFF": _Told("The engine broke off before the summary was complete."),
    "ENGINE_FAILED": _Told("The engine failed while it wrote the summary."),
    "ENGINE_MALFORMED_ANSWER": _Told("The engine answered something that cannot be read."),
    # its engine has restarted, mostly, and is given its adapters in a moment
    "ADAPTER_NOT_FOUND": _Told(
        "The engine has not loaded the model version that is to answer.",
        kind=TransientError,
        reason="ENGINE_LACKS_VERSION",
    ),
    "ENGINE_REFUSED": _Told(
        "The engine refuses what the gateway asks of it.", _OPERATORS, FailedPreconditionError
    ),
    "ENGINE_AUTH": _Told(
        "The engine does not accept the gateway's credentials.", _OPERATORS, FailedPreconditionError
    ),
    "CONTEXT_OVERFLOW": _Told(
        "The article does not fit into the model's context.",
        "Shorten it, or use a model with a longer context.",
        field="article_text",
    ),
    "SERVER_UNREACHABLE": _Told("The registry, which knows the served models, does not answer."),
    "TLS_REFUSED": _Told(
        "The gateway gets no TLS connection to the registry.", _OPERATORS, FailedPreconditionError
    ),
    # of the gateway's own token: its callers' are looked at before anything is written
    **dict.fromkeys(
        ("TOKEN_MISSING", "TOKEN_UNKNOWN", "TOKEN_EXPIRED", "SCOPE_MISSING"),
        _Told(
            "The registry does not accept the gateway's token.",
            _OPERATORS,
            FailedPreconditionError,
            "REGISTRY_REFUSES",
        ),
    ),
}


def guarded(steps: Generator[_T, None, None]) -> Generator[_T, None, None]:
    """Pass steps on; a failure is logged as it is, and raised as clients may know of it.

    Args:
        steps: Of a summary; closing the generator closes them.

    Yields:
        The steps.

    Raises:
        GoldbriefError: What the steps raise, without what is only for operators.
    """
    try:
        yield from steps
    except GoldbriefError as error:
        told = _told(error)
        if told is error:
            raise
        _log.warning("A summary failed: %s", error)
        raise told from error


def _told(error: GoldbriefError) -> GoldbriefError:
    told = _TOLD.get(error.reason)
    if told is None:
        return error
    kind = told.kind or type(error)
    metadata = {"field": told.field} if told.field else {}
    new = kind(
        told.message, reason=told.reason or error.reason, remedy=told.remedy, metadata=metadata
    )
    if isinstance(error, ResourceExhaustedError) and isinstance(new, ResourceExhaustedError):
        new.retry_after_s = error.retry_after_s
    return new
