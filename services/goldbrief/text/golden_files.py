"""Reads style goldens from the files that people keep them in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from goldbrief.core.documents import Golden
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.yaml_text import load_yaml
from goldbrief.text.normalization import normalize

DEFAULT_PERSONA = "CFO"


def read_goldens(goldens: Mapping[str, bytes], articles: Mapping[str, bytes]) -> tuple[Golden, ...]:
    """Read goldens, each with its article where its front matter names one.

    Args:
        goldens: Name to content, Markdown with front matter.
        articles: Likewise, those that goldens name.

    Returns:
        The goldens, by name.

    Raises:
        InvalidInputError: One is unreadable, or names an article that is not there.
    """
    by_name = {PurePosixPath(name).name: data for name, data in articles.items()}
    found = []
    for name, data in sorted(goldens.items()):
        header, body = split_front_matter(read_text(data, name), name)
        article_text = ""
        if header.get("article"):
            wanted = PurePosixPath(str(header["article"])).name
            if wanted not in by_name:
                raise InvalidInputError(
                    f"Golden {name} names the article {wanted}, which is not there.",
                    reason="GOLDEN_ARTICLE_MISSING",
                    remedy="Put it into the folder `articles` beside the goldens, "
                    f"or remove `article:` from {name}.",
                )
            article_text = split_front_matter(read_text(by_name[wanted], wanted), wanted)[1]
        persona = str(header.get("persona") or DEFAULT_PERSONA)
        found.append(Golden(name=name, persona=persona, summary=body, article_text=article_text))
    return tuple(found)


def read_text(data: bytes, name: str) -> str:
    """Decode a file; raises InvalidInputError (`NOT_UTF8`)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{name} is not UTF-8 text: byte {error.start}.",
            reason="NOT_UTF8",
            remedy="Save it as UTF-8.",
        ) from error


def split_front_matter(text: str, name: str) -> tuple[dict[str, Any], str]:
    """Split Markdown into its YAML front matter and its normalised body.

    Args:
        text: The file.
        name: Its name, for messages.

    Returns:
        Header (empty without front matter) and body.

    Raises:
        InvalidInputError: The front matter is not a YAML mapping.
    """
    header: Any = {}
    body = text
    if text.startswith("---\n"):
        block, separator, rest = text[4:].partition("\n---")
        if separator:
            body = rest.partition("\n")[2]
            try:
                header = load_yaml(block) or {}
            except yaml.YAMLError as error:
                raise InvalidInputError(
                    f"The front matter of {name} is not YAML: {error}",
                    reason="INVALID_FRONT_MATTER",
                ) from error
    if not isinstance(header, dict):
        raise InvalidInputError(
            f"The front matter of {name} must hold keys and values.", reason="INVALID_FRONT_MATTER"
        )
    return header, normalize(body).text
