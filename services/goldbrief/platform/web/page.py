"""A page for people from an OpenAPI description: no script, and nothing from elsewhere."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{background:#f4f4f4;padding:.75rem;overflow:auto}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:left;vertical-align:top}
code{white-space:nowrap}pre code{white-space:pre}"""


def reference_page(api: Mapping[str, Any]) -> str:
    """Lay an API out as HTML.

    Args:
        api: Its OpenAPI description, as FastAPI makes it.

    Returns:
        A whole page.
    """
    schemas = api.get("components", {}).get("schemas", {})
    parts = [
        f"<h1>{_text(api['info']['title'])} {_text(api['info']['version'])}</h1>",
        f"<p>{_text(api['info'].get('description', ''))}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a></p>',
    ]
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation)
    for name, schema in schemas.items():
        parts += _schema(name, schema)
    body = "\n".join(parts)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>'
        f"{_text(api['info']['title'])}</title><style>{_STYLE}</style>\n{body}</html>"
    )


def _operation(title: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{_text(title)}</code></h2><p>{_text(operation.get('description', ''))}</p>"
    media = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if media is not None:
        yield f"<p>Takes {_kind(media['schema'])} as JSON.</p>"
    yield "<table><tr><th>Status</th><th>What</th><th>Body</th></tr>"
    for status, response in operation["responses"].items():
        bodies = ", ".join(
            f"{_kind(content.get('schema', {}))} <code>{_text(media_type)}</code>"
            for media_type, content in response.get("content", {}).items()
        )
        meaning = _text(response["description"])
        yield f"<tr><td>{status}</td><td>{meaning}</td><td>{bodies}</td></tr>"
    yield "</table>"


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{_text(name)}">{_text(name)}</h3><p>{_text(schema.get("description", ""))}</p>'
    yield "<table><tr><th>Field</th><th>Kind</th><th>Meaning</th></tr>"
    required = schema.get("required", ())
    for field, shape in schema.get("properties", {}).items():
        default = json.dumps(shape.get("default"))
        kind = _kind(shape) + ("" if field in required else f", default {_text(default)}")
        meaning = _text(shape.get("description", ""))
        yield f"<tr><td><code>{_text(field)}</code></td><td>{kind}</td><td>{meaning}</td></tr>"
    yield "</table>"


def _kind(shape: Mapping[str, Any]) -> str:
    """A field's kind in few words, with a link where it has a table of its own."""
    if "$ref" in shape:
        name = _text(shape["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in shape:
        return " or ".join(_kind(one) for one in shape["anyOf"])
    if "enum" in shape:
        return " | ".join(_text(str(value)) for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_kind(shape['items'])}"
    return _text(str(shape.get("type", "text")))


def _text(text: str) -> str:
    return html.escape(text)
