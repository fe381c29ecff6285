"""Errors as HTTP answers, in the form that the route's clients read."""

from __future__ import annotations

import math
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from goldbrief.core.errors import (
    FailedPreconditionError,
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    ResourceExhaustedError,
    TransientError,
    UnauthenticatedError,
)

_STATUS: tuple[tuple[type[GoldbriefError], int, str, str], ...] = (
    (InvalidInputError, 422, "invalid_request_error", "validation"),
    (UnauthenticatedError, 401, "authentication_error", "unauthorized"),
    (NotFoundError, 404, "not_found_error", "not_found"),
    (ResourceExhaustedError, 429, "rate_limit_error", "overloaded"),
    (TransientError, 503, "server_error", "unavailable"),
    (FailedPreconditionError, 503, "server_error", "unavailable"),
    (GoldbriefError, 500, "server_error", "generation"),
)


def is_openai(path: str) -> bool:
    """Whether the route speaks OpenAI's dialect; the others speak TGI's."""
    return path.startswith("/v1/")


def error_body(error: GoldbriefError, *, openai: bool) -> dict[str, Any]:
    """Describe an error as OpenAI's or TGI's clients expect it."""
    _, _, openai_type, tgi_type = _row(error)
    if openai:
        described = {"message": str(error), "type": openai_type, "code": error.reason}
        return {"error": {**described, "param": error.metadata.get("field")}}
    return {"error": str(error), "error_type": tgi_type}


def error_response(error: GoldbriefError, *, openai: bool) -> JSONResponse:
    """Answer with an error's status and body, and Retry-After where it is known."""
    headers = {}
    if isinstance(error, ResourceExhaustedError) and error.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    return JSONResponse(error_body(error, openai=openai), _row(error)[1], headers)


def body_error(error: RequestValidationError) -> InvalidInputError:
    """Turn FastAPI's list of what is wrong with a body into one sentence."""
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'][1:]) or 'body'}: {problem['msg']}"
        for problem in error.errors()
    ]
    return InvalidInputError(
        f"The request is not valid: {'; '.join(problems)}.", reason="INVALID_REQUEST"
    )


def _row(error: GoldbriefError) -> tuple[type[GoldbriefError], int, str, str]:
    return next(row for row in _STATUS if isinstance(error, row[0]))
