"""The console on a port."""

from __future__ import annotations

import logging

from goldbrief.console.app import create_app
from goldbrief.console.config import ConsoleSettings
from goldbrief.platform.tls import TlsFiles
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.sdk import Client

_log = logging.getLogger(__name__)

_OTHER_PORT = "set GOLDBRIEF_CONSOLE_HTTP_PORT"


def make_server(
    host: str,
    settings: ConsoleSettings,
    client: Client,
    grace_s: float = 5.0,
    tls: TlsFiles | None = None,
) -> HttpServer:
    """Make the server of a console, on its port already.

    Args:
        host: Address to bind.
        settings: See there.
        client: Of the server whose console it is.
        grace_s: Seconds that answers under way get when it stops.
        tls: Files of certificate and key; None is no TLS.

    Returns:
        A server to start or to run.

    Raises:
        FailedPreconditionError: The port is taken.
    """
    listener = listen(host, settings.http_port, _OTHER_PORT)
    server = HttpServer(create_app(client, settings), listener, grace_s, tls)
    _log.info("the console answers at %s", settings.url or server.url)
    return server
