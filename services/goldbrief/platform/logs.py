"""Logs of a process, as lines for people or as JSON, with the ids of what is being done."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Literal

LogFormat = Literal["text", "json"]

_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
_TALKATIVE = ("celery.app.trace", "celery.worker.strategy", "httpx", "httpx2")
"""Loggers that write a line or two for every message and call, of which there are thousands."""
_TRACING = "opentelemetry.trace"
_QUOTED_INPUT = re.compile(r"input_value=.*?, input_type=", re.DOTALL)
"""How pydantic's messages quote what could not be read, which may be part of a text."""
_ids: ContextVar[Mapping[str, str | int]] = ContextVar("_ids")


def set_up_logs(form: LogFormat, file: Path | None = None, line: str = _LINE) -> None:
    """Log everything from INFO on.

    Args:
        form: What an entry looks like; JSON has `run`, `work` and `item` of what is being done, and
            `trace_id` and `span_id` where the process traces.
        file: Where to; None is standard error.
        line: Format of a line for people.
    """
    handler = (
        logging.StreamHandler() if file is None else logging.FileHandler(file, encoding="utf-8")
    )
    handler.setFormatter(JsonFormatter() if form == "json" else LineFormatter(line))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)


@contextmanager
def about(**ids: str | int) -> Iterator[None]:
    """Have entries of this thread tell what they are about.

    Args:
        **ids: Their values by name; empty ones are left out.

    Yields:
        Nothing.
    """
    told = {name: value for name, value in ids.items() if value != ""}
    token = _ids.set({**_ids.get({}), **told})
    try:
        yield
    finally:
        _ids.reset(token)


class LineFormatter(logging.Formatter):
    """Lines for people."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter.format."""
        return _without_quotes(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter.format."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        entry: dict[str, str | int] = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": _without_quotes(record.getMessage()),
            **_ids.get({}),
            **_place_in_trace(),
        }
        if record.exc_info:
            entry["exception"] = _without_quotes(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def _without_quotes(text: str) -> str:
    return _QUOTED_INPUT.sub("input_value=..., input_type=", text)


def _place_in_trace() -> dict[str, str]:
    if _TRACING not in sys.modules:  # it takes a tenth of a second to import
        return {}
    from opentelemetry import trace  # noqa: PLC0415

    place = trace.get_current_span().get_span_context()
    if not place.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(place.trace_id),
        "span_id": trace.format_span_id(place.span_id),
    }
