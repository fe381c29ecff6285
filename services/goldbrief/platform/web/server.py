"""An ASGI application on a port, in a thread of this process or in the foreground."""

from __future__ import annotations

import errno
import socket
import threading
import time
from typing import Any

import uvicorn

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.platform.tls import TlsFiles

_START_S = 30.0


def listen(host: str, port: int, remedy: str) -> socket.socket:
    """Bind a port, before anything that takes long: a taken one fails at once.

    Args:
        host: Address to bind.
        port: TCP port; 0 takes any free one.
        remedy: Which settings to change where it cannot be had.

    Returns:
        The bound socket.

    Raises:
        FailedPreconditionError: The port is taken, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=256)
        # asyncio does that for its own sockets alone; without it each answer waits 40 ms for an
        # acknowledgement between its head and its body (Nagle's algorithm and delayed ACKs)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise FailedPreconditionError(
            f"Port {port} of {host} is in use."
            if taken
            else f"Nothing can listen on {host}:{port}: {error.strerror or error}.",
            reason="PORT_IN_USE" if taken else "CANNOT_LISTEN",
            remedy=f"Stop what listens there, or {remedy}.",
            metadata={"address": f"{host}:{port}"},
        ) from error


class HttpServer:
    """Serves an application until stopped.

    Args:
        app: An ASGI application.
        listener: From `listen`; closed with the server.
        grace_s: Seconds that answers under way get when it stops.
        tls: Files of certificate and key; None is no TLS.
    """

    def __init__(
        self, app: Any, listener: socket.socket, grace_s: float, tls: TlsFiles | None = None
    ) -> None:
        self._grace_s = grace_s
        self._listener = listener
        host, self.port = listener.getsockname()[:2]
        scheme, name = "https" if tls else "http", f"[{host}]" if ":" in host else host
        self.url = f"{scheme}://{name}:{self.port}"
        """Base URL; for a wildcard address, as seen from this machine only."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=round(grace_s),
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.run, name=f"http-{self.port}", daemon=True)

    def run(self) -> None:
        """Serve in this thread; in the main one until SIGTERM or SIGINT."""
        self._server.run(sockets=[self._listener])

    def start(self) -> None:
        """Serve in a thread of its own, and wait until requests are answered.

        Raises:
            FailedPreconditionError: The server ended instead.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise FailedPreconditionError(
                    f"The HTTP server did not start at {self.url}.",
                    reason="SERVER_NOT_STARTED",
                    remedy="Its log says why.",
                )
            time.sleep(0.01)

    def begin_stop(self) -> None:
        """Take no more requests; those under way go on."""
        self._server.should_exit = True

    def stop(self) -> None:
        """Stop once what is under way has ended, or the grace has; a second call does nothing.

        Clients that keep their connections beyond the grace are left behind.
        """
        self.begin_stop()
        if self._thread.is_alive():
            self._thread.join(self._grace_s)
            self._server.force_exit = True
        self._listener.close()
