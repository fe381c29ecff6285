"""The application: routes, and what becomes of errors."""

from __future__ import annotations

import math

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from goldbrief.console import leading, operating, reviewing, signing_in, trying, watching
from goldbrief.console.config import ConsoleSettings
from goldbrief.console.headers import SecurityHeaders
from goldbrief.console.limits import RateLimit
from goldbrief.console.pages import Pages
from goldbrief.console.sessions import Sessions
from goldbrief.console.visits import Accounts, Desk, NotAllowedError, NotSignedInError
from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.platform.rpc.status import expected
from goldbrief.platform.web.limits import BodyLimit
from goldbrief.sdk import Client

_MOST_BODY_BYTES = 2 * 1024 * 1024
_STATUS: tuple[tuple[type[GoldbriefError], int], ...] = (
    (NotSignedInError, 401),
    (NotAllowedError, 403),
    (NotFoundError, 404),
    (AlreadyExistsError, 409),
    (FailedPreconditionError, 409),
    (InvalidInputError, 400),
    (ResourceExhaustedError, 429),
    (TransientError, 503),
)


def create_app(client: Client, settings: ConsoleSettings) -> Starlette:
    """Make the application.

    Args:
        client: Of the server whose console it is.
        settings: See there.

    Returns:
        An ASGI application.
    """
    app = Starlette(
        routes=_routes(),
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(BodyLimit, most=_MOST_BODY_BYTES),
        ],
        exception_handlers={GoldbriefError: _failed, HTTPException: _refused},
    )
    app.state.desk = Desk(
        client=client,
        pages=Pages(),
        sessions=Sessions(settings.secret),
        accounts=Accounts(client),
        settings=settings,
        requests=RateLimit(most=120, per_minute=600),
        sign_ins=RateLimit(most=30, per_minute=60),
        summaries=RateLimit(most=5, per_minute=10),
    )
    return app


def _routes() -> list[Route | Mount]:
    return [
        Route("/", signing_in.home),
        Route("/health", _health),
        Route("/sign-in", signing_in.show),
        Route("/sign-in", signing_in.sign_in, methods=["POST"]),
        Route("/sign-out", signing_in.sign_out, methods=["POST"]),
        Route("/review", reviewing.queue),
        Route("/review/{id}", reviewing.rating),
        Route("/review/{id}", reviewing.submit, methods=["POST"]),
        Route("/review/{id}/save.json", reviewing.save, methods=["POST"]),
        Route("/review/{id}/version.json", reviewing.version),
        *leading.ROUTES,
        *operating.ROUTES,
        *trying.ROUTES,
        *watching.ROUTES,
        Mount("/static", StaticFiles(packages=[("goldbrief.console", "static")])),
    ]


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _failed(request: Request, raised: Exception) -> Response:
    error = expected(raised)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    wait_s = getattr(error, "retry_after_s", None)
    headers = {"Retry-After": str(math.ceil(wait_s))} if wait_s else {}
    return _told(request, status, error.message, error.remedy, headers)


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    words = {404: "There is no such page.", 413: "That is too much text."}
    return _told(request, status, words.get(status, str(error)))


def _told(
    request: Request,
    status: int,
    message: str,
    remedy: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    """Say it as the client reads: JSON to scripts, a page to people."""
    if request.url.path.endswith(".json"):
        return JSONResponse({"message": f"{message} {remedy}".strip()}, status, headers)
    desk: Desk = request.app.state.desk
    page = desk.pages.page("error", status, message=message, remedy=remedy, account=None)
    page.headers.update(headers or {})
    return page
