"""The current place in a trace, carried to other processes and threads.

By W3C trace context alone: OpenTelemetry's baggage would carry on whatever a caller puts in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_P = ParamSpec("_P")
_T = TypeVar("_T")
_FORMAT = TraceContextTextMapPropagator()
_VARIABLES = {"traceparent": "TRACEPARENT", "tracestate": "TRACESTATE"}


def headers_below(span: Span) -> dict[str, str]:
    """Headers of a request whose spans are to be below a span; none where nothing traces."""
    return _carried(trace.set_span_in_context(span))


def context_of(headers: Mapping[str, str]) -> Context:
    """The place that a request came with.

    Args:
        headers: Their names in lower case.

    Returns:
        The place; none for headers without one, or with nonsense.
    """
    return _FORMAT.extract(dict(headers), Context())


def environment_of(context: Context) -> dict[str, str]:
    """Variables by which a process that is started learns its place; none where nothing traces."""
    return {_VARIABLES[name]: value for name, value in _carried(context).items()}


def context_of_process() -> Context:
    """The place that this process was started with; none if it was not."""
    set_ones = {name: os.environ.get(variable, "") for name, variable in _VARIABLES.items()}
    return context_of({name: value for name, value in set_ones.items() if value})


class ContextPool(ThreadPoolExecutor):
    """Threads that go on in the context of who gave them the work: its span, its ids for logs."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """See ThreadPoolExecutor.submit, which `map` uses too."""
        work = partial(fn, *args, **kwargs)
        return super().submit(copy_context().run, work)


def _carried(context: Context) -> dict[str, str]:
    carrier: dict[str, str] = {}
    _FORMAT.inject(carrier, context)
    return carrier
