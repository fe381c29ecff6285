"""Scores a folder of summaries against the truth of the simulated articles they summarize.

A summary's file is named for its article: `000012.md`, `000012-CFO.txt`, or `000012.json` with a
`text`, as `goldbrief summarize --json` prints it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.simulator.folder import lexicon_hash, read_manifest
from goldbrief.simulator.lexicon import DEFAULT_FOLDER
from goldbrief.simulator.rows import KEY_SALIENCE, Row
from goldbrief.simulator.scoring import Scorer, SummaryScore
from goldbrief.simulator.simulating import SimulationSettings, simulate_one

_NAME = re.compile(r"(?P<article>\d{6,})(?:-(?P<persona>CFO|CEO|COO|CRO)?[^.]*)?\.(?:md|txt|json)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


class KnownTruth:
    """The truth of a folder of simulated articles: it follows from seed and number.

    Args:
        folder: Written by `goldbrief simulate`.
        lexicon: Folder of the lexicon that the articles are made of.

    Raises:
        NotFoundError: It is no such folder.
        InvalidInputError: Another lexicon or version simulated it.
    """

    def __init__(self, folder: Path, lexicon: Path = DEFAULT_FOLDER) -> None:
        self._folder = folder
        self._settings = _settings(folder, lexicon)

    def has(self, article_id: str) -> bool:
        """Whether the folder has the article, such as `000012`."""
        return self._path(article_id).is_file()

    def score(self, article_id: str, name: str, summary: str, persona: str = "") -> Row:
        """Score a summary.

        Args:
            article_id: Of what.
            name: What the row calls it.
            summary: Any text.
            persona: For whom it was asked; empty where nobody knows.

        Returns:
            A row, see `score_folder`.

        Raises:
            InvalidInputError: The article is not there, or differs from what was simulated.
        """
        return _row(name, article_id, self._scorer(article_id).score(summary, persona))

    @lru_cache(maxsize=8)  # noqa: B019 - a few scorers; the object lives as long as its command
    def _scorer(self, article_id: str) -> Scorer:
        article = simulate_one(self._settings, int(article_id))
        if _text(self._path(article_id)) != article.content.text + "\n":
            raise _outdated(self._folder)
        return Scorer(article)

    def _path(self, article_id: str) -> Path:
        return self._folder / "articles" / f"{article_id}.md"


def score_folder(simulated: Path, summaries: Path, lexicon: Path = DEFAULT_FOLDER) -> Iterator[Row]:
    """Score the summaries of a folder, one by one, in the order of their articles.

    Args:
        simulated: Folder of simulated articles.
        summaries: Folder of summaries.
        lexicon: Folder of the lexicon that the articles are made of.

    Yields:
        A row a summary: `summary` (its file), `article`, `right`, `wrong`, `invented`,
        `precision`, `weighted_recall`, `key_facts` and `key_facts_right` (numbers), and
        `faults`, `missing` (the facts), `form`.

    Raises:
        NotFoundError: A folder does not hold what it should.
        InvalidInputError: A summary is of no article there, or another version simulated them.
    """
    truth = KnownTruth(simulated, lexicon)
    found = _summaries_by_article(summaries)
    for article_id, paths in found.items():
        if not truth.has(article_id):
            raise InvalidInputError(
                f"{paths[0]} summarizes article {article_id}, which {simulated} does not have.",
                reason="UNKNOWN_ARTICLE",
                remedy="Name a summary for its article, as in 000012.md.",
            )
    for article_id, paths in found.items():
        for path in paths:
            yield truth.score(article_id, path.name, _text(path), _persona(path))


class Total:
    """Sums up scores."""

    def __init__(self) -> None:
        self.summaries = 0
        self.counts: Counter[str] = Counter()
        self.recalls = 0.0
        self.reasons: Counter[str] = Counter()
        self.form: Counter[str] = Counter()

    def add(self, row: Row) -> None:
        """Add a row of `score_folder`."""
        self.summaries += 1
        for name in ("right", "wrong", "invented", "key_facts", "key_facts_right"):
            self.counts[name] += row[name]
        self.recalls += row["weighted_recall"]
        self.reasons.update(fault["reason"] for fault in row["faults"] if fault["reason"])
        self.form.update(fault["kind"] for fault in row["form"])

    def lines(self) -> Iterator[str]:
        """The result for people."""
        counts = self.counts
        stated = counts["right"] + counts["wrong"] + counts["invented"]
        yield f"summaries           {self.summaries:,}"
        yield f"figures right       {_of(counts['right'], stated)}"
        yield f"figures wrong       {_of(counts['wrong'], stated)}{_listed(self.reasons)}"
        yield f"figures invented    {_of(counts['invented'], stated)}"
        yield f"key facts kept      {_of(counts['key_facts_right'], counts['key_facts'])}"
        yield f"salience kept       {self.recalls / max(1, self.summaries):.0%}"
        yield f"faults of form      {self.form.total():,}{_listed(self.form)}"


def _listed(counts: Counter[str]) -> str:
    listed = ", ".join(f"{name} {number}" for name, number in counts.most_common())
    return f"  ({listed})" if listed else ""


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}" + (f"  {part / whole:.1%}" if whole else "")


def _settings(simulated: Path, lexicon: Path) -> SimulationSettings:
    manifest = read_manifest(simulated)
    if manifest["lexicon"] != lexicon_hash(lexicon):
        raise _outdated(simulated)
    return SimulationSettings(**{**manifest["settings"], "lexicon": lexicon})


def _outdated(simulated: Path) -> InvalidInputError:
    return InvalidInputError(
        f"{simulated} was simulated with another lexicon or version.",
        reason="OTHER_SIMULATION",
        remedy="Name its lexicon with --lexicon, or simulate again.",
    )


def _summaries_by_article(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*")):
        if match := _NAME.fullmatch(path.name):
            found[match["article"]].append(path)
    if not found:
        raise NotFoundError(
            f"The folder {folder} holds no summaries.",
            reason="NO_SUMMARIES",
            remedy="Name each for its article, as in 000012.md, .txt or .json.",
        )
    return found


def _persona(path: Path) -> str:
    """Whom a summary's name, such as `000012-CFO.md`, says that it is for."""
    match = _NAME.fullmatch(path.name)
    return (match["persona"] or "") if match else ""


def _text(path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8")
        return (
            _FRONT_MATTER.sub("", content)
            if path.suffix != ".json"
            else str(json.loads(content)["text"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = "it has no `text`" if isinstance(error, KeyError) else error
        raise InvalidInputError(
            f"The summary {path} cannot be read: {problem}.",
            reason="UNREADABLE_SUMMARY",
            remedy="Save Markdown or text in UTF-8, or JSON with a `text`.",
        ) from error


def _row(name: str, article_id: str, score: SummaryScore) -> Row:
    key = [one for one, salience in score.salience.items() if salience >= KEY_SALIENCE]
    faults: list[dict[str, Any]] = [
        {"verdict": one.verdict, "reason": one.reason, "text": one.text, "fact": one.fact_id}
        for one in score.judgements
        if one.verdict != "right"
    ]
    return {
        "summary": name,
        "article": article_id,
        "right": score.count("right"),
        "wrong": score.count("wrong"),
        "invented": score.count("invented"),
        "precision": round(score.precision, 4),
        "weighted_recall": round(score.weighted_recall, 4),
        "key_facts": len(key),
        "key_facts_right": sum(one in score.present for one in key),
        "faults": faults,
        "missing": [one.fact_id for one in score.missing],
        "form": [asdict(fault) for fault in score.form],
    }
