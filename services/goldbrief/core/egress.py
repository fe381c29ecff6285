"""Where confidential text may be sent: to the hosts that the operator named, and no others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatch
from urllib.parse import urlsplit

from goldbrief.core.errors import PermissionDeniedError
from goldbrief.core.hosts import is_this_machine

_VARIABLE = "GOLDBRIEF_CONFIDENTIAL_HOSTS"


def confidential_hosts() -> Sequence[str]:
    """The hosts that are named; none where text is not confidential.

    Read from the environment each time, so that whatever sends text is held to them, however it
    was made.
    """
    return [
        host.strip().lower() for host in os.environ.get(_VARIABLE, "").split(",") if host.strip()
    ]


def require_allowed(url: str, what: str) -> None:
    """Make sure that text may be sent to a URL; this machine is always allowed.

    Args:
        url: With a scheme, or `host:port`.
        what: Names the receiver, for the message.

    Raises:
        PermissionDeniedError: The host is not named (EGRESS_REFUSED).
    """
    hosts = confidential_hosts()
    host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rstrip(".").lower()
    if not hosts or is_this_machine(host) or any(fnmatch(host, pattern) for pattern in hosts):
        return
    raise PermissionDeniedError(
        f"Text is confidential here, and {what} is at {host or 'no host'}, which is not among the"
        " hosts that it may be sent to.",
        reason="EGRESS_REFUSED",
        remedy=f"Add the host to {_VARIABLE} if text may go there.",
        metadata={"host": host},
    )


def uses_proxy(url: str) -> bool:
    """Whether the environment's proxy may be used: not for this machine, nor confidential text."""
    return not confidential_hosts() and not is_this_machine(urlsplit(url).hostname or "")
