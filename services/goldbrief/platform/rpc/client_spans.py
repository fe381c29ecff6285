"""Spans of the calls that a channel makes, in processes that trace.

OpenTelemetry takes a tenth of a second to import, and clients need not have it. Whoever traces,
we or an application of which we are a part, has imported it before the first call.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

_API = "opentelemetry.trace"
_OWN_SERVICES = "/goldbrief."


class ClientSpan:
    """The span of one call; nothing at all in a process that traces nothing.

    Args:
        method: Full name of the RPC, with a slash before it.
    """

    def __init__(self, method: str) -> None:
        self._span: Any = None
        self.metadata: list[tuple[str, str]] = []
        """To be sent with the call, so that its server goes on in the trace."""
        if _API in sys.modules and method.startswith(_OWN_SERVICES):
            from opentelemetry.trace import SpanKind  # noqa: PLC0415 - see above

            from goldbrief.platform.tracing.carrying import headers_below  # noqa: PLC0415
            from goldbrief.platform.tracing.spans import tracer  # noqa: PLC0415

            name = method.lstrip("/")
            attributes = {"rpc.system.name": "grpc", "rpc.method": name}
            self._span = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)
            self.metadata = [*headers_below(self._span).items()]

    def end_with(self, call: Any) -> None:
        """End it when its call ends."""
        if self._span is None:
            return
        # weak, since grpc cancels a call that nobody holds any more
        held = weakref.ref(call)
        if call.done() or not call.add_callback(lambda: self._end(held())):
            self._end(call)

    def _end(self, call: Any) -> None:
        from goldbrief.platform.rpc.span_codes import note_code  # noqa: PLC0415 - see above

        code = "CANCELLED" if call is None else call.code().name
        note_code(self._span, code, of_server=False)
        self._span.end()


def current_metadata() -> list[tuple[str, str]]:
    """What a call sends whose span is not ours to make; empty in a process that traces nothing."""
    if _API not in sys.modules:
        return []
    from opentelemetry import trace  # noqa: PLC0415 - see above

    from goldbrief.platform.tracing.carrying import headers_below  # noqa: PLC0415

    return [*headers_below(trace.get_current_span()).items()]
