"""The port where a process's metrics are read."""

from __future__ import annotations

import threading
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from goldbrief.core.errors import FailedPreconditionError


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
            self._server, self._thread = start_http_server(port, host)
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
