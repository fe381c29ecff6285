"""Channels to services: limits, retries, a default deadline, and our own errors."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import grpc

from goldbrief.core.access import ACTING_FOR, acting_for
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.platform.rpc.client_spans import ClientSpan, current_metadata
from goldbrief.platform.rpc.status import from_rpc_error

DEFAULT_TIMEOUT_S = 60.0
_RETRIES = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.2s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
_OPTIONS = [
    ("grpc.service_config", json.dumps(_RETRIES)),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
]


def room_address(room: str, default: str) -> str:
    """Where a room's service answers.

    Args:
        room: For example `judge`.
        default: Address of all services that have none of their own.

    Returns:
        GOLDBRIEF_<ROOM>_ADDRESS where it is set, else `default`.
    """
    return os.environ.get(f"GOLDBRIEF_{room.upper()}_ADDRESS") or default


def own_token() -> str:
    """The token that this process calls with: GOLDBRIEF_TOKEN, or what GOLDBRIEF_TOKEN_FILE holds.

    Returns:
        Empty where neither is set.

    Raises:
        FailedPreconditionError: The file cannot be read.
    """
    file = os.environ.get("GOLDBRIEF_TOKEN_FILE", "")
    if not file:
        return os.environ.get("GOLDBRIEF_TOKEN", "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise FailedPreconditionError(
            f"The token cannot be read: {error}.",
            reason="TOKEN_UNREADABLE",
            remedy="Check GOLDBRIEF_TOKEN_FILE.",
        ) from error


def connect(address: str, token: str = "") -> grpc.Channel:
    """Open a channel whose calls raise GoldbriefError and always have a deadline.

    Args:
        address: `host:port`, or `https://host` with a port other than 443 behind it for TLS.
        token: What its calls are made with; empty takes `own_token`.

    Returns:
        A channel that is safe to use from several threads.

    Raises:
        InvalidInputError: The address has a path, or a scheme that is not http or https.
    """
    target, credentials = _read_address(address)
    if credentials is None:
        channel = grpc.insecure_channel(target, options=_OPTIONS)
    else:
        channel = grpc.secure_channel(target, credentials, options=_OPTIONS)
    return grpc.intercept_channel(channel, _ErrorMapping(address, token or own_token()))


def connect_async(address: str, token: str = "") -> grpc.aio.Channel:
    """Open a channel for asyncio; its calls raise what grpc raises.

    Args:
        address: See `connect`.
        token: See `connect`.

    Returns:
        A channel of the running event loop.

    Raises:
        InvalidInputError: See `connect`.
    """
    target, credentials = _read_address(address)
    sending = _sending(token or own_token())
    if credentials is None:
        return grpc.aio.insecure_channel(target, options=_OPTIONS, interceptors=sending)
    return grpc.aio.secure_channel(target, credentials, options=_OPTIONS, interceptors=sending)


def _read_address(address: str) -> tuple[str, grpc.ChannelCredentials | None]:
    """Where to connect, and whom to trust there; None is a connection without TLS."""
    if "//" not in address:
        return address, None
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
        raise InvalidInputError(
            f"{address!r} is no address of a Goldbrief server.",
            reason="INVALID_ADDRESS",
            remedy="Write host:port, or https://host for a server that speaks TLS.",
        )
    if url.scheme == "http":
        return f"{url.hostname}:{url.port or 80}", None
    return f"{url.hostname}:{url.port or 443}", grpc.ssl_channel_credentials(_trusted())


def _trusted() -> bytes | None:
    """Certificates that this machine trusts, or SSL_CERT_FILE; None leaves it to grpc."""
    file = ssl.get_default_verify_paths().cafile
    return Path(file).read_bytes() if file else None


class _ErrorMapping(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
):
    """Maps errors where a result is asked for; sets the default deadline, the token, a span."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._token = token

    def _begin(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        span = ClientSpan(details.method)
        call = continuation(_CallDetails(details, self._token, span.metadata), request)
        span.end_with(call)
        return call

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        return _Result(self._begin(continuation, details, request), self._address)

    def intercept_stream_unary(
        self, continuation: Callable[..., Any], details: Any, requests: Any
    ) -> Any:
        return _Result(self._begin(continuation, details, requests), self._address)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        return _stream(self._begin(continuation, details, request), self._address)


class _Result:
    def __init__(self, call: Any, address: str) -> None:
        self._call = call
        self._address = address

    def result(self, timeout: float | None = None) -> Any:
        try:
            return self._call.result(timeout)
        except grpc.RpcError as error:
            raise from_rpc_error(error, self._address) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def _stream(call: Any, address: str) -> Iterator[Any]:
    try:
        yield from call
    except grpc.RpcError as error:
        raise from_rpc_error(error, address) from error
    finally:
        call.cancel()


class _CallDetails(grpc.ClientCallDetails):
    def __init__(self, details: Any, token: str, trace: Sequence[tuple[str, str]]) -> None:
        self.method = details.method
        self.timeout = DEFAULT_TIMEOUT_S if details.timeout is None else details.timeout
        self.metadata = [*(details.metadata or ()), *_authorization(token), *_acting_for(), *trace]
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = getattr(details, "compression", None)


def _authorization(token: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")] if token else []


def _acting_for() -> list[tuple[str, str]]:
    user = acting_for.get()
    return [(ACTING_FOR, quote(user))] if user else []


def _sending(token: str) -> list[grpc.aio.ClientInterceptor]:
    """Interceptors that put a token and the place in a trace on each call.

    grpc.aio wants one for each kind of call.
    """
    return [_SendingUnary(token), _SendingStream(token), _SendingUpload(token)]


class _Sending:
    def __init__(self, token: str) -> None:
        self._token = token

    def _added(self, details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
        metadata = grpc.aio.Metadata(
            *(details.metadata or ()), *_authorization(self._token), *current_metadata()
        )
        return details._replace(metadata=metadata)


class _SendingUnary(_Sending, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        return await continuation(self._added(client_call_details), request)


class _SendingStream(_Sending, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self, continuation: Callable[..., Any], client_call_details: Any, request: Any
    ) -> Any:
        return await continuation(self._added(client_call_details), request)


class _SendingUpload(_Sending, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self, continuation: Callable[..., Any], client_call_details: Any, request_iterator: Any
    ) -> Any:
        return await continuation(self._added(client_call_details), request_iterator)
