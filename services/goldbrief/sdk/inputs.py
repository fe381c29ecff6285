"""The files that a recipe names, found on the client's disk and checked early."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.recipe import Recipe

MIN_GOLDENS = 3
S3 = "s3://"
_WEB = ("https://", "http://")
_GOLDEN_ARTICLES = "articles"


@dataclass(frozen=True, slots=True)
class LocalInput:
    """A file on the client's disk and what it is to a run."""

    role: str
    """GOLDEN, GOLDEN_ARTICLE, ARTICLE, GOLDEN_EVAL or STYLE."""
    path: Path
    name: str
    """Path below its folder, for messages."""


@dataclass(frozen=True, slots=True)
class RemoteInput:
    """An article that the server fetches."""

    role: str
    """ARTICLE."""
    name: str
    uri: str
    """A web address, or a prefix of S3, which stands for all objects below it."""


def gather_inputs(recipe: Recipe, base: Path) -> list[LocalInput | RemoteInput]:
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
    found: list[LocalInput | RemoteInput] = [
        *golden_inputs(base / recipe.goldens),
        *find_articles(recipe.articles, base),
    ]
    if recipe.golden_eval:
        folder = _folder(base / recipe.golden_eval, "golden_eval")
        found.extend(_files("GOLDEN_EVAL", folder, folder.glob("*.md")))
    if recipe.style:
        found.append(_style(base / recipe.style))
    return found


def find_articles(where: str, base: Path = Path()) -> list[LocalInput | RemoteInput]:
    """Find articles.

    Args:
        where: A folder, a file, `s3://bucket/prefix`, a web address, or a .txt file of which
            every line is a web address (empty lines and those that begin with `#` aside).
        base: Folder that relative names start from.

    Returns:
        Them; for a prefix of S3 one entry, which the server expands.

    Raises:
        InvalidInputError: There is nothing, or a line of the list is no web address.
    """
    if where.startswith((S3, *_WEB)):
        return [RemoteInput("ARTICLE", where, where)]
    path = base / where
    if path.is_file():
        addresses = _addresses(path)
        if addresses:
            return [RemoteInput("ARTICLE", address, address) for address in addresses]
        return [LocalInput("ARTICLE", path, path.name)]
    folder = _folder(path, "articles")
    articles: list[LocalInput | RemoteInput] = [*_files("ARTICLE", folder, folder.rglob("*"))]
    if not articles:
        raise InvalidInputError(
            f"{folder} holds no articles.",
            reason="NO_ARTICLES",
            remedy="Put PDF, HTML, DOCX, Markdown, text or JSONL files into it.",
        )
    return articles


def absolute_source(where: str) -> str:
    """A source of articles that means the same in every folder."""
    return where if where.startswith((S3, *_WEB)) else str(Path(where).absolute())


def _addresses(path: Path) -> list[str]:
    """The web addresses that a .txt file lists; none when it is an article itself."""
    if path.suffix.lower() != ".txt":
        return []
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines or not lines[0][1].startswith(_WEB):
        return []
    for number, line in lines:
        if not line.startswith(_WEB) or " " in line:
            raise InvalidInputError(
                f"{path}, line {number}, is no web address: {line[:80]!r}.",
                reason="INVALID_SOURCE",
                remedy="Put one address a line; lines that begin with # are ignored.",
            )
    return list(dict.fromkeys(line for _, line in lines))


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
