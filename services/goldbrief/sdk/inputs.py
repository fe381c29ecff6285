"""The files that a recipe names, found on the client's disk and checked early."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.recipe import Recipe

MIN_GOLDENS = 3
_GOLDEN_ARTICLES = "articles"


@dataclass(frozen=True, slots=True)
class LocalInput:
    """A file on the client's disk and what it is to a run."""

    role: str
    """GOLDEN, GOLDEN_ARTICLE, ARTICLE, GOLDEN_EVAL or STYLE."""
    path: Path
    name: str
    """Path below its folder, for messages."""


def gather_inputs(recipe: Recipe, base: Path) -> list[LocalInput]:
    """Find the files of a recipe.

    Args:
        recipe: Names the folders.
        base: Folder that relative names start from.

    Returns:
        The files, by role and name. The articles that goldens name lie in the folder
        `articles` below the goldens.

    Raises:
        InvalidInputError: A folder is missing or empty, or there are too few goldens.
    """
    goldens = golden_inputs(base / recipe.goldens)
    articles_folder = _folder(base / recipe.articles, "articles")
    articles = list(_files("ARTICLE", articles_folder, articles_folder.rglob("*")))
    if not articles:
        raise InvalidInputError(
            f"{articles_folder} holds no articles.",
            reason="NO_ARTICLES",
            remedy="Put PDF, HTML, Markdown, text or JSONL files into it.",
        )
    found = [*goldens, *articles]
    if recipe.golden_eval:
        folder = _folder(base / recipe.golden_eval, "golden_eval")
        found.extend(_files("GOLDEN_EVAL", folder, folder.glob("*.md")))
    if recipe.style:
        found.append(_style(base / recipe.style))
    return found


def golden_inputs(folder: Path) -> list[LocalInput]:
    """Find the goldens of a folder, and the articles that they name.

    Args:
        folder: Markdown files; their articles lie in its folder `articles`.

    Returns:
        The files, by role and name.

    Raises:
        InvalidInputError: The folder is missing, or holds too few goldens.
    """
    folder = _folder(folder, "goldens")
    goldens = list(_files("GOLDEN", folder, folder.glob("*.md")))
    if len(goldens) < MIN_GOLDENS:
        raise InvalidInputError(
            f"{folder} holds {len(goldens)} golden summaries; a style needs {MIN_GOLDENS}.",
            reason="TOO_FEW_GOLDENS",
            remedy="Add Markdown files with Overview, Key Takeaways and Action Items.",
        )
    articles = folder / _GOLDEN_ARTICLES
    return [*goldens, *_files("GOLDEN_ARTICLE", articles, articles.glob("*"))]


def _style(path: Path) -> LocalInput:
    if not path.is_file():
        raise InvalidInputError(
            f"There is no style contract {path}.",
            reason="STYLE_NOT_FOUND",
            remedy="`goldbrief style edit GOLDENS FILE` writes one; "
            "names are relative to the recipe file.",
        )
    return LocalInput("STYLE", path, path.name)


def _folder(path: Path, key: str) -> Path:
    if not path.is_dir():
        raise InvalidInputError(
            f"The {key} folder {path} does not exist.",
            reason="FOLDER_NOT_FOUND",
            remedy=f"Set `{key}:` in the recipe or --{key.replace('_', '-')}; "
            "names are relative to the recipe file.",
        )
    return path


def _files(role: str, folder: Path, paths: Iterator[Path]) -> Iterator[LocalInput]:
    for path in sorted(paths):
        if path.is_file() and not path.name.startswith("."):
            yield LocalInput(role, path, path.relative_to(folder).as_posix())
