"""The HTTP application, and running it in this process."""

from __future__ import annotations

import hmac
import logging
import time

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldbrief.core.errors import GoldbriefError, InvalidInputError, UnauthenticatedError
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.metrics import Metrics
from goldbrief.inference.openai_routes import openai_router
from goldbrief.inference.replies import body_error, error_response, is_openai
from goldbrief.inference.serving import Serving
from goldbrief.inference.tgi_routes import tgi_router
from goldbrief.platform.access import require_tokens
from goldbrief.platform.web.leaving import STATUS_CLIENT_LEFT, ClientLeftError
from goldbrief.platform.web.server import HttpServer, listen
from goldbrief.platform.web.tracing import NO_TELEMETRY, TracedRequests

_LOG = logging.getLogger(__name__)
_MAX_BODY_BYTES = 2_000_000  # TGI's limit; articles are at most 1 MiB
_OPEN_PATHS = ("/health", "/metrics")
"""What probes and Prometheus ask for, without a token."""
_GRACE_S = 10
"""Seconds that answers under way get at shutdown."""
_OTHER_PORT = "set GOLDBRIEF_INFERENCE_PORT and GOLDBRIEF_INFERENCE_URL"


def create_app(serving: Serving) -> FastAPI:
    """Make the application.

    Args:
        serving: What answers.

    Returns:
        The application.
    """
    app = FastAPI(title="Goldbrief inference", openapi_url=None, telemetry=NO_TELEMETRY)
    app.include_router(tgi_router(serving))
    app.include_router(openai_router(serving))
    token = serving.settings.resolved_inference_token
    app.add_middleware(_Gate, metrics=serving.metrics, token=token)
    app.add_middleware(TracedRequests, begins=False)

    @app.exception_handler(GoldbriefError)
    async def _failed(request: Request, error: GoldbriefError) -> Response:
        return error_response(error, openai=is_openai(request.url.path))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return error_response(body_error(error), openai=is_openai(request.url.path))

    @app.exception_handler(ClientLeftError)
    async def _left(_: Request, __: ClientLeftError) -> Response:
        return Response(status_code=STATUS_CLIENT_LEFT)  # only our metrics see it

    return app


class _Gate:
    """Refuses who has not the token, and bodies over the limit; counts every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, token: str) -> None:
        self._app = app
        self._metrics = metrics
        self._expected = f"Bearer {token}".encode() if token else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), STATUS_CLIENT_LEFT

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if not self._may_enter(scope):
                await _no_token(scope)(scope, receive, watch)
            elif _body_bytes(scope) > _MAX_BODY_BYTES:
                await _too_large(scope)(scope, receive, watch)
            else:
                await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(route, status, time.monotonic() - started)

    def _may_enter(self, scope: Scope) -> bool:
        if not self._expected or scope["path"] in _OPEN_PATHS:
            return True
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, self._expected)


def _body_bytes(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _no_token(scope: Scope) -> Response:
    error = UnauthenticatedError(
        "The request has not the token of this server.",
        reason="TOKEN_UNKNOWN",
        remedy="Send the header `Authorization: Bearer TOKEN`; services of ours take"
        " GOLDBRIEF_INFERENCE_TOKEN, or one made of GOLDBRIEF_TOKEN.",
    )
    response = error_response(error, openai=is_openai(scope["path"]))
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _too_large(scope: Scope) -> Response:
    error = InvalidInputError(
        f"The request is larger than {_MAX_BODY_BYTES} bytes.", reason="BODY_TOO_LARGE"
    )
    response = error_response(error, openai=is_openai(scope["path"]))
    response.status_code = 413
    return response


class RunningServer:
    """A server in a thread of this process.

    Args:
        serving: What it answers from.
        server: Answers.
    """

    def __init__(self, serving: Serving, server: HttpServer) -> None:
        self.serving = serving
        self.port = server.port
        self.url = server.url
        """Base URL, without /v1; for a wildcard address, as seen from this machine only."""
        self._server = server

    def stop(self) -> None:
        """Fail what is under way and stop; a second call does nothing."""
        self.serving.close()
        self._server.stop()


def start_in_thread(settings: InferenceSettings) -> RunningServer:
    """Load the base model and serve it from a daemon thread of this process.

    Args:
        settings: Where to listen and what to serve.

    Returns:
        The server, answering.

    Raises:
        FailedPreconditionError: The port is taken, the model cannot be had, or anybody could call
            the server from beyond this machine.
        InvalidInputError: The base model's name is unknown.
        DataCorruptionError: The package index gave another file than the pinned one.
    """
    serving, server = _make(settings)
    running = RunningServer(serving, server)
    try:
        server.start()
    except GoldbriefError:
        running.stop()
        raise
    _LOG.info("Serving %s at %s", serving.model.name, server.url)
    return running


def serve(settings: InferenceSettings) -> None:
    """Serve until SIGTERM or SIGINT; raises as start_in_thread does."""
    serving, server = _make(settings)
    try:
        server.run()
    finally:
        serving.close()


def _make(settings: InferenceSettings) -> tuple[Serving, HttpServer]:
    require_tokens(settings, has_tokens=bool(settings.resolved_inference_token))
    listener = listen(settings.host, settings.inference_port, _OTHER_PORT)
    try:
        serving = Serving(settings)
    except GoldbriefError:
        listener.close()
        raise
    return serving, HttpServer(create_app(serving), listener, _GRACE_S)
