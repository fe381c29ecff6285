"""Templates: everything that people or models wrote is escaped."""

from __future__ import annotations

from importlib import resources
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.responses import HTMLResponse

from goldbrief.sdk.answers import state_of


class Pages:
    """Fills templates."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters.update(
            state=state_of, when=_when, words=_words, figure=_figure, paragraphs=_paragraphs
        )

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a page.

        Args:
            template: Name of a file in `templates`, without its ending.
            status: HTTP status.
            **values: What the template names.

        Returns:
            The answer.
        """
        text = self._templates.get_template(template).render(**values)
        return HTMLResponse(text, status)


def _read(name: str) -> str:
    file = resources.files("goldbrief.console") / "templates" / f"{name}.html"
    return file.read_text(encoding="utf-8")


def _when(moment: Timestamp) -> str:
    """Day and time in UTC; empty for none."""
    if not moment.seconds:
        return ""
    return moment.ToDatetime().strftime("%Y-%m-%d %H:%M UTC")


def _words(name: str) -> str:
    """A name in words."""
    return name.replace("_", " ").lower()


def _figure(value: float | None, digits: int = 2) -> str:
    """A figure; a dash for none."""
    return "–" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"  # never -0.00


def _paragraphs(text: str) -> list[str]:
    """Paragraphs of an article."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]
