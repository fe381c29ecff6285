"""Requests to a serving engine by httpx, with its failures as our errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from goldbrief.core.egress import uses_proxy
from goldbrief.core.errors import (
    DeadlineError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.llm.addresses import hold_to_allowed, retry_after
from goldbrief.platform.llm.chat_errors import is_overflow

_CONNECT_S = 5.0
_M = TypeVar("_M", bound=BaseModel)


def new_client(
    base_url: str,
    token: str = "",
    *,
    kept_connections: int = 100,
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """Make a client for an engine; calls give their own read timeout.

    Args:
        base_url: Of the engine.
        token: What it wants of who calls it; empty for nothing.
        kept_connections: That stay open between calls. Who chooses a replica for a connection, as a
            Service of Kubernetes does, chooses one for each call where none are kept.
        transport: How to connect; None connects to where the URL leads, with limits as said.

    Returns:
        A client that is safe to use from several threads.
    """
    # the callers say how many at once; httpx would have the 101st wait, and time out
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept_connections)
    return httpx.Client(
        base_url=base_url,
        trust_env=uses_proxy(base_url),
        limits=limits,
        headers={"Authorization": f"Bearer {token}"} if token else None,
        event_hooks={"request": [hold_to_allowed]},
        transport=transport,
    )


def timeout(seconds: float) -> httpx.Timeout:
    """Limits of a call: of connecting, and of each wait for bytes."""
    return httpx.Timeout(max(0.1, seconds), connect=min(_CONNECT_S, max(0.1, seconds)))


@contextmanager
def engine_errors(url: str) -> Iterator[None]:
    """Translate what httpx raises inside.

    Args:
        url: The engine, for the message.

    Raises:
        DeadlineError: Too slow (ENGINE_TIMEOUT).
        TransientError: Takes no connection (ENGINE_TIMEOUT), unreachable (ENGINE_UNREACHABLE) or
            broken off (ENGINE_BROKE_OFF).
    """
    try:
        yield
    except httpx.TimeoutException as error:
        # an engine that takes no connection is down: more time would not help
        kind = TransientError if isinstance(error, httpx.ConnectTimeout) else DeadlineError
        raise kind(
            f"The engine at {url} did not answer in time.", reason="ENGINE_TIMEOUT"
        ) from error
    except httpx.ConnectError as error:
        raise TransientError(
            f"The engine at {url} cannot be reached: {error}",
            reason="ENGINE_UNREACHABLE",
            remedy=certificate_remedy(error)
            or "Check GOLDBRIEF_INFERENCE_URL, and that the server runs.",
            metadata={"url": url},
        ) from error
    except (httpx.TransportError, httpx.StreamError, httpx.DecodingError) as error:
        raise TransientError(
            f"The engine at {url} broke off: {error!r}", reason="ENGINE_BROKE_OFF"
        ) from error


def event_data(
    client: httpx.Client,
    path: str,
    body: Any,
    deadline: float,
    failed: Callable[[httpx.Response], GoldbriefError],
    headers: Mapping[str, str],
) -> Generator[str]:
    """Post a request and read its answer as server-sent events; closing it hangs up.

    Args:
        client: Of the engine.
        path: Of the route.
        body: Sent as JSON.
        deadline: Of the whole stream, by the monotonic clock.
        failed: Says what another status than 200 means, its body read.
        headers: Sent with it.

    Yields:
        str: The data of each event, until the engine ends the stream.

    Raises:
        DeadlineError: The deadline passed (ENGINE_TIMEOUT).
        TransientError: See `engine_errors`.
    """
    left_s = deadline - time.monotonic()
    with (
        engine_errors(str(client.base_url).rstrip("/")),
        client.stream(
            "POST", path, json=body, headers=headers, timeout=timeout(left_s)
        ) as response,
    ):
        if response.status_code != 200:
            response.read()
            raise failed(response)
        for line in response.iter_lines():
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the deadline of the stream passed")
            if line.startswith("data:"):  # others are blank, comments, event names
                yield line.removeprefix("data:").strip()


def parsed(kind: type[_M], text: str, url: str) -> _M:
    """Read an engine's JSON; raises TransientError (ENGINE_MALFORMED_ANSWER)."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise malformed(url, f"{error.error_count()} errors", text) from error


def malformed(url: str, why: str, raw: str) -> TransientError:
    """Say that an engine's answer cannot be read."""
    return TransientError(
        f"The engine at {url} answered something unreadable: {why}.",
        reason="ENGINE_MALFORMED_ANSWER",
        remedy="Check that GOLDBRIEF_INFERENCE_URL names an engine, without /v1.",
        metadata={"raw": raw},
    )


def status_error(response: httpx.Response, url: str, model: str) -> GoldbriefError:
    """Say what an engine's error status means; its body must have been read."""
    message, code = _described(response)
    said = f"The engine at {url} answered {response.status_code}: {message}"
    metadata = {"url": url, "model": model, "raw": response.text}
    status = response.status_code
    if status == 404:
        return NotFoundError(said, reason="ADAPTER_NOT_FOUND", metadata=metadata)
    if status in (429, 503):
        return ResourceExhaustedError(
            said,
            retry_after_s=retry_after(response.headers.get("retry-after")),
            reason="ENGINE_OVERLOADED",
            remedy="Try again later.",
            metadata=metadata,
        )
    if status in (401, 403):
        return InvalidInputError(
            said,
            reason="ENGINE_AUTH",
            remedy="Set GOLDBRIEF_INFERENCE_TOKEN as the engine has it.",
            metadata=metadata,
        )
    if 400 <= status < 500 and status not in (408, 424, 425):
        overflow = is_overflow(code, message)
        return InvalidInputError(
            said, reason="CONTEXT_OVERFLOW" if overflow else "ENGINE_REFUSED", metadata=metadata
        )
    return TransientError(said, reason="ENGINE_FAILED", metadata=metadata)


def _described(response: httpx.Response) -> tuple[str, str]:
    """Message and code of an error body: OpenAI's, vLLM's, TGI's or plain text."""
    try:
        body: Any = response.json()
    except ValueError:
        return response.text[:500], ""
    error = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(error, dict):
        return str(error.get("message", error)), str(error.get("code") or "")
    return str(error), ""
