"""The port where a process's metrics are read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import REGISTRY, CollectorRegistry, Metric, start_http_server

from goldbrief.core.errors import FailedPreconditionError

_WAITING = 256
"""Connections that may wait to be taken."""
_PATIENCE_S = 10.0
"""For a client's request and for it to take the answer; then its thread is free again."""


class _SharedLooks(CollectorRegistry):
    """Counts once for all who ask meanwhile: gauges ask the database."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Lock()
        self._begun = 0
        self._found: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        """Collect what every other registry of this process has."""
        asked_at = self._begun
        with self._turn:
            if self._begun == asked_at:  # else somebody has begun since, and looked for us too
                self._begun += 1
                self._found = list(REGISTRY.collect())
            return iter(self._found)


class MetricsServer:
    """Answers `GET /metrics` until stopped; it holds numbers and names, no text of anybody.

    Args:
        host: Address to bind.
        port: TCP port; 0 takes any free one.

    Raises:
        FailedPreconditionError: The port is taken.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server: WSGIServer
        self._thread: threading.Thread
        try:
            self._server, self._thread = start_http_server(port, host, _SharedLooks())
            handler: Any = self._server.RequestHandlerClass
            handler.timeout = _PATIENCE_S
            self._server.socket.listen(_WAITING)
        except OSError as error:
            raise FailedPreconditionError(
                f"Metrics cannot be told on {host}:{port}: {error.strerror or error}.",
                reason="PORT_IN_USE",
                remedy="Set GOLDBRIEF_METRICS_PORT to another port, or to 0 for none.",
            ) from error
        self.port: int = self._server.server_port

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
