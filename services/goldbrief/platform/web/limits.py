"""A limit on bodies, declared or not: nothing over it is kept."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldbrief.platform.web.errors import too_large

_PATIENCE = 8
"""Limits' worth of bytes that are read and dropped, so that a client who is still sending sees
the refusal and not a broken connection."""


class BodyLimit:
    """Middleware that answers 413 to a body over the limit.

    Args:
        app: The application; its routes read the body.
        most: Bytes.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen <= self._most:
                return message
            while message.get("more_body") and seen <= _PATIENCE * self._most:
                message = await receive()
                seen += len(message.get("body", b""))
            raise too_large(self._most)

        await self._app(scope, counted, send)
