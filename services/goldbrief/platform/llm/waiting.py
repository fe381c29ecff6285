"""Waits for an answer that whoever waits can look up from, and can give up.

The read of a blocking HTTP client ends by what comes, or by its timeout. That of an attentive one
asks its thread now and then whether to wait on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Look = Callable[[float], float]
"""Gets the seconds waited so far; returns those until it wants to be asked again, or raises to give
up, which closes the connection."""


class _Here(threading.local):
    look: Look | None = None
    began = 0.0


_here = _Here()


def make_attentive(client: Any) -> None:
    """Have the reads of a client ask the `Look` of their thread; see `looking`.

    Args:
        client: Of httpx, or of httpx2, as releases of openai differ.
    """
    # a transport of our own would be their way, and would lose the proxies of the environment
    for transport in (client._transport, *client._mounts.values()):
        if pool := getattr(transport, "_pool", None):
            pool._network_backend = _Backend(pool._network_backend)


@contextmanager
def looking(look: Look) -> Iterator[None]:
    """Ask `look` in the reads that this thread makes with attentive clients meanwhile."""
    _here.look, _here.began = look, time.monotonic()
    try:
        yield
    finally:
        _here.look = None


class _Backend:
    """Opens connections as `backend` does, to be read attentively."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def connect_tcp(self, *where: Any, **how: Any) -> _Stream:
        return _Stream(self._backend.connect_tcp(*where, **how))


class _Stream:
    """A connection; its reads ask the `Look` of their thread."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def start_tls(self, *by: Any, **how: Any) -> _Stream:
        return _Stream(self._stream.start_tls(*by, **how))

    def read(self, max_bytes: int, timeout: float | None = None) -> Any:
        look = _here.look
        if look is None or timeout is None:
            return self._stream.read(max_bytes, timeout)
        until = time.monotonic() + timeout
        while True:
            now = time.monotonic()
            wait_s = min(look(now - _here.began), until - now)
            try:
                return self._stream.read(max_bytes, max(0.001, wait_s))
            except Exception as error:
                is_timeout = isinstance(error.__cause__, TimeoutError)
                if not is_timeout or time.monotonic() >= until:
                    raise
