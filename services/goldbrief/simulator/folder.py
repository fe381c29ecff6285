"""A folder of simulated articles: written one by one, so that an interrupted one goes on.

    articles/000000.md          what `goldbrief run --articles` takes
    references/000000-CFO.md    a summary that is right, for each persona
    goldens/                    style goldens: right summaries of other articles, for one persona
    defective-articles/, defective-summaries/   copies with a planted defect, where asked for
    truth.jsonl                 a row an article: text, facts, figures' spans, references, defects
    manifest.json               settings; the same settings give the same folder

A row is appended when the article's files are complete, so the rows say how far it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_json
from goldbrief.simulator.lexicon import load_lexicon
from goldbrief.simulator.rows import Row, article_row, as_line, files_of, golden_files
from goldbrief.simulator.simulating import SimulationSettings, simulate

MANIFEST = "manifest.json"
TRUTH = "truth.jsonl"
_HOW_MANY = {"count"}
"""Settings that may change when a folder is written on."""
_BLOCK = 1 << 20


def write_folder(
    folder: Path, settings: SimulationSettings, defects: Sequence[str] = (), *, goldens: int = 4
) -> Iterator[int]:
    """Write a folder of articles, or what it lacks of them.

    Args:
        folder: Made if it does not exist.
        settings: What to simulate.
        defects: Kinds to plant, see `rows.defect_kinds`.
        goldens: How many style goldens, for the first persona.

    Yields:
        How many articles the folder has, first those that it had.

    Raises:
        InvalidInputError: The folder cannot be written, or holds something else; or the
            lexicon is broken.
    """
    if goldens < 0:
        raise InvalidInputError(
            f"{goldens} style goldens cannot be written.",
            reason="IMPOSSIBLE_SIMULATION",
            remedy="Ask for three or more, or for 0.",
        )
    load_lexicon(settings.partition, settings.lexicon)  # its errors come before a folder is begun
    with _writing(folder):
        _begin(folder, _manifest(settings, defects))
        _write_goldens(folder, settings, goldens)
        done = _repair(folder / TRUTH)
    yield done
    left = settings.count - done
    if left <= 0:
        return
    rest = settings.model_copy(update={"start": settings.start + done, "count": left})
    with _writing(folder), (folder / TRUTH).open("a", encoding="utf-8") as truth:
        for article in simulate(rest):
            row = article_row(article, defects)
            for name, content in files_of(row):
                _write(folder / name, content)
            truth.write(as_line(row) + "\n")
            truth.flush()
            done += 1
            yield done


def _write_goldens(folder: Path, settings: SimulationSettings, number: int) -> None:
    """Style goldens of articles that the folder has not, as a teacher must not see its answers."""
    if number:
        others = {"seed": f"{settings.seed}:goldens", "start": 0, "count": number}
        for article in simulate(settings.model_copy(update=others)):
            for name, content in golden_files(article_row(article)):
                _write(folder / name, content)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder of simulated articles.

    Args:
        folder: Written by `write_folder`.

    Returns:
        Its `settings`, `defects`, and the hash of the `lexicon`.

    Raises:
        NotFoundError: It is no such folder.
    """
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not manifest.keys() >= {"goldbrief", "lexicon", "settings", "defects"}:
            raise ValueError("not of a simulation")
    except (OSError, ValueError, AttributeError) as error:
        raise NotFoundError(
            f"{folder} holds no simulated articles: {MANIFEST} is missing or damaged.",
            reason="NO_SIMULATION",
            remedy="Name a folder that `goldbrief simulate --out` has written.",
        ) from error
    return manifest


def read_rows(folder: Path) -> Iterator[Row]:
    """Read the rows of a folder's complete articles, one by one.

    Args:
        folder: Written by `write_folder`.

    Yields:
        The rows, in order.
    """
    with (folder / TRUTH).open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


def lexicon_hash(folder: Path) -> str:
    """Hash of the lexicon's files; it changes with each word."""
    return sha256_json({path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")})


def _manifest(settings: SimulationSettings, defects: Sequence[str]) -> dict[str, Any]:
    return {
        "goldbrief": version("goldbrief"),
        "lexicon": lexicon_hash(settings.lexicon),
        "settings": settings.model_dump(mode="json", exclude={"lexicon"}),
        "defects": list(defects),
    }


def _begin(folder: Path, manifest: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / MANIFEST
    if path.exists():
        if _fixed(read_manifest(folder)) != _fixed(manifest):
            raise InvalidInputError(
                f"{folder} holds articles of other settings, or of another version.",
                reason="OTHER_SIMULATION",
                remedy=f"Choose another folder, or the settings in {path}.",
            )
    elif any(folder.iterdir()):
        raise InvalidInputError(
            f"{folder} is not empty and holds no simulated articles.",
            reason="FOLDER_IN_USE",
            remedy="Choose an empty folder.",
        )
    _write(path, json.dumps(manifest, indent=2) + "\n")


def _fixed(manifest: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in manifest["settings"].items() if k not in _HOW_MANY}
    return {**manifest, "settings": kept}


def _repair(truth: Path) -> int:
    """Cut off a row that was not finished; returns how many are complete."""
    truth.touch()
    rows = end = position = 0
    with truth.open("r+b") as file:
        while block := file.read(_BLOCK):
            rows += block.count(b"\n")
            if b"\n" in block:
                end = position + block.rindex(b"\n") + 1
            position += len(block)
        file.truncate(end)
    return rows


def _write(path: Path, content: str) -> None:
    if not path.parent.exists():
        path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidInputError(
            f"{folder} cannot be written: {error.strerror or error}.",
            reason="FOLDER_NOT_WRITABLE",
            remedy="Choose a folder that you may write to, on a disk with room; the same command "
            "goes on where it stopped.",
        ) from error
