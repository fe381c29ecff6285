"""Markdown with YAML front matter."""

from __future__ import annotations

import re
from typing import Any

import yaml

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.yaml_text import load_yaml
from goldbrief.datasets.documents import Document, clean_label, iso_date

_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_KEY_LINE = re.compile(r"([A-Za-z][\w-]*):\s*(.*)")
_HEADING = re.compile(r"^#\s+(.+?)\s*#*$", re.MULTILINE)
_LABELS = ("title", "company", "source", "licence")


def read_markdown(name: str, text: str) -> Document:
    """Separate front matter from the article.

    Front matter gives title, company, date, source and licence; other keys are ignored. Where it
    is not valid YAML it is read line by line, which is noted.

    Args:
        name: File name.
        text: The file.

    Returns:
        The document; its title is the first heading when front matter gives none.

    Raises:
        InvalidInputError: The front matter cannot be read either way.
    """
    text = text.replace("\r\n", "\n").lstrip("\n")
    match = _FRONT_MATTER.match(text)
    fields, notes = _fields(match[1]) if match else (None, [])
    if match is None or fields is None:  # rules around a paragraph look like front matter
        fields, body = {}, text
    else:
        body = text[match.end() :]
    fields.setdefault("licence", fields.get("license", ""))
    for key in (key for key in _LABELS if fields.get(key) and not clean_label(fields[key])):
        notes.append(f"front matter: {key} is no text and was ignored")
    date = iso_date(fields.get("date", ""))
    if fields.get("date") and not date:
        notes.append(f"front matter: date {str(fields['date'])!r} is not ISO 8601 and was ignored")
    labels = {key: clean_label(fields.get(key, "")) for key in _LABELS}
    heading = _HEADING.search(body)
    labels["title"] = labels["title"] or (clean_label(heading[1]) if heading else "")
    return Document(
        name,
        body,
        title=labels["title"],
        company=labels["company"],
        source=labels["source"],
        date=date,
        licence=labels["licence"],
        notes=tuple(notes),
    )


def _fields(front_matter: str) -> tuple[dict[str, Any] | None, list[str]]:
    try:
        loaded = load_yaml(front_matter)
    except yaml.YAMLError as error:
        return _line_by_line(front_matter, error)
    return (loaded if isinstance(loaded, dict) else None), []


def _line_by_line(front_matter: str, error: Exception) -> tuple[dict[str, Any], list[str]]:
    """Read `key: value` lines; titles with a colon in them are the usual mistake."""
    fields: dict[str, Any] = {}
    for number, line in enumerate(front_matter.splitlines(), start=2):
        match = _KEY_LINE.fullmatch(line.strip())
        if match is None and line.strip():
            raise InvalidInputError(
                f"its front matter is malformed at line {number}: {line.strip()[:60]!r}",
                reason="MALFORMED_FRONT_MATTER",
            )
        if match is not None:
            fields[match[1]] = match[2].strip("\"'")
    mark = getattr(error, "problem_mark", None)
    where = f" (line {mark.line + 2})" if mark is not None else ""
    return fields, [f"front matter is not valid YAML{where} and was read line by line"]
