"""What a Kubernetes API server answers in place of what was asked for, as errors of ours."""

from __future__ import annotations

import json

from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    GoldbriefError,
    NotFoundError,
    TransientError,
)

EXPIRED = "KUBERNETES_EXPIRED"
"""Reason of a version or a page that the server no longer has: list again."""
CONFLICT = "KUBERNETES_CONFLICT"
"""Reason of a change to an object that somebody else has changed meanwhile: read it again."""
_REASONS = {"Expired": EXPIRED, "Gone": EXPIRED, "Conflict": CONFLICT}
_MAY_PASS = (408, 409, 410, 425, 429, 500, 502, 503, 504)


def unreachable(host: str, error: Exception) -> TransientError:
    """The error of a server that does not answer, or stops in the middle of it."""
    return TransientError(
        f"The Kubernetes API server {host} does not answer:"
        f" {getattr(error, 'reason', None) or error}",
        reason="KUBERNETES_UNAVAILABLE",
        remedy="See whether it runs, its certificate is valid, and policies let us in.",
    )


def refused(method: str, code: int, data: bytes) -> GoldbriefError:
    """The error of an answer that is none.

    Args:
        method: HTTP method of the call.
        code: HTTP status, 400 or above.
        data: The body: a Status object, or what a proxy sent in its place.

    Returns:
        TransientError where trying again may help.
    """
    reason, message = _said(data)
    if code == 409 and reason == "AlreadyExists":
        return AlreadyExistsError(message)
    if code == 404:
        return NotFoundError(message)
    if code == 403 and "exceeded quota" in message:
        remedy = "Raise the namespace's quota, or wait until other Jobs have ended."
        return TransientError(message, reason="QUOTA_EXCEEDED", remedy=remedy)
    if code == 401:
        return TransientError(
            "The Kubernetes API server does not know us (401).",
            reason="KUBERNETES_UNAUTHENTICATED",
            remedy="See whether the service account of our pods still exists.",
        )
    if code in _MAY_PASS:
        return TransientError(
            f"The Kubernetes API server says {code} {reason}: {message}",
            reason=_REASONS.get(reason, "KUBERNETES_BUSY"),
        )
    return _refusal(method, message)


def _refusal(method: str, message: str) -> FailedPreconditionError:
    if "cannot" in message and "User" in message:  # how RBAC says no
        return FailedPreconditionError(
            f"We may not do this in the cluster: {message}",
            reason="KUBERNETES_FORBIDDEN",
            remedy="Give our service account the Role that the chart has for it.",
        )
    what = "the training Job" if method == "POST" else "a call"
    return FailedPreconditionError(
        f"The cluster refuses {what}: {message}",
        reason="KUBERNETES_REFUSED",
        remedy="Correct the template of the training Job, or the policy that refuses it.",
    )


def _said(data: bytes) -> tuple[str, str]:
    """Reason and message of a Status object, or of what a proxy sent in its place."""
    try:
        status = json.loads(data)
        return str(status.get("reason", "")), str(status.get("message", ""))
    except (ValueError, AttributeError):
        return "", data.decode(errors="replace")[:500]
