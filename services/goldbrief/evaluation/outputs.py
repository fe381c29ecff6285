"""Outputs made elsewhere: a file of summaries that take part as a system of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath

from pydantic import Field, ValidationError

from goldbrief.core.contents import put_content
from goldbrief.core.documents import Article, Candidate, Record
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.heldout import EvaluationRow
from goldbrief.evaluation.rows import read_article


class Output(Record):
    """A line of the file."""

    article: str = Field(min_length=1)
    """File name, address or SHA-256 of the article."""
    summary: str
    """May be empty: the system wrote nothing."""
    latency_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    cost: float | None = Field(default=None, ge=0, allow_inf_nan=False)


def put_outputs(
    store: ObjectStore, name: str, text: str, rows: Sequence[EvaluationRow]
) -> dict[str, str]:
    """Store the outputs of an evaluation's articles as candidates.

    Args:
        store: Where articles and candidates lie.
        name: Of the system.
        text: See `parse_outputs`.
        rows: Of the evaluation.

    Returns:
        SHA-256 of the article to the candidate's key; articles without an output are left out.

    Raises:
        InvalidInputError: The outputs cannot be read.
        FailedPreconditionError: None of them is of any of the articles.
    """
    articles = [read_article(store, row.article) for row in rows]
    found = match_outputs(name, parse_outputs(name, text), articles)
    return {
        row.article: _put(store, name, row, found[row.article])
        for row in rows
        if row.article in found
    }


def _put(store: ObjectStore, system: str, row: EvaluationRow, output: Output) -> str:
    candidate = Candidate(
        article_sha256=row.article,
        persona=row.persona,
        text=output.summary.strip(),
        author=system,
        **output.model_dump(exclude={"article", "summary"}),
    )
    return put_content(store, "evaluations/outputs", candidate.model_dump(mode="json"))


def parse_outputs(name: str, text: str) -> dict[str, Output]:
    """Read outputs.

    Args:
        name: Of the system, for messages.
        text: A JSON object a line.

    Returns:
        Article, as the line names it, to output.

    Raises:
        InvalidInputError: A line cannot be read, an article comes twice, or there is none.
    """
    outputs: dict[str, Output] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            output = Output.model_validate(json.loads(line))
        except ValidationError as error:
            first = error.errors()[0]
            problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise _unreadable(name, number, problem) from error
        except json.JSONDecodeError as error:
            raise _unreadable(name, number, f"it is no JSON: {error.msg}") from error
        if output.article in outputs:
            raise _unreadable(name, number, f"the article {output.article} comes twice")
        outputs[output.article] = output
    if not outputs:
        raise InvalidInputError(f"The outputs of {name} are empty.", reason="INVALID_OUTPUTS")
    return outputs


def match_outputs(
    name: str, outputs: dict[str, Output], articles: list[Article]
) -> dict[str, Output]:
    """Find each article's output.

    Args:
        name: Of the system, for messages.
        outputs: From `parse_outputs`.
        articles: Those of the evaluation.

    Returns:
        SHA-256 of the article to output; articles without one are left out.

    Raises:
        FailedPreconditionError: None of the outputs is of any of the articles.
    """
    found = {
        article.sha256: outputs[key]
        for article in articles
        for key in (_key_in(outputs, article),)
        if key is not None
    }
    if not found:
        raise FailedPreconditionError(
            f"None of the {len(outputs)} outputs of {name} is of an article of this evaluation.",
            reason="OUTPUTS_OF_OTHER_ARTICLES",
            remedy=f"Name the articles as they are named here, e.g. {articles[0].uri!r} or "
            f"{articles[0].sha256!r}; found: {next(iter(outputs))!r}.",
        )
    return found


def _key_in(outputs: dict[str, Output], article: Article) -> str | None:
    path = PurePosixPath(article.uri)
    names = (article.sha256, article.uri, path.name, path.stem)
    return next((name for name in names if name in outputs), None)


def _unreadable(name: str, number: int, problem: str) -> InvalidInputError:
    return InvalidInputError(
        f"Line {number} of the outputs of {name}: {problem}.",
        reason="INVALID_OUTPUTS",
        remedy='Write a JSON object a line: {"article": "file.md", "summary": "## Overview ..."}.',
    )
