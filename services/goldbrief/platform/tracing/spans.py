"""Spans of this process. They cost microseconds, and go nowhere, while nothing exports them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.util.types import AttributeValue

from goldbrief.core.errors import GoldbriefError

ITEM = "goldbrief.item"
"""Position in its work; -1 is what ends it."""
ATTEMPT = "goldbrief.attempt"
"""Failed tries before this one."""
IDLE = "goldbrief.idle"
"""Of a span that is worth nothing unless others are below it: a look that found nothing to do."""

tracer = trace.get_tracer("goldbrief")


def ids_of(work_id: str, run_id: str) -> dict[str, str | int]:
    """Attributes that say what a span is of; `run_id` is empty for work that is of no run."""
    run: dict[str, str | int] = {"goldbrief.run_id": run_id} if run_id else {}
    return {"goldbrief.work_id": work_id, **run}


def tell_ids(work_id: str, run_id: str) -> None:
    """Let the current span say what it is of; see `ids_of`."""
    trace.get_current_span().set_attributes(ids_of(work_id, run_id))


@contextmanager
def span(
    name: str,
    attributes: Mapping[str, AttributeValue] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
) -> Iterator[Span]:
    """Do something under a span, which the spans begun meanwhile are below.

    Args:
        name: Says what is done; of few values, and without ids.
        attributes: What else is known of it.
        kind: See OpenTelemetry.
        parent: Where it belongs; None is the span that is current.

    Yields:
        The span; an error that passes fails it.
    """
    with tracer.start_as_current_span(
        name,
        parent,
        kind,
        attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as begun:
        try:
            yield begun
        except Exception as error:
            note_failure(begun, error)
            raise


def note_failure(failed: Span, error: BaseException) -> None:
    """Let a span say that it failed, by the kind of the error: a message may quote a text."""
    kind = error.reason if isinstance(error, GoldbriefError) else type(error).__name__
    failed.set_attribute("error.type", kind)
    failed.set_status(StatusCode.ERROR)
