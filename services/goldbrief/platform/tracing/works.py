"""The traces of runs: derived from ids, so that any process finds its place, also after a crash.

A run is one trace, whose id is the beginning of the SHA-256 of the run's id. In it, the creation of
a work is a span whose id is that of the work's id, and all that is done for the work is below it.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from goldbrief.platform.tracing.spans import ids_of, tell_ids, tracer

_wanted: ContextVar[SpanContext | None] = ContextVar("_wanted", default=None)


class DerivedIds(RandomIdGenerator):
    """Gives the span of a work's creation the ids that others derive; all other spans new ones."""

    def generate_trace_id(self) -> int:
        """Id of a trace that begins."""
        wanted = _wanted.get()
        return super().generate_trace_id() if wanted is None else wanted.trace_id

    def generate_span_id(self) -> int:
        """Id of a span that begins."""
        wanted = _wanted.get()
        return super().generate_span_id() if wanted is None else wanted.span_id


def work_context(work_id: str, run_id: str) -> Context:
    """Where the spans of a work belong: below its creation.

    Args:
        work_id: The work.
        run_id: The run that it is of; empty gives it a trace of its own.

    Returns:
        The parent, sampled as all of its trace is; none where this process traces nothing.
    """
    sampler = getattr(trace.get_tracer_provider(), "sampler", None)
    if sampler is None:
        return Context()
    created = _creation(work_id, run_id, sampler)
    return trace.set_span_in_context(NonRecordingSpan(created), Context())


def note_creation(work_id: str, kind: str, run_id: str, items: int) -> None:
    """Put the creation of a work into its trace, and its ids on the span that is current.

    Args:
        work_id: The work, which is new.
        kind: What it is.
        run_id: The run that it is of; empty for none.
        items: How many it begins with.
    """
    sampler = getattr(trace.get_tracer_provider(), "sampler", None)
    if sampler is None:
        return
    tell_ids(work_id, run_id)
    cause = trace.get_current_span().get_span_context()
    created = _creation(work_id, run_id, sampler)
    is_within = cause.trace_id == created.trace_id
    token = _wanted.set(created)
    try:
        tracer.start_span(
            f"create {kind}",
            context=None if is_within else Context(),
            kind=SpanKind.PRODUCER,
            attributes={**ids_of(work_id, run_id), "goldbrief.items": items},
            # who asks for a run has a trace of their own, in which the run's would begin anew
            # with each who does
            links=[Link(cause)] if cause.is_valid and not is_within else [],
        ).end()
    finally:
        _wanted.reset(token)


def _creation(work_id: str, run_id: str, sampler: Sampler) -> SpanContext:
    trace_id = int.from_bytes(_digest(run_id or work_id)[:16])
    decision = sampler.should_sample(Context(), trace_id, "").decision
    is_sampled = decision is Decision.RECORD_AND_SAMPLE
    return SpanContext(
        trace_id,
        int.from_bytes(_digest(work_id)[:8]),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if is_sampled else TraceFlags.DEFAULT),
    )


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
