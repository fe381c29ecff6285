"""Requests of the gateway, which both clients make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.core.errors import GoldbriefError
from goldbrief.platform.rpc.status import error_of

DEFAULT_MODEL = "briefs"
_MAX_ITEMS = 100
_MAX_BYTES = 3 * 1024 * 1024
"""Of articles in one call; a message may have 4 MiB."""
FigurePolicy = Literal["", "annotate", "retry", "withhold", "enforce"]
"""What is done about figures that the article does not support; empty leaves it to the server."""


def summarize_request(
    article_text: str,
    model: str,
    persona: str,
    figure_policy: FigurePolicy,
    fresh: bool = False,
) -> summarize_pb2.SummarizeRequest:
    """Make the request for one summary; arguments as `Client.summarize`."""
    return summarize_pb2.SummarizeRequest(
        article_text=article_text,
        model=model,
        persona=persona,
        figure_policy=f"FIGURE_POLICY_{figure_policy.upper() or 'UNSPECIFIED'}",
        fresh=fresh,
    )


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of one article of a batch: `summary` or `error`, the other is None."""

    id: str
    summary: summarize_pb2.SummarizeResponse | None
    error: GoldbriefError | None


def batch_requests(
    articles: Mapping[str, str], model: str, persona: str, figure_policy: FigurePolicy
) -> Iterator[summarize_pb2.BatchSummarizeRequest]:
    """Make the requests for many summaries, each within the limits of a call.

    Args:
        articles: Texts by id.
        model: See `Client.summarize`, as for what follows.
        persona: Whom to write for.
        figure_policy: What is done about figures.

    Yields:
        Requests that together hold all articles.
    """
    request, size = summarize_pb2.BatchSummarizeRequest(), 0
    for name, text in articles.items():
        one = summarize_request(text, model, persona, figure_policy)
        item = summarize_pb2.BatchItem(id=name, request=one)
        is_full = len(request.items) >= _MAX_ITEMS or size + item.ByteSize() > _MAX_BYTES
        if is_full and request.items:
            yield request
            request, size = summarize_pb2.BatchSummarizeRequest(), 0
        request.items.append(item)
        size += item.ByteSize()
    if request.items:
        yield request


def batch_result(answer: summarize_pb2.BatchSummarizeResponse) -> BatchResult:
    """Read what a call answered for one article."""
    if answer.HasField("summary"):
        return BatchResult(answer.id, answer.summary, None)
    failure = answer.failure
    error = error_of(
        failure.code,
        failure.message,
        reason=failure.reason,
        remedy=failure.remedy,
        metadata=dict(failure.metadata),
    )
    return BatchResult(answer.id, None, error)
