"""The HTTP application, and running it in this process."""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldbrief.core.errors import FailedPreconditionError, GoldbriefError, InvalidInputError
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.exchange import ClientLeftError
from goldbrief.inference.metrics import Metrics
from goldbrief.inference.openai_routes import openai_router
from goldbrief.inference.replies import body_error, error_response, is_openai
from goldbrief.inference.serving import Serving
from goldbrief.inference.tgi_routes import tgi_router

_LOG = logging.getLogger(__name__)
_MAX_BODY_BYTES = 2_000_000  # TGI's limit; articles are at most 1 MiB
_GRACE_S = 10
"""Seconds that answers under way get at shutdown."""
_START_S = 30.0


def create_app(serving: Serving) -> FastAPI:
    """Make the application.

    Args:
        serving: What answers.

    Returns:
        The application.
    """
    app = FastAPI(title="Goldbrief inference", openapi_url=None)
    app.include_router(tgi_router(serving))
    app.include_router(openai_router(serving))
    app.add_middleware(_Gate, metrics=serving.metrics)

    @app.exception_handler(GoldbriefError)
    async def _failed(request: Request, error: GoldbriefError) -> Response:
        return error_response(error, openai=is_openai(request.url.path))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return error_response(body_error(error), openai=is_openai(request.url.path))

    @app.exception_handler(ClientLeftError)
    async def _left(_: Request, __: ClientLeftError) -> Response:
        return Response(status_code=499)  # nginx's word for it; only our metrics see it

    return app


class _Gate:
    """Refuses bodies over the limit and counts every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 499

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if _body_bytes(scope) > _MAX_BODY_BYTES:
                await _too_large(scope)(scope, receive, watch)
            else:
                await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(route, status, time.monotonic() - started)


def _body_bytes(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


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
        server: Uvicorn's.
        listener: The bound socket.
    """

    def __init__(self, serving: Serving, server: uvicorn.Server, listener: socket.socket) -> None:
        self.serving = serving
        self._server = server
        self._listener = listener
        host, self.port = listener.getsockname()[:2]
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        """Base URL, without /v1; for a wildcard address, as seen from this machine only."""
        self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="inference-http", daemon=True
        )

    def start(self) -> None:
        """Start, and wait until requests are answered.

        Raises:
            FailedPreconditionError: The server ended instead.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise FailedPreconditionError(
                    f"The inference server did not start at {self.url}.",
                    reason="SERVER_NOT_STARTED",
                    remedy="Its log says why.",
                )
            time.sleep(0.01)

    def stop(self) -> None:
        """Fail what is under way and stop; a second call does nothing.

        Clients that keep their connections beyond the grace are left behind.
        """
        self.serving.close()
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_GRACE_S)
            self._server.force_exit = True
        self._listener.close()


def start_in_thread(settings: InferenceSettings) -> RunningServer:
    """Load the base model and serve it from a daemon thread of this process.

    Args:
        settings: Where to listen and what to serve.

    Returns:
        The server, answering.

    Raises:
        FailedPreconditionError: The port is taken, or the model cannot be had.
        InvalidInputError: The base model's name is unknown.
        DataCorruptionError: The package index gave another file than the pinned one.
    """
    listener = _listen(settings)  # before the model: a taken port fails at once
    try:
        serving = Serving(settings)
    except GoldbriefError:
        listener.close()
        raise
    running = RunningServer(serving, _uvicorn(serving), listener)
    running.start()
    _LOG.info("Serving %s at %s", serving.model.name, running.url)
    return running


def serve(settings: InferenceSettings) -> None:
    """Serve until SIGTERM or SIGINT; raises as start_in_thread does."""
    listener = _listen(settings)
    with listener:
        serving = Serving(settings)
        try:
            _uvicorn(serving).run(sockets=[listener])
        finally:
            serving.close()


def _uvicorn(serving: Serving) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(serving),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
    )
    return uvicorn.Server(config)


def _listen(settings: InferenceSettings) -> socket.socket:
    address = (settings.host, settings.inference_port)
    try:
        family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server(address, family=family, backlog=256)
    except OSError as error:
        where = f"{settings.host}:{settings.inference_port}"
        taken = error.errno == errno.EADDRINUSE
        raise FailedPreconditionError(
            f"Port {settings.inference_port} of {settings.host} is in use."
            if taken
            else f"The inference server cannot listen on {where}: {error.strerror or error}.",
            reason="PORT_IN_USE" if taken else "CANNOT_LISTEN",
            remedy="Stop what listens there, or set GOLDBRIEF_INFERENCE_PORT and"
            " GOLDBRIEF_INFERENCE_URL.",
            metadata={"address": where},
        ) from error
