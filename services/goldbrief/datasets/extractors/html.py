"""Main text of a web page, without navigation; tables as rows; without what nobody sees."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
import trafilatura
from lxml import etree

from goldbrief.core.errors import InvalidInputError
from goldbrief.datasets.extractors.found import Found
from goldbrief.datasets.extractors.tables import render_rows

_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)"
    r"|font-size:0(?:\.0*)?(?:px|pt|em|rem|%)?(?=;|$|!)"
    r"|(?<![-\w])(?:text-indent|left|top):-\d{4,}"
    r"|(?<![-\w])(?:width|height):[01]px;.*overflow:hidden"
)
_CLEAR = re.compile(r"(?<![-\w])opacity:0(?:\.0*)?(?=;|$|!)")
_FADED_IN = 0.3
"""Share of a page's words from which what is transparent is faded in by a script, not hidden."""
_WHITE = re.compile(r"(?<![-\w])color:(?:#fff(?:fff)?\b|white\b|rgb\(255,255,255\)|transparent\b)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_SIMPLE_SELECTOR = re.compile(r"([.#])([\w-]+)")
_NO_TEXT = ("body", "head", "script", "style", "meta")
_LONGEST_CELL = 60
"""Average characters of the cells beside the labels from which a table only lays a page out."""


def read_html(data: bytes) -> Found:
    """Read the main text of a page.

    Args:
        data: The page, in UTF-8.

    Returns:
        Text and metadata.

    Raises:
        InvalidInputError: It has no main text.
    """
    html = data.decode()
    if "<html" not in html.lower():  # fragments would pass for pages without text
        html = f"<html><body>{html}</body></html>"
    tree = _parsed(html)
    hidden_words = _drop_hidden(tree)
    for table in list(tree.iter("table")):
        _write_out(table)
    page = trafilatura.bare_extraction(
        lxml.html.tostring(tree, encoding="unicode"),
        include_comments=False,
        with_metadata=True,
        # a date found anywhere in the page is more often wrong than one it declares
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if page is None or not (page.text or "").strip():
        raise InvalidInputError("the page has no main text")
    return Found(
        page.text,
        title=page.title or "",
        source=page.sitename or "",
        date=page.date or "",
        licence=page.license or "",
        hidden_words=hidden_words,
    )


def _parsed(html: str) -> lxml.html.HtmlElement:
    # bytes, since lxml refuses text that declares an encoding
    parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        return lxml.html.document_fromstring(html.encode(), parser=parser)
    except etree.ParserError:  # it has no elements at all
        raise InvalidInputError("the page has no main text") from None


def _drop_hidden(tree: lxml.html.HtmlElement) -> int:
    """Remove elements that browsers do not show; returns the number of their words."""
    names = set(_hidden_names(tree))
    most = _FADED_IN * _count_words(tree)
    dropped = 0
    gone: set[lxml.html.HtmlElement] = set()
    for element in list(tree.iter(etree.Element)):
        if element in gone or element.getparent() is None or element.tag in _NO_TEXT:
            continue
        if _is_hidden(element, names) or (_is_clear(element) and _count_words(element) < most):
            dropped += _count_words(element)
            gone.update(element.iter())
            element.drop_tree()
    return dropped


def _count_words(element: lxml.html.HtmlElement) -> int:
    return len(" ".join(element.itertext()).split())


def _hidden_names(tree: lxml.html.HtmlElement) -> Iterator[str]:
    """Classes and ids, as `.class` and `#id`, that a style sheet of the page hides."""
    for sheet in tree.iter("style"):
        # what holds only for print or small screens hides nothing
        for selectors, body in _RULE.findall(_AT_RULE.sub("", sheet.text or "")):
            if _HIDING.search(_tight(body)):
                for selector in selectors.split(","):
                    match = _SIMPLE_SELECTOR.fullmatch(selector.strip())
                    if match:
                        yield match[0]


def _is_hidden(element: lxml.html.HtmlElement, names: set[str]) -> bool:
    if element.get("hidden") is not None or element.tag == "template":
        return True
    if f"#{element.get('id')}" in names:
        return True
    if any(f".{name}" in names for name in (element.get("class") or "").split()):
        return True
    style = _tight(element.get("style") or "")
    return bool(_HIDING.search(style)) or (
        bool(_WHITE.search(style)) and not _is_on_colour(element)
    )


def _is_clear(element: lxml.html.HtmlElement) -> bool:
    return bool(_CLEAR.search(_tight(element.get("style") or "")))


def _is_on_colour(element: lxml.html.HtmlElement) -> bool:
    """Whether white text stands on something that may be dark."""
    return any(
        "background" in (part.get("style") or "") or part.get("bgcolor")
        for part in (element, *element.iterancestors())
    )


def _tight(style: str) -> str:
    return re.sub(r"\s+", "", style.lower())


def _write_out(table: lxml.html.HtmlElement) -> None:
    """Replace a table of data by a paragraph a row."""
    if table.getparent() is None or next(table.iterdescendants("table"), None) is not None:
        return  # the outer of two nested tables lays the page out
    rows = [list(_cells(row)) for row in table.iter("tr")]
    if not _is_data(rows):
        return
    caption = table.find("caption")
    title = "" if caption is None else " ".join(caption.text_content().split())
    division = lxml.html.Element("div")
    for line in [*filter(None, [title]), *render_rows(rows)]:
        paragraph = etree.SubElement(division, "p")
        paragraph.text = line
    division.tail = table.tail
    table.getparent().replace(table, division)


def _cells(row: lxml.html.HtmlElement) -> Iterator[str]:
    for cell in row.iter("td", "th"):
        yield " ".join(" ".join(cell.itertext()).split())
        span = cell.get("colspan") or "1"
        yield from [""] * (min(int(span), 50) - 1 if span.isdecimal() else 0)


def _is_data(rows: list[list[str]]) -> bool:
    filled = [[cell for cell in row if cell] for row in rows]
    beside = [cell for row in filled if len(row) > 1 for cell in row[1:]]
    several = sum(1 for row in filled if len(row) > 1)
    return several > 1 and sum(map(len, beside)) <= _LONGEST_CELL * len(beside)
