"""The files of a run, as the client uploaded them, read into goldens and pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from goldbrief.core.documents import Article, Golden, StyleContract
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.object_keys import upload_key
from goldbrief.core.plans import GoldenEvalPair
from goldbrief.core.seams import ObjectStore
from goldbrief.text.golden_files import (
    DEFAULT_PERSONA,
    read_goldens,
    read_text,
    split_front_matter,
)
from goldbrief.text.sections import parse_summary
from goldbrief.text.style import StyleStudy, follow_style, study_goldens, with_personas
from goldbrief.text.style_file import read_style

_SUMMARY_SUFFIX = ".summary"


@dataclass(frozen=True, slots=True)
class Input:
    """A file and what it is to the run."""

    role: str
    """GOLDEN, GOLDEN_ARTICLE, ARTICLE, GOLDEN_EVAL or STYLE."""
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
        return read_goldens(self._data("GOLDEN"), self._data("GOLDEN_ARTICLE"))

    def style(self, personas: Sequence[str] = ()) -> StyleStudy:
        """The style contract to follow: the file that the recipe names, or what goldens show.

        Args:
            personas: Whom the recipe writes for; empty leaves it to the contract.

        Returns:
            The contract with notes on the goldens.

        Raises:
            InvalidInputError: The goldens are too few, or contradict each other where no file
                settles it; or the file is no style contract.
        """
        goldens = self.goldens()
        files = self.of_role("STYLE")
        if files:
            contract = read_style(self._text(files[0]), files[0].name)
            return with_personas(follow_style(contract, goldens), personas, goldens)
        return with_personas(study_goldens(goldens), personas, goldens)

    def golden_eval_pairs(self, style: StyleContract) -> tuple[GoldenEvalPair, ...]:
        """Read the golden evaluation pairs.

        Args:
            style: The summaries must have its sections.

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
            parse_summary(summary, style)
            pairs.append(
                GoldenEvalPair(
                    name=stem,
                    article=_article(header, body, article_file.name),
                    persona=str(summary_header.get("persona") or DEFAULT_PERSONA),
                    summary=summary,
                )
            )
        return tuple(pairs)

    def _data(self, role: str) -> dict[str, bytes]:
        files = self.of_role(role)
        return {file.name: self.store.get(upload_key(file.sha256)) for file in files}

    def _text(self, file: Input) -> str:
        return read_text(self.store.get(upload_key(file.sha256)), file.name)


def _article(header: dict[str, Any], body: str, name: str) -> Article:
    fields = {key: str(header.get(key) or "") for key in ("title", "company", "source", "date")}
    return Article(sha256=sha256_text(body), uri=name, text=body, **fields)
