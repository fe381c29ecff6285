"""The console of the laptop: on loopback, with a link for whoever started it."""

from __future__ import annotations

import secrets
from pathlib import Path

from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.console.config import ConsoleSettings
from goldbrief.console.server import make_server
from goldbrief.core.settings import Settings, read_settings_of
from goldbrief.platform.tls import tls_files
from goldbrief.sdk import Client

_OWNER = "owner"


class LaptopConsole:
    """A running console.

    Args:
        settings: Of the laptop.
        address: Where its services answer.

    Raises:
        FailedPreconditionError: The console's port is in use.
    """

    def __init__(self, settings: Settings, address: str) -> None:
        own = read_settings_of(ConsoleSettings)
        if "secret" not in own.model_fields_set:
            own = own.model_copy(update={"secret": _kept_secret(settings.home)})
        self._client = Client(address)
        self._server = make_server(
            settings.host, own, self._client, settings.shutdown_grace_s, tls_files(settings)
        )
        self._url = own.url or self._server.url
        self._server.start()

    def link(self) -> str:
        """A new link for whoever owns the machine, who may do everything; the last one is void."""
        request = reviews_pb2.CreateAccountRequest(name=_OWNER, role="operator")
        token = self._client.reviews.CreateAccount(request).token
        return f"{self._url.rstrip('/')}/sign-in?token={token}"

    def stop(self) -> None:
        """Stop once answers under way have ended."""
        self._server.stop()
        self._client.close()


def _kept_secret(home: Path) -> str:
    """The secret that signs sessions, made once, so that a restart signs nobody out."""
    path = home / "console-secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8")
