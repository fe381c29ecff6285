"""The files of a run, as the client uploaded them, read into goldens and pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from goldbrief.core.documents import Article, Golden
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.object_keys import upload_key
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.core.seams import ObjectStore
from goldbrief.text.normalization import normalize
from goldbrief.text.sections import parse_summary

DEFAULT_PERSONA = "CFO"
_SUMMARY_SUFFIX = ".summary"


@dataclass(frozen=True, slots=True)
class Input:
    """A file and what it is to the run."""

    role: str
    """GOLDEN, GOLDEN_ARTICLE, ARTICLE or GOLDEN_EVAL."""
    name: str
    sha256: str
    """Of its upload; empty when it is fetched."""
    uri: str = ""
    """Where an article is fetched from."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All files of a run.

    Args:
        files: In the order of the client.
        store: Where the uploads are.
    """

    files: Sequence[Input]
    store: ObjectStore

    def of_role(self, role: str) -> list[Input]:
        """Files of a role, by name."""
        return sorted((file for file in self.files if file.role == role), key=lambda f: f.name)

    def goldens(self) -> tuple[Golden, ...]:
        """Read the style goldens, each with its article where it names one.

        Returns:
            The goldens, by name.

        Raises:
            InvalidInputError: One is unreadable, or names an article that is not there.
        """
        articles = {PurePosixPath(f.name).name: f for f in self.of_role("GOLDEN_ARTICLE")}
        goldens = []
        for file in self.of_role("GOLDEN"):
            header, body = split_front_matter(self._text(file), file.name)
            article_text = ""
            if header.get("article"):
                wanted = PurePosixPath(str(header["article"])).name
                if wanted not in articles:
                    raise InvalidInputError(
                        f"Golden {file.name} names the article {wanted}, which is not there.",
                        reason="GOLDEN_ARTICLE_MISSING",
                        remedy=f"Put it into the folder `articles` beside the goldens, "
                        f"or remove `article:` from {file.name}.",
                    )
                article_text = split_front_matter(self._text(articles[wanted]), wanted)[1]
            persona = str(header.get("persona") or DEFAULT_PERSONA)
            goldens.append(
                Golden(name=file.name, persona=persona, summary=body, article_text=article_text)
            )
        return tuple(goldens)

    def golden_eval_pairs(self) -> tuple[GoldenEvalPair, ...]:
        """Read the golden evaluation pairs.

        Returns:
            The pairs, by name.

        Raises:
            InvalidInputError: An article or its summary is missing or unreadable.
        """
        files = {PurePosixPath(f.name).stem: f for f in self.of_role("GOLDEN_EVAL")}
        pairs = []
        for stem in sorted(stem for stem in files if not stem.endswith(_SUMMARY_SUFFIX)):
            article_file, summary_file = files[stem], files.get(stem + _SUMMARY_SUFFIX)
            if summary_file is None:
                raise InvalidInputError(
                    f"Golden evaluation article {article_file.name} has no summary.",
                    reason="GOLDEN_EVAL_INCOMPLETE",
                    remedy=f"Put {stem}{_SUMMARY_SUFFIX}.md beside it.",
                )
            header, body = split_front_matter(self._text(article_file), article_file.name)
            summary_header, summary = split_front_matter(
                self._text(summary_file), summary_file.name
            )
            parse_summary(summary)
            pairs.append(
                GoldenEvalPair(
                    name=stem,
                    article=_article(header, body, article_file.name),
                    persona=str(summary_header.get("persona") or DEFAULT_PERSONA),
                    summary=summary,
                )
            )
        return tuple(pairs)

    def _text(self, file: Input) -> str:
        try:
            return self.store.get(upload_key(file.sha256)).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInputError(
                f"{file.name} is not UTF-8 text: byte {error.start}.",
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
                header = yaml.safe_load(block) or {}
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


def _article(header: dict[str, Any], body: str, name: str) -> Article:
    fields = {key: str(header.get(key) or "") for key in ("title", "company", "source", "date")}
    return Article(sha256=sha256_text(body), uri=name, text=body, **fields)
