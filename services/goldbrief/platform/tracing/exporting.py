"""Exporting spans to a collector, as OpenTelemetry's own variables say; off without one."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from goldbrief.core.egress import require_allowed, uses_proxy
from goldbrief.core.errors import InvalidInputError
from goldbrief.platform.tracing.spans import IDLE
from goldbrief.platform.tracing.works import DerivedIds

_BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SAMPLER = "OTEL_TRACES_SAMPLER"
_RATIO = "OTEL_TRACES_SAMPLER_ARG"
_SAMPLERS = ("always_on", "always_off", "traceidratio")
_LAST_WORD_S = 3.0
"""How long a process that ends waits for the collector to take its last spans."""
_COMPLAINTS_EVERY_S = 60.0


@contextmanager
def tracing(service: str) -> Iterator[None]:
    """Export the spans of this process while the context lasts, where a collector is named.

    What is exported waits in memory, for a few thousand spans; while no collector takes them they
    are dropped, and nothing else waits for it.

    Args:
        service: Name of the process, unless OTEL_SERVICE_NAME gives another.

    Yields:
        Nothing.

    Raises:
        InvalidInputError: A variable of OpenTelemetry has a value that cannot be.
        PermissionDeniedError: The collector is not among the hosts that may be sent anything
            (see `core.egress`).
    """
    endpoint = _endpoint()
    if not endpoint or not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        yield  # off, or the process traces already
        return
    provider = _provider(service, endpoint)
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        # the SDK itself would wait for half a minute
        end = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
        end.start()
        end.join(_LAST_WORD_S)


def _endpoint() -> str:
    """Where spans are sent; empty for nowhere."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ""
    base = os.environ.get(_BASE, "").strip()
    endpoint = os.environ.get(_TRACES, "").strip() or (base and f"{base.rstrip('/')}/v1/traces")
    if not endpoint:
        return ""
    _require_readable(endpoint)
    require_allowed(endpoint, "the collector of traces")
    return endpoint


def _require_readable(endpoint: str) -> None:
    url = urlsplit(endpoint)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise _bad_variable(
            _TRACES if os.environ.get(_TRACES) else _BASE,
            endpoint,
            "Write an http or https URL, e.g. http://collector:4318.",
        )
    protocol = next((os.environ[name] for name in _PROTOCOLS if os.environ.get(name)), "")
    if protocol not in ("", "http/protobuf"):
        raise _bad_variable(
            "OTEL_EXPORTER_OTLP_PROTOCOL",
            protocol,
            "Traces are sent by http/protobuf alone; collectors take it at port 4318.",
        )
    sampler = os.environ.get(_SAMPLER, "")
    if sampler and sampler.removeprefix("parentbased_") not in _SAMPLERS:
        raise _bad_variable(
            _SAMPLER,
            sampler,
            f"Write one of {', '.join(_SAMPLERS)}, with parentbased_ before it or not.",
        )
    ratio = os.environ.get(_RATIO, "")
    if sampler.endswith("traceidratio") and not _is_share(ratio):
        raise _bad_variable(_RATIO, ratio, "Write the share of traces to keep, from 0 to 1.")


def _is_share(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _bad_variable(name: str, value: str, remedy: str) -> InvalidInputError:
    return InvalidInputError(
        f"{name} is {value!r}, which cannot be.",
        reason="INVALID_SETTING",
        remedy=remedy,
        metadata={"field": name},
    )


def _provider(service: str, endpoint: str) -> TracerProvider:
    # here, since whoever traces nothing need not wait for it
    import requests  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http import trace_exporter  # noqa: PLC0415

    logging.getLogger(trace_exporter.__name__).addFilter(_Seldom())
    session = requests.Session()
    session.trust_env = uses_proxy(endpoint)
    exporter = trace_exporter.OTLPSpanExporter(endpoint, session=session)
    provider = TracerProvider(
        resource=_resource(service), id_generator=DerivedIds(), shutdown_on_exit=False
    )
    provider.add_span_processor(_WorthwhileSpans(exporter))
    return provider


def _resource(service: str) -> Resource:
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    name = {} if named else {"service.name": service}
    return Resource.create({**name, "service.version": version("goldbrief")})


class _WorthwhileSpans(BatchSpanProcessor):
    """Exports spans in batches, but no idle looks: a run of hours has thousands of them."""

    def __init__(self, exporter: SpanExporter) -> None:
        super().__init__(exporter)
        self._parents: set[int] = set()
        """Ids of the spans under way that have children."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Note that the span's parent has a child; see SpanProcessor."""
        parent = trace.get_current_span(parent_context)
        if parent.is_recording():
            self._parents.add(parent.get_span_context().span_id)

    def on_end(self, span: ReadableSpan) -> None:
        """Export a span; see SpanProcessor."""
        span_id = span.context.span_id if span.context else 0
        has_children = span_id in self._parents
        self._parents.discard(span_id)
        if has_children or not (span.attributes or {}).get(IDLE):
            super().on_end(span)


class _Seldom(logging.Filter):
    """Lets one complaint a minute through: a collector that is away is no news each time."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _COMPLAINTS_EVERY_S
        return True
