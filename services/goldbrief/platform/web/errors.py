"""Errors as HTTP answers: the reasons and remedies of the RPCs, in JSON."""

from __future__ import annotations

import math
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from google.rpc import code_pb2
from starlette.exceptions import HTTPException as RoutingError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from goldbrief.core.errors import (
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)
from goldbrief.platform.rpc.status import code_of, expected
from goldbrief.platform.web.leaving import STATUS_CLIENT_LEFT, ClientLeftError

_HTTP_STATUS = {
    code_pb2.INVALID_ARGUMENT: 400,
    code_pb2.FAILED_PRECONDITION: 400,
    code_pb2.UNAUTHENTICATED: 401,
    code_pb2.PERMISSION_DENIED: 403,
    code_pb2.NOT_FOUND: 404,
    code_pb2.ALREADY_EXISTS: 409,
    code_pb2.RESOURCE_EXHAUSTED: 429,
    code_pb2.CANCELLED: STATUS_CLIENT_LEFT,
    code_pb2.UNAVAILABLE: 503,
    code_pb2.DEADLINE_EXCEEDED: 504,
}
"""As the comments of google/rpc/code.proto map them; the rest is 500."""
_UNSUPPORTED_MEDIA_TYPE, _CONTENT_TOO_LARGE = 415, 413


def error_body(error: GoldbriefError) -> dict[str, Any]:
    """Describe an error in JSON.

    Args:
        error: Any of ours.

    Returns:
        `error` with the name of its gRPC code, its reason, message, remedy and metadata, and
        `retry_after_s` where it says when to try again.
    """
    described: dict[str, Any] = {
        "code": code_pb2.Code.Name(code_of(error)),
        "reason": error.reason,
        "message": error.message,
        "remedy": error.remedy,
        "metadata": error.metadata,
    }
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        described["retry_after_s"] = retry_after_s
    return {"error": described}


def error_response(error: GoldbriefError, status: int = 0) -> JSONResponse:
    """Answer with an error.

    Args:
        error: Any of ours.
        status: HTTP status; 0 takes that of the error's gRPC code.

    Returns:
        The answer, with Retry-After where the error says when to try again, and
        WWW-Authenticate where a token is wanted.
    """
    body = error_body(error)
    retry_after_s = body["error"].get("retry_after_s")
    headers = {} if retry_after_s is None else {"Retry-After": str(math.ceil(retry_after_s))}
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status or _HTTP_STATUS.get(code_of(error), 500), headers)


def body_error(error: RequestValidationError) -> InvalidInputError:
    """Turn FastAPI's list of what is wrong with a body into one sentence."""
    problems = error.errors()
    if problems[0]["type"] == "json_invalid":
        at = f"{problems[0]['ctx']['error']} at character {problems[0]['loc'][-1]}"
        return InvalidInputError(f"The body is not JSON: {at}.", reason="INVALID_JSON")
    fields = [".".join(map(str, problem["loc"][1:])) or "body" for problem in problems]
    said = "; ".join(
        f"{field}: {problem['msg']}" for field, problem in zip(fields, problems, strict=True)
    )
    return InvalidInputError(
        f"The request is not valid: {_encodable(said)}.",
        reason="INVALID_REQUEST",
        metadata={"field": _encodable(fields[0])},
    )


def _encodable(text: str) -> str:
    """A client's own words without halves of characters, which JSON lets pass."""
    return text.encode(errors="replace").decode()


def too_large(limit: int) -> HTTPException:
    """Make the refusal of a body over the limit, which may be raised while it is read."""
    return HTTPException(_CONTENT_TOO_LARGE, f"The body has more than {limit} bytes.")


def add_error_handlers(app: FastAPI) -> None:
    """Have an application answer every failure in the form of `error_body`.

    Args:
        app: Its routes raise errors of ours, or ClientLeftError.
    """
    app.add_middleware(_Guard)

    @app.exception_handler(GoldbriefError)
    async def _failed(_: Request, error: GoldbriefError) -> Response:
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        media_type = request.headers.get("content-type", "")
        if media_type.partition(";")[0].strip().lower() == "application/json":
            return error_response(body_error(error))
        refusal = InvalidInputError(
            f"The body's content type is {media_type[:80] or 'not given'}.",
            reason="NOT_JSON",
            remedy="Send JSON with the header Content-Type: application/json.",
        )
        return error_response(refusal, _UNSUPPORTED_MEDIA_TYPE)

    @app.exception_handler(RoutingError)
    async def _refused(request: Request, error: RoutingError) -> Response:
        answer = error_response(_refusal(request, error), error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(ClientLeftError)
    async def _left(_: Request, __: ClientLeftError) -> Response:
        return Response(status_code=STATUS_CLIENT_LEFT)


class _Guard:
    """Answers failures that nobody foresaw; a handler of theirs would cost the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if has_begun:
                raise
            await error_response(expected(error))(scope, receive, send)


def _refusal(request: Request, error: RoutingError) -> GoldbriefError:
    if error.status_code == 404:
        return NotFoundError(
            f"There is nothing at {request.url.path[:80]}.",
            reason="NO_SUCH_ROUTE",
            remedy="/docs lists what there is.",
        )
    reasons = {405: "WRONG_METHOD", _CONTENT_TOO_LARGE: "BODY_TOO_LARGE"}
    return InvalidInputError(
        str(error.detail),
        reason=reasons.get(error.status_code, "INVALID_REQUEST"),
        remedy="See /docs for what can be sent.",
    )
