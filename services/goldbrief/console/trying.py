"""A summary of pasted text, as it is written, with its figures checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.console.visits import Visit, for_role
from goldbrief.core.errors import GoldbriefError
from goldbrief.sdk.summaries import DEFAULT_MODEL

_SUPPORT = {
    summarize_pb2.FIGURE_SUPPORT_SUPPORTED: "ok",
    summarize_pb2.FIGURE_SUPPORT_UNSUPPORTED: "bad",
    summarize_pb2.FIGURE_SUPPORT_UNCLEAR: "unclear",
}


@for_role("operator")
def form(visit: Visit) -> Response:
    """Where an article is pasted."""
    listed = visit.client.registry.ListModelVersions(registry_pb2.ListModelVersionsRequest())
    models = list(dict.fromkeys(version.model for version in listed.model_versions))
    return visit.page("try", models=models or [DEFAULT_MODEL])


@for_role("operator")
def write(visit: Visit) -> Response:
    """Stream a summary, a JSON document a line: `delta`, at the end `final` or `problem`."""
    visit.desk.summaries.take(visit.account.name)
    steps = visit.client.stream_summarize(
        str(visit.fields.get("article", "")),
        str(visit.fields.get("model") or DEFAULT_MODEL),
        str(visit.fields.get("persona", "")),
    )
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_lines(steps), headers=headers, media_type="application/jsonl")


ROUTES = [
    Route("/operator/try", form),
    Route("/operator/try/write.json", write, methods=["POST"]),
]


def _lines(steps: Iterator[summarize_pb2.StreamSummarizeResponse]) -> Iterator[str]:
    try:
        for step in steps:
            if step.HasField("final"):
                yield _line(final=_final(step.final))
            else:
                yield _line(delta=step.delta)
    except GoldbriefError as error:
        yield _line(problem=str(error))


def _line(**document: Any) -> str:
    return json.dumps(document, ensure_ascii=False) + "\n"


def _final(answer: summarize_pb2.SummarizeResponse) -> dict[str, Any]:
    kinds = [_SUPPORT.get(one.support, "") for one in answer.figures]
    return {
        "pieces": list(_pieces(answer)),
        "withheld": answer.withheld,
        "model": answer.model,
        "version": answer.version,
        "supported": kinds.count("ok"),
        "figures": len(kinds),
        "problems": [*answer.structure_problems, *answer.style_problems],
        "tokens": answer.usage.completion_tokens,
        "seconds": answer.usage.latency_s,
    }


def _pieces(answer: summarize_pb2.SummarizeResponse) -> Iterator[dict[str, str]]:
    """The text, cut where figures begin and end."""
    end = 0
    for figure in sorted(answer.figures, key=lambda one: one.summary_span.start):
        span = figure.summary_span
        if span.start < end:
            continue
        yield {"text": answer.text[end : span.start], "kind": ""}
        yield {"text": answer.text[span.start : span.end], "kind": _SUPPORT.get(figure.support, "")}
        end = span.end
    yield {"text": answer.text[end:], "kind": ""}
