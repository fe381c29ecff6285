"""Small pieces of HTML; everything that a model wrote is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from goldbrief.text.figure_check import CheckedFigure, State, check_figures

_HEADING = re.compile(r"#{1,6} +")
_BULLET = re.compile(r"[-*•] +")
_CLASSES: dict[State, str] = {"supported": "ok", "unclear": "unclear", "unsupported": "bad"}


def paragraph(text: str, css_class: str = "") -> str:
    """A paragraph of escaped text."""
    return f'<p class="{css_class}">{escape(text)}</p>' if css_class else f"<p>{escape(text)}</p>"


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    groups: Sequence[tuple[str, int]] = (),
) -> str:
    """A table that scrolls sideways on a phone; cells are HTML, the first of a row its head.

    Args:
        head: Of the columns.
        rows: A cell a column.
        groups: Heads over several columns, and over how many; after the first column.

    Returns:
        HTML.
    """
    over = "".join(f'<th scope="colgroup" colspan="{n}">{name}</th>' for name, n in groups)
    above = f"<tr><td></td>{over}</tr>" if groups else ""
    cells = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll"><table><thead>{above}<tr>{cells}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def details(summary: str, body: str, css_class: str = "") -> str:
    """A part that opens on a click; `summary` and `body` are HTML."""
    return f'<details class="{css_class}"><summary>{summary}</summary>{body}</details>'


def figure(caption: str, svg: str) -> str:
    """A chart with its caption; empty without one."""
    return f"<figure><figcaption>{caption}</figcaption>{svg}</figure>" if svg else ""


def summary_html(text: str, article: str) -> str:
    """Show a summary with its figures marked.

    Args:
        text: Markdown as the system wrote it; only headings and bullets are understood.
        article: The whole article, for checking the figures.

    Returns:
        HTML; figures that the article has are marked `ok`, those that it seems to say of
        something else `unclear`, others `bad`.
    """
    figures = check_figures(text, article).figures
    parts: list[str] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        inside = [one for one in figures if start <= one.figure.start and one.figure.end <= end]
        parts.append(_line(line, start, inside))
        start = end + 1
    return _group_bullets(parts)


def _line(line: str, offset: int, figures: Sequence[CheckedFigure]) -> str:
    marker = _HEADING.match(line) or _BULLET.match(line)
    position = marker.end() if marker else 0
    html = ""
    for one in figures:
        begin, end = one.figure.start - offset, one.figure.end - offset
        if begin < position:
            continue
        css_class = _CLASSES[one.state]
        html += escape(line[position:begin])
        html += f'<mark class="{css_class}">{escape(line[begin:end])}</mark>'
        position = end
    html += escape(line[position:])
    if not html.strip():
        return ""
    if marker is None:
        return f"<p>{html}</p>"
    return f"<h5>{html}</h5>" if marker[0].startswith("#") else f"<li>{html}</li>"


def _group_bullets(parts: Sequence[str]) -> str:
    html = ""
    in_list = False
    for part in parts:
        if part.startswith("<li>") != in_list and part:
            in_list = not in_list
            html += "<ul>" if in_list else "</ul>"
        html += part
    return f"{html}</ul>" if in_list else html
