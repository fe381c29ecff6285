"""Tokens in front of an HTTP application."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from goldbrief.core.access import Scope, current_principal
from goldbrief.core.errors import GoldbriefError
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.web.errors import error_response


class RequireToken:
    """Middleware that lets requests under a path in only with a token.

    Args:
        app: The application.
        doorkeeper: Knows the tokens.
        scope: What a token must be good for.
        path: Where requests need one, e.g. `/v1/`; health and documentation lie elsewhere.
    """

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, scope: Scope, path: str) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._scope = scope
        self._path = path

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._path):
            await self._app(scope, receive, send)
            return
        try:
            given = Headers(scope=scope).get("authorization", "")
            current_principal.set(self._doorkeeper.admit(given, self._scope))
        except GoldbriefError as error:
            await error_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)
