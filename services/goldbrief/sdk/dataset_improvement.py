"""The next round of a dataset: what the server proposes, written as a folder that can be run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from goldbrief.api.datasets.v1 import datasets_pb2 as pb
from goldbrief.core.errors import AlreadyExistsError, FailedPreconditionError, InvalidInputError
from goldbrief.core.proposals import GoldenDraft, Proposal
from goldbrief.core.recipe import Recipe
from goldbrief.sdk.client import Client

_ARTICLES = "articles"
_REVIEW = "review"
_AS_CLEANED = {"boilerplate": "keep", "pii": "keep", "languages": []}
"""The articles went through the recipe's policy already; again, and they might become others."""
_PATHS = ("goldens", "golden_eval", "style", "sample")
_HASH_CHARS = 12
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Improvement:
    """What the server proposes."""

    proposal: Proposal
    text: str
    """The proposal as Markdown."""


def propose_improvement(client: Client, reference: str) -> Improvement:
    """Ask what the next round of a dataset version should add.

    Args:
        client: Of the server.
        reference: See `sdk.datasets.get_dataset_version`.

    Returns:
        The proposal.

    Raises:
        NotFoundError: There is no such version.
        FailedPreconditionError: It is not built.
    """
    request = pb.ProposeImprovementRequest(id=reference)
    answer = client.datasets.ProposeImprovement(request)
    return Improvement(Proposal.model_validate_json(answer.proposal_json), answer.markdown)


def write_next_round(
    client: Client, improvement: Improvement, recipe_path: Path, folder: Path
) -> Path:
    """Write a folder that `goldbrief run` takes.

    It holds `recipe.yaml`, the articles to write again (`articles/targets.jsonl`), drafts of
    goldens for people to approve (`review/`), and the proposal as `proposal.md` and
    `proposal.json`.

    Args:
        client: Of the server; has the articles.
        improvement: From `propose_improvement`.
        recipe_path: Recipe of the last round; goldens and all else stay as it says.
        folder: Does not exist yet, or is empty.

    Returns:
        Path of the new recipe.

    Raises:
        AlreadyExistsError: The folder holds something.
        InvalidInputError: The recipe cannot be read.
        FailedPreconditionError: Nothing is to be written again, so there is nothing to run.
    """
    proposal = improvement.proposal
    recipe = next_recipe(proposal, recipe_path, folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AlreadyExistsError(
            f"{folder} already holds something.", remedy="Name a folder that is empty or new."
        )
    (folder / _ARTICLES).mkdir(parents=True)
    hashes = dict.fromkeys(target.article_sha256 for target in proposal.targets)
    rows = (_article_row(client, sha256) for sha256 in hashes)
    (folder / _ARTICLES / "targets.jsonl").write_text(_jsonl(rows), encoding="utf-8", newline="\n")
    (folder / "proposal.md").write_text(improvement.text, encoding="utf-8")
    (folder / "proposal.json").write_text(
        json.dumps(proposal.model_dump(), indent=2, ensure_ascii=False), encoding="utf-8"
    )
    for draft in proposal.goldens:
        _write_draft(client, draft, folder / _REVIEW)
    path = folder / "recipe.yaml"
    path.write_text(recipe, encoding="utf-8")
    return path


def next_recipe(proposal: Proposal, recipe_path: Path, folder: Path) -> str:
    """The recipe of the next round as YAML, with its paths relative to `folder`.

    Args:
        proposal: What it is to do.
        recipe_path: Recipe of the last round.
        folder: Where it will lie.

    Returns:
        A recipe that extends the dataset version.

    Raises:
        InvalidInputError: The last recipe cannot be read, or is none.
        FailedPreconditionError: Nothing is to be written again.
    """
    if not proposal.targets:
        raise FailedPreconditionError(
            f"Nothing of {proposal.version} is to be written again, so there is nothing to run.",
            reason="NOTHING_TO_WRITE_AGAIN",
            remedy="The proposal without --to says what else to do.",
        )
    text = _read(recipe_path)
    Recipe.parse(text, str(recipe_path))
    changed: dict[str, Any] = yaml.safe_load(text) or {}
    for key in _PATHS:
        if changed.get(key):
            changed[key] = os.path.relpath(recipe_path.parent / changed[key], folder)
    changed.setdefault("goldens", os.path.relpath(recipe_path.parent / "goldens", folder))
    changed["articles"] = _ARTICLES
    changed["personas"] = sorted({target.persona for target in proposal.targets})
    changed["ingest"] = {**(changed.get("ingest") or {}), **_AS_CLEANED}
    for section, keys in proposal.recipe.items():
        own = changed.get(section) or {}
        more = {key: value for key, value in keys.items() if not _is_more(own.get(key), value)}
        changed[section] = {**own, **more}
    changed["dataset"] = {**(changed.get("dataset") or {}), "extends": proposal.version}
    head = f"# The next round of {proposal.version}: see proposal.md.\n"
    body = head + yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)
    Recipe.parse(body, str(folder / "recipe.yaml"))
    return body


def _is_more(own: Any, proposed: Any) -> bool:
    """Whether the recipe already asks for more than is proposed."""
    return isinstance(own, int) and isinstance(proposed, int) and own > proposed


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error}", reason="INVALID_RECIPE"
        ) from error


def _article_row(client: Client, sha256: str) -> dict[str, str]:
    article = client.get_article(sha256)
    fields = ("text", "title", "company", "source", "date", "licence")
    row = {name: str(getattr(article, name)) for name in fields}
    return {"id": article.uri or sha256, **{name: value for name, value in row.items() if value}}


def _jsonl(rows: Iterable[dict[str, str]]) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def _write_draft(client: Client, draft: GoldenDraft, folder: Path) -> None:
    """A golden and its article, as a folder of goldens has them; a person moves them there."""
    (folder / _ARTICLES).mkdir(parents=True, exist_ok=True)
    short = draft.article_sha256[:_HASH_CHARS]
    persona = "-".join(_WORDS.findall(draft.persona))
    article, golden = folder / _ARTICLES / f"{short}.md", folder / f"{short}-{persona}.md"
    text = client.get_article(draft.article_sha256).text
    article.write_text(text, encoding="utf-8", newline="\n")
    head = {"persona": draft.persona, "article": article.name, "why": draft.reason}
    golden.write_text(
        f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---\n\n{draft.summary}\n",
        encoding="utf-8",
        newline="\n",
    )
