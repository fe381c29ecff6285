"""What `goldbrief simulate` and `goldbrief score` run: options in, lines of text out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from goldbrief.core.errors import InvalidInputError
from goldbrief.simulator.folder import write_folder
from goldbrief.simulator.folder_scores import Total, score_folder
from goldbrief.simulator.lexicon import DEFAULT_FOLDER
from goldbrief.simulator.rows import article_row, as_line, defect_kinds
from goldbrief.simulator.simulating import SimulationSettings, simulate

STANDARD_OUTPUT = "-"
_REPORT_EVERY_S = 5.0
_OPTIONS = {
    "count": "articles", "min_words": "words", "max_words": "words", "genres": "genre",
    "personas": "persona",
}  # fmt: skip
"""Options whose names differ from the settings'."""


def simulate_articles(
    out: str, options: Mapping[str, Any], defects: Sequence[str] = ()
) -> Iterator[str]:
    """Simulate articles.

    Args:
        out: Folder to write, or `-` for rows as lines.
        options: Fields of SimulationSettings; `words` for their length, as in `600-1300`; and
            `goldens`, how many style goldens a folder gets.
        defects: Kinds to plant, or `all`.

    Yields:
        Progress for people; with `-` the rows themselves, as JSON.

    Raises:
        InvalidInputError: The options are impossible, the folder cannot be written, or the
            lexicon is broken.
    """
    given = dict(options)
    goldens = given.pop("goldens", None)
    settings, kinds = settings_of(given), defect_kinds(defects)
    if out == STANDARD_OUTPUT:
        for article in simulate(settings):
            yield as_line(article_row(article, kinds))
        return
    more = {} if goldens is None else {"goldens": goldens}
    yield from _progress(write_folder(Path(out), settings, kinds, **more), settings.count)
    yield f"{out}: {settings.count:,} articles, their truth in truth.jsonl"


def score_summaries(
    simulated: Path, summaries: Path, *, as_json: bool = False, lexicon: Path | None = None
) -> Iterator[str]:
    """Score summaries of simulated articles against the truth.

    Args:
        simulated: Folder that `simulate_articles` wrote.
        summaries: Folder of summaries, see `folder_scores`.
        as_json: A line a summary, for machines, rather than one result.
        lexicon: Folder of the lexicon that was used; None for the product's own.

    Yields:
        The result's lines.

    Raises:
        NotFoundError: There is no such folder, or no summary in it.
        InvalidInputError: A summary belongs to no article, or another version simulated.
    """
    total = Total()
    for row in score_folder(simulated, summaries, lexicon or DEFAULT_FOLDER):
        total.add(row)
        if as_json:
            yield json.dumps(row, ensure_ascii=False)
    if not as_json:
        yield from total.lines()


def settings_of(options: Mapping[str, Any]) -> SimulationSettings:
    """Settings from the options of the command line.

    Args:
        options: As in `simulate_articles`; None and empty ones are left to their default.

    Returns:
        The settings.

    Raises:
        InvalidInputError: They are impossible.
    """
    given = {name: value for name, value in options.items() if value not in (None, "", ())}
    words = given.pop("words", "")
    if words:
        low, _, high = words.partition("-")
        given |= {"min_words": low, "max_words": high or low}
    try:
        return SimulationSettings(**given)
    except ValidationError as error:
        raise InvalidInputError(
            f"Such articles cannot be simulated: {'; '.join(_problems(error))}.",
            reason="IMPOSSIBLE_SIMULATION",
            remedy="`goldbrief simulate --help` says what is possible.",
        ) from error


def _problems(error: ValidationError) -> Iterator[str]:
    """What is wrong, an option once."""
    seen: set[str] = set()
    for one in error.errors():
        name = str(one["loc"][0]) if one["loc"] else ""
        option = _OPTIONS.get(name, name)
        if option not in seen:
            seen.add(option)
            problem = one["msg"].removeprefix("Value error, ").removeprefix("Input ")
            yield f"--{option} {one['input']} {problem}" if option else problem


def _progress(done: Iterator[int], count: int) -> Iterator[str]:
    """A line when work goes on or is complete, and now and then between."""
    first = next(done)
    if first:
        yield f"{first:,} of {count:,} articles were there already"
    begun = reported = time.monotonic()
    for number in done:
        now = time.monotonic()
        if now - reported >= _REPORT_EVERY_S:
            reported = now
            speed = (number - first) / (now - begun)
            yield f"{number:,} of {count:,} articles, {speed:.0f} a second"
