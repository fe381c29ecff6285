"""The errors of the openai SDK as ours."""

from __future__ import annotations

import re

import openai

from goldbrief.core.errors import (
    GoldbriefError,
    InvalidInputError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.llm.addresses import retry_after

_OVERFLOW = re.compile(
    r"context[ _]length|context window|maximum context|prompt is too long|too many tokens"
    r"|tokens \+ `max_new_tokens` must be|`inputs` must have less than",
    re.IGNORECASE,
)


def is_overflow(code: str, message: str) -> bool:
    """Whether an error says that the prompt does not fit the model's context."""
    return code.lower() in ("context_length_exceeded", "context_overflow") or bool(
        _OVERFLOW.search(message)
    )


def translated(error: openai.OpenAIError, url: str, model: str) -> GoldbriefError:
    """Say what an SDK error means for the caller.

    Args:
        error: What the SDK raised.
        url: The endpoint, for the message.
        model: The model asked for, for the message.

    Returns:
        The error to raise.
    """
    if isinstance(error.__cause__, GoldbriefError):
        return error.__cause__  # ours, of a hook: that text may not be sent there
    if isinstance(error, openai.APITimeoutError):
        return TransientError(f"{url} did not answer in time.", reason="LLM_TIMEOUT")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, url, model)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__ or error
        return TransientError(
            f"{url} cannot be reached: {cause}",
            reason="LLM_UNREACHABLE",
            remedy=certificate_remedy(cause) or "Check the URL, and that the server runs.",
            metadata={"url": url},
        )
    return TransientError(f"The call to {url} failed: {error}", reason="LLM_FAILED")


def refused(url: str, model: str, listed: list[str]) -> InvalidInputError:
    """Build the error for a model that the endpoint does not list."""
    return InvalidInputError(
        f"{url} has no model {model!r}.",
        reason="LLM_NOT_FOUND",
        remedy=f"It lists: {', '.join(sorted(listed)[:20]) or 'none'}.",
        metadata={"url": url, "model": model},
    )


def _of_status(error: openai.APIStatusError, url: str, model: str) -> GoldbriefError:
    status, text = error.status_code, error.response.text
    metadata = {"url": url, "model": model, "status": str(status), "raw": text}
    said = f"{url} answered {status}: {error.message}"
    if status in (401, 403):
        return InvalidInputError(
            f"{url} refused the API key ({status}).",
            reason="LLM_AUTH",
            remedy="Set the key of this endpoint (GOLDBRIEF_TEACHER_API_KEY or"
            " GOLDBRIEF_JUDGE_API_KEY); OPENAI_API_KEY is not read.",
            metadata=metadata,
        )
    if status == 404:
        return InvalidInputError(
            said,
            reason="LLM_NOT_FOUND",
            remedy=f"Check that the URL ends in /v1 and that it serves {model!r}.",
            metadata=metadata,
        )
    if status == 429:
        quota = error.code == "insufficient_quota"
        return ResourceExhaustedError(
            said,
            retry_after_s=retry_after(error.response.headers.get("retry-after")),
            reason="LLM_QUOTA" if quota else "LLM_RATE_LIMIT",
            remedy="Raise the quota of this account." if quota else "Try again later.",
            metadata=metadata,
        )
    if status >= 500 or status in (408, 409, 425):
        return TransientError(said, reason="LLM_SERVER_ERROR", metadata=metadata)
    if is_overflow(error.code or "", text):
        return InvalidInputError(
            said,
            reason="LLM_CONTEXT_OVERFLOW",
            remedy=f"Serve {model!r} with a longer context, take another model, or leave out"
            " articles that are so long.",
            metadata=metadata,
        )
    return InvalidInputError(said, reason="LLM_BAD_REQUEST", metadata=metadata)
