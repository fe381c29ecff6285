"""What a URL tells about how to connect, and what an answer's headers tell about when."""

from __future__ import annotations

import email.utils
import time
from urllib.parse import urlsplit

import httpx

from goldbrief.core.egress import require_allowed
from goldbrief.core.errors import InvalidInputError


def checked_url(url: str, setting: str) -> str:
    """Refuse what is no URL.

    Args:
        url: What the user set.
        setting: Where, for the message.

    Returns:
        `url` without a trailing slash.

    Raises:
        InvalidInputError: It is not an http or https URL.
        PermissionDeniedError: Text may not be sent there (see `core.egress`).
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInputError(
            f"{setting} is {url!r}, which is not an http or https URL.",
            reason="LLM_URL",
            metadata={"field": setting},
        )
    require_allowed(url, setting)
    return url.rstrip("/")


def hold_to_allowed(request: httpx.Request) -> None:
    """Refuse a request that text may not leave with, also where a redirection led it there."""
    require_allowed(str(request.url), "the language model")


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as seconds or as a date; None without."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
