"""The HTTP interface of the gateway: JSON in, summary out, whole or as server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

import goldbrief
from goldbrief.platform.access import Doorkeeper
from goldbrief.platform.rpc.server import MAX_MESSAGE_BYTES
from goldbrief.platform.rpc.status import expected
from goldbrief.platform.web.access import RequireToken
from goldbrief.platform.web.errors import add_error_handlers, error_body
from goldbrief.platform.web.leaving import unless_left
from goldbrief.platform.web.limits import BodyLimit
from goldbrief.platform.web.page import reference_page
from goldbrief.platform.web.tracing import NO_TELEMETRY, TracedRequests
from goldbrief.summarize.answers import Answer
from goldbrief.summarize.batches import Item, Result, check_ids, summarize_batch
from goldbrief.summarize.bodies import (
    BatchBody,
    ErrorBody,
    ReportBody,
    ReportedBody,
    SummarizeBody,
    SummaryBody,
)
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.messages import to_message
from goldbrief.summarize.reporting import Reporter

_ABOUT = "Executive summaries from the served adapter. The same over gRPC: summarize.proto."
_FAILURES = {
    400: "Empty article, over 1 MiB, not text, or another field is wrong.",
    401: "No token, or one that is not known or has expired.",
    403: "The token lacks the scope `summarize`.",
    404: "Nothing is served under the model's name.",
    413: "The body is over 4 MiB.",
    415: "The body is not declared as JSON.",
    429: "Too many requests; try again after Retry-After.",
    500: "The server failed; its log says why.",
    503: "The engine or the registry is down.",
    504: "The summary was not written in time.",
}
_EVENTS = (
    "The summary. With `stream`: events `delta` (the next piece of text) and, last, `final` (the"
    " whole, as without `stream`). `final` is what counts: it leaves out bullets that repeat an"
    " earlier one, and is another text where that was written a second time (usage.calls). A stream"
    " that ends without `final` failed; `error` says why."
)
_BATCH_EVENTS = (
    "An event for each article as soon as it is there, in any order, with its `id`: `summary`, as"
    " /v1/summarize answers, or `failure`, with the error that it would answer. Last comes `end`; a"
    " stream without it was cut off."
)
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Has proxies hand events on as they come; the second is nginx's."""
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": _EVENTS, "content": {"text/event-stream": {}}},
    **{status: {"model": ErrorBody, "description": why} for status, why in _FAILURES.items()},
}
_REPORT_RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {
        "model": ErrorBody,
        "description": "No such version; or the server does not know the answer, and it is not sent"
        " along.",
    },
    **{status: _RESPONSES[status] for status in (400, 401, 403, 413, 415, 503)},
}
_BATCH_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": _BATCH_EVENTS, "content": {"text/event-stream": {}}},
    400: {"model": ErrorBody, "description": "No items, too many, an id twice, or a wrong field."},
    **{status: _RESPONSES[status] for status in (413, 415)},
}


def create_app(
    gateway: Gateway, reporter: Reporter, doorkeeper: Doorkeeper | None = None
) -> FastAPI:
    """Make the application.

    Args:
        gateway: Writes the summaries.
        reporter: Takes those that are marked wrong.
        doorkeeper: Knows who may have them written; None lets anybody.

    Returns:
        The application: `/v1/summarize`, `/v1/summaries/{id}/report`, `/health`, `/openapi.json`
        and `/docs`.
    """
    app = FastAPI(
        title="Goldbrief Summarize",
        version=goldbrief.__version__,
        description=_ABOUT,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere
        redoc_url=None,
        telemetry=NO_TELEMETRY,
    )
    app.add_middleware(BodyLimit, most=MAX_MESSAGE_BYTES)
    app.add_middleware(
        RequireToken, doorkeeper=doorkeeper or Doorkeeper(), scope="summarize", path="/v1/"
    )
    app.add_middleware(TracedRequests, path="/v1/")
    add_error_handlers(app)

    @app.post("/v1/summarize", response_model=SummaryBody, responses=_RESPONSES)
    async def summarize(body: SummarizeBody, request: Request) -> Response:
        """Summarize one article. Closing the connection stops the work."""
        assignment = body.assignment()
        if not body.stream:
            answer = await unless_left(request, gateway.answer(assignment, body.timeout_s))
            return JSONResponse(_summary(answer))
        steps = gateway.stream(assignment, body.timeout_s)
        # before the status is sent, so that what fails at once fails with its own
        first = await unless_left(request, anext(steps))
        return StreamingResponse(_events(first, steps), 200, _UNBUFFERED, "text/event-stream")

    @app.post("/v1/summarize/batch", response_class=StreamingResponse, responses=_BATCH_RESPONSES)
    async def batch(body: BatchBody) -> Response:
        """Summarize several articles. Closing the connection stops the work."""
        check_ids([item.id for item in body.items])
        items = [Item.of(item.id, item.assignment) for item in body.items]
        results = summarize_batch(gateway, items, body.timeout_s)
        return StreamingResponse(_results(results), 200, _UNBUFFERED, "text/event-stream")

    @app.post("/v1/summaries/{request_id}/report", responses=_REPORT_RESPONSES)
    def report(request_id: str, body: ReportBody) -> ReportedBody:
        """Mark a summary wrong, for people to look at. Doing it again is the same report."""
        return ReportedBody.of(reporter.report(body.message(request_id)))

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Whether this server answers."""
        return {"status": "ok"}

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(reference_page(app.openapi()))

    return app


async def _events(
    first: str | Answer, steps: AsyncGenerator[str | Answer, None]
) -> AsyncIterator[str]:
    async with aclosing(steps):
        try:
            yield _event(first)
            async for step in steps:
                yield _event(step)
        except Exception as error:  # noqa: BLE001 - the status has been sent: it becomes an event
            yield _line("error", error_body(expected(error)))


async def _results(results: AsyncGenerator[Result, None]) -> AsyncIterator[str]:
    count = 0
    async with aclosing(results):
        async for result in results:
            count += 1
            if isinstance(result.outcome, Answer):
                yield _line("summary", {"id": result.id, "summary": _summary(result.outcome)})
            else:
                yield _line("failure", {"id": result.id} | error_body(result.outcome))
    yield _line("end", {"results": count})


def _event(step: str | Answer) -> str:
    if isinstance(step, Answer):
        return _line("final", {"final": _summary(step)})
    return _line("delta", {"delta": step})


def _line(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _summary(answer: Answer) -> dict[str, Any]:
    return SummaryBody.of(to_message(answer)).model_dump(mode="json")
