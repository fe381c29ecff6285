"""Channels to services: limits, retries, a default deadline, and our own errors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import grpc

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


def room_address(room: str, default: str) -> str:
    """Where a room's service answers.

    Args:
        room: For example `judge`.
        default: Address of all services that have none of their own.

    Returns:
        GOLDBRIEF_<ROOM>_ADDRESS where it is set, else `default`.
    """
    return os.environ.get(f"GOLDBRIEF_{room.upper()}_ADDRESS") or default


def connect(address: str) -> grpc.Channel:
    """Open a channel whose calls raise GoldbriefError and always have a deadline.

    Args:
        address: `host:port`.

    Returns:
        A channel that is safe to use from several threads.
    """
    channel = grpc.insecure_channel(
        address,
        options=[
            ("grpc.service_config", json.dumps(_RETRIES)),
            ("grpc.min_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 2_000),
            ("grpc.keepalive_time_ms", 60_000),
            ("grpc.keepalive_timeout_ms", 20_000),
        ],
    )
    return grpc.intercept_channel(channel, _ErrorMapping(address))


class _ErrorMapping(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
):
    """Maps errors where a result is asked for, and sets the default deadline."""

    def __init__(self, address: str) -> None:
        self._address = address

    def intercept_unary_unary(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        return _Result(continuation(_with_deadline(details), request), self._address)

    def intercept_stream_unary(
        self, continuation: Callable[..., Any], details: Any, requests: Any
    ) -> Any:
        return _Result(continuation(_with_deadline(details), requests), self._address)

    def intercept_unary_stream(
        self, continuation: Callable[..., Any], details: Any, request: Any
    ) -> Any:
        return _stream(continuation(_with_deadline(details), request), self._address)


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


def _with_deadline(details: Any) -> Any:
    if details.timeout is not None:
        return details
    return _CallDetails(details)


class _CallDetails(grpc.ClientCallDetails):
    def __init__(self, details: Any) -> None:
        self.method = details.method
        self.timeout = DEFAULT_TIMEOUT_S
        self.metadata = details.metadata
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = getattr(details, "compression", None)
