"""How a call ended, on its span."""

from __future__ import annotations

from opentelemetry.trace import Span, StatusCode

_FAULTS_OF_SERVERS = frozenset(
    {"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
)


def note_code(span: Span, code: str, *, of_server: bool) -> None:
    """Let a span say how its call ended.

    Args:
        span: Of the call.
        code: Name of a google.rpc.Code.
        of_server: Whether it is the server's, which a mistake of the client does not fail.
    """
    span.set_attribute("rpc.response.status_code", code)
    if code in _FAULTS_OF_SERVERS or (code != "OK" and not of_server):
        span.set_attribute("error.type", code)
        span.set_status(StatusCode.ERROR)
