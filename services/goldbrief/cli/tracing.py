"""A command as a trace, where a collector of traces is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

_COLLECTOR = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


@contextmanager
def traced_command(name: str) -> Iterator[None]:
    """Export the spans of this process, and put the calls of a command below one of its own.

    Args:
        name: The command; empty leaves each call by itself.

    Yields:
        Nothing.

    Raises:
        GoldbriefError: See `goldbrief.platform.tracing.exporting.tracing`.
    """
    if not any(os.environ.get(variable) for variable in _COLLECTOR):
        yield  # it would take a tenth of a second to import what traces
        return
    try:
        from goldbrief.platform.tracing.exporting import tracing  # noqa: PLC0415
        from goldbrief.platform.tracing.spans import span  # noqa: PLC0415
    except ImportError:
        click.echo("no traces: install goldbrief[tracing] to have some", err=True)
        yield
        return
    with tracing("goldbrief"):
        if name:
            with span(f"goldbrief {name}"):
                yield
        else:
            yield
