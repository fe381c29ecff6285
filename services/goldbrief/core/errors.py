"""Every error that Goldbrief raises on purpose.

    GoldbriefError
    ├── InvalidInputError         the caller must change the request
    ├── NotFoundError             the named resource does not exist
    ├── AlreadyExistsError        the name is taken by something else
    ├── FailedPreconditionError   the system is not in the state that the call needs
    ├── ResourceExhaustedError    a quota, queue or disk is full; may say when to retry
    │   ├── RestingError          what the call needs is left alone; the caller is not at fault
    │   └── BudgetExhaustedError  what the work may cost is spent; it is held until that is raised
    ├── TransientError            the same call may succeed later (network, overload)
    │   ├── DeadlineError         it took longer than the caller would wait
    │   └── AwayError             what all work needs does not answer: work waits for it
    ├── UnauthenticatedError      the caller does not say who they are, or not rightly
    ├── PermissionDeniedError     the caller may not do this
    ├── CancelledError            the work was cancelled
    └── DataCorruptionError       stored bytes do not match their hash or format

Each carries what happened (`message`), what to do about it (`remedy`), a
machine-readable `reason` and flat `metadata`. Adapters map the errors of their
library to these at the edge; `platform.rpc` maps these to gRPC status codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class GoldbriefError(Exception):
    """Base of all deliberate errors.

    Args:
        message: What happened and where, in one sentence.
        reason: UPPER_SNAKE_CASE identifier, stable across releases.
        remedy: What the user can do about it; empty if nothing is known.
        metadata: Details for machines, such as the offending field.
    """

    default_reason: ClassVar[str] = "UNSPECIFIED"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        remedy: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.remedy = remedy
        self.metadata = dict(metadata or {})

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InvalidInputError(GoldbriefError):
    """The caller must change the request; retrying it unchanged is pointless."""

    default_reason = "INVALID_INPUT"


class NotFoundError(GoldbriefError):
    """The named resource does not exist."""

    default_reason = "NOT_FOUND"


class AlreadyExistsError(GoldbriefError):
    """The name or request id is taken by something different."""

    default_reason = "ALREADY_EXISTS"


class FailedPreconditionError(GoldbriefError):
    """The system is not in the state that the call needs."""

    default_reason = "FAILED_PRECONDITION"


class ResourceExhaustedError(GoldbriefError):
    """A quota, queue or disk is full.

    Args:
        message: What is exhausted and where.
        retry_after_s: Seconds until a retry may succeed; None when unknown.
        reason: See GoldbriefError.
        remedy: See GoldbriefError.
        metadata: See GoldbriefError.
    """

    default_reason = "RESOURCE_EXHAUSTED"

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        reason: str | None = None,
        remedy: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, remedy=remedy, metadata=metadata)
        self.retry_after_s = retry_after_s


class RestingError(ResourceExhaustedError):
    """What the call needs is left alone for a while; it does not count as a failed try."""

    default_reason = "RESTING"


class BudgetExhaustedError(ResourceExhaustedError):
    """What a work may cost is spent: it is held, and goes on when it may cost more."""

    default_reason = "BUDGET_EXHAUSTED"


class TransientError(GoldbriefError):
    """The same call may succeed later."""

    default_reason = "UNAVAILABLE"


class DeadlineError(TransientError):
    """The result was wanted earlier; with more time the same call may succeed."""

    default_reason = "DEADLINE_EXCEEDED"


class AwayError(TransientError):
    """What all work needs does not answer; work waits as long as that lasts, as no failed try."""


class UnauthenticatedError(GoldbriefError):
    """The caller does not say who they are, or not rightly."""

    default_reason = "UNAUTHENTICATED"


class PermissionDeniedError(GoldbriefError):
    """The caller is known and may not do this."""

    default_reason = "PERMISSION_DENIED"


class CancelledError(GoldbriefError):
    """The work was cancelled by its owner."""

    default_reason = "CANCELLED"


class DataCorruptionError(GoldbriefError):
    """Stored bytes do not match their hash or format."""

    default_reason = "DATA_CORRUPTION"
