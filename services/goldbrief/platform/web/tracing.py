"""Requests of an HTTP application as spans of ours."""

from __future__ import annotations

from fastapi.telemetry import TelemetryConfig
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldbrief.platform.tracing.carrying import context_of
from goldbrief.platform.tracing.spans import span

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""For every FastAPI: its own telemetry would export query strings and the messages of errors."""
_FIRST_FAULT = 500


class TracedRequests:
    """Middleware that answers requests under a span, in the trace of who asks.

    Args:
        app: The application.
        path: Beginning of the paths that are traced; others are health and documentation.
        begins: Whether a request that comes from no trace begins one.
    """

    def __init__(self, app: ASGIApp, path: str = "/", *, begins: bool = True) -> None:
        self._app = app
        self._path = path
        self._begins = begins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._path):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._begins and "traceparent" not in headers:
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        with span(
            method,
            {"http.request.method": method},
            kind=SpanKind.SERVER,
            parent=context_of(headers),
        ) as request:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start":
                    request.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _FIRST_FAULT:
                        request.set_status(StatusCode.ERROR)
                await send(message)

            try:
                await self._app(scope, receive, watched)
            finally:
                if route := getattr(scope.get("route"), "path", ""):
                    request.update_name(f"{method} {route}")
                    request.set_attribute("http.route", route)
