"""Spans of the tests' own process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from goldbrief.platform.tracing.works import DerivedIds


class Kept(SpanExporter):
    """Keeps spans while a test wants them: a process has one provider for good."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self.is_wanted = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self.is_wanted:
            self.spans.extend(spans)
        return SpanExportResult.SUCCESS


_kept = Kept()


@pytest.fixture
def spans() -> Iterator[list[ReadableSpan]]:
    """The spans that end from here on."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        provider = TracerProvider(id_generator=DerivedIds(), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(_kept))
        trace.set_tracer_provider(provider)
    _kept.spans, _kept.is_wanted = [], True
    yield _kept.spans
    _kept.is_wanted = False
