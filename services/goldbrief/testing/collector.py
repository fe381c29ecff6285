"""A collector of traces: takes OTLP over HTTP and keeps what it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from goldbrief.testing.loopback import LoopbackServer, QuietHandler

_OK = 200


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it was exported."""

    name: str
    kind: int
    """1 internal, 2 server, 3 client, 4 producer, 5 consumer."""
    trace_id: str
    """In hexadecimal digits, as the others."""
    span_id: str
    parent_id: str
    """Empty for the first of a trace."""
    links: Sequence[str]
    """Ids of the traces that it is linked to."""
    attributes: Mapping[str, Any]
    is_failed: bool
    service: str
    """Name of the process."""


class Collector(LoopbackServer):
    """Listens on a free port of 127.0.0.1, its `url` is what OTEL_EXPORTER_OTLP_ENDPOINT takes.

    Args:
        status: What it answers; with another than 200 it keeps nothing.
    """

    def __init__(self, status: int = _OK) -> None:
        self.status = status
        self.spans: list[ReceivedSpan] = []
        self.bodies: list[bytes] = []
        """Of the requests, as they came."""
        super().__init__(_Handler)

    def named(self, name: str) -> list[ReceivedSpan]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def take(self, body: bytes) -> int:
        """Take a request; returns the status to answer."""
        if self.status == _OK:
            self.bodies.append(body)
            self.spans.extend(_read(ExportTraceServiceRequest.FromString(body)))
        return self.status


class _Handler(QuietHandler):
    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        collector: Collector = self.server.fake  # type: ignore[attr-defined]
        self.send_response(collector.take(body) if self.path == "/v1/traces" else 404)
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _read(request: ExportTraceServiceRequest) -> list[ReceivedSpan]:
    return [
        ReceivedSpan(
            name=span.name,
            kind=span.kind,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            links=[link.trace_id.hex() for link in span.links],
            attributes=_attributes(span.attributes),
            is_failed=span.status.code == span.status.STATUS_CODE_ERROR,
            service=_attributes(resource.resource.attributes)["service.name"],
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _attributes(found: Sequence[KeyValue]) -> dict[str, Any]:
    return {one.key: _value(one.value) for one in found}


def _value(value: AnyValue) -> Any:
    if value.HasField("array_value"):
        return [_value(one) for one in value.array_value.values]
    return getattr(value, value.WhichOneof("value") or "string_value")
