"""Calibrates the judge in use: reads people's ratings and good summaries from the client's disk."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from goldbrief.api.judge.v1 import judge_pb2 as pb
from goldbrief.api.synthesis.v1 import synthesis_pb2
from goldbrief.core.errors import InvalidInputError
from goldbrief.sdk.client import Client

_TIMEOUT_S = 24 * 3600.0
_OVERALL = "overall"
_SUMMARY = ".summary.md"
_LONGEST_CELL = 1 << 24
_FRONT_MATTER = re.compile(r"\A---\n(?P<head>.*?)\n---\n", re.DOTALL)
_PERSONA = re.compile(r"^persona:\s*[\"']?(?P<name>[^\"'\n]+)", re.MULTILINE)
_LABELS = (
    "article", "article_file", "summary", "summary_file", "rater", "simulated", "persona", "author",
)  # fmt: skip
_NOT_SIMULATED = ("", "no", "false", "0")


def calibrate_judge(
    client: Client, cases: Sequence[pb.CalibrateJudgeRequest]
) -> Iterator[pb.CalibrateJudgeResponse]:
    """Calibrate the judge in use.

    Args:
        client: Reaches the judge.
        cases: From `read_ratings`, `read_pairs` or `read_candidates`.

    Yields:
        Progress; the last answer has the card.

    Raises:
        InvalidInputError: Nothing is rated or known to be good.
        TransientError: The judge's endpoint does not answer; the same call goes on later.
    """
    yield from client.judge.CalibrateJudge(iter(cases), timeout=_TIMEOUT_S)


def read_ratings(
    path: Path, dimensions: Sequence[str], style_json: str = ""
) -> list[pb.CalibrateJudgeRequest]:
    """Read people's ratings from a CSV file.

    Args:
        path: With a header. Columns: `article` and `summary`, or `article_file` and
            `summary_file` with paths relative to the file; `overall` or dimensions of the judge,
            1 to 5, empty where not rated; and perhaps `rater`, `simulated` (anything but `no`,
            `false`, 0 and nothing: a program rated), `persona` and `author` (the model that wrote
            the summary).
        dimensions: Of the judge.
        style_json: The house style; empty when the form is not to be judged.

    Returns:
        One case a summary, with the ratings of all who rated it.

    Raises:
        InvalidInputError: A column or file is missing, or a rating is no number from 1 to 5; the
            message names the line.
    """
    csv.field_size_limit(_LONGEST_CELL)
    cases: dict[tuple[str, str, str], pb.CalibrateJudgeRequest] = {}
    with _opened(path) as file:
        reader = csv.DictReader(file)
        rated = _rated_columns(path, reader.fieldnames or (), dimensions)
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            article, summary = (_text(row, name, path.parent, where) for name in _TEXTS)
            persona = row.get("persona") or ""
            case = cases.setdefault(
                (article, summary, persona),
                pb.CalibrateJudgeRequest(
                    article_text=article, summary=summary, persona=persona,
                    style_json=style_json, author=row.get("author") or "",
                ),
            )  # fmt: skip
            scores = {name: _rating(row[name], name, where) for name in rated if row[name]}
            if scores:
                rater = row.get("rater") or f"rater {len(case.ratings) + 1}"
                simulated = (row.get("simulated") or "").lower() not in _NOT_SIMULATED
                case.ratings.append(pb.Rating(rater=rater, scores=scores, simulated=simulated))
    return list(cases.values())


def read_pairs(folder: Path, style_json: str = "") -> list[pb.CalibrateJudgeRequest]:
    """Read good summaries, `NAME.md` beside `NAME.summary.md`, as golden evaluation pairs lie.

    Args:
        folder: Where they are.
        style_json: The house style; empty when the form is not to be judged.

    Returns:
        One case a pair.

    Raises:
        InvalidInputError: There is no pair, or one lacks its article.
    """
    cases = []
    for path in sorted(folder.glob(f"*{_SUMMARY}")):
        article = path.with_name(path.name.removesuffix(_SUMMARY) + ".md")
        if not article.is_file():
            raise InvalidInputError(f"{path} has no article {article.name} beside it.")
        persona, summary = read_document(path)
        cases.append(
            pb.CalibrateJudgeRequest(
                article_text=read_document(article)[1], summary=summary, persona=persona,
                style_json=style_json, is_good=True,
            )
        )  # fmt: skip
    if not cases:
        raise InvalidInputError(
            f"{folder} holds no pairs.",
            reason="NO_PAIRS",
            remedy=f"Put each article as NAME.md beside its good summary, NAME{_SUMMARY}.",
        )
    return cases


def read_candidates(
    client: Client, synthesis_id: str, style_json: str = ""
) -> list[pb.CalibrateJudgeRequest]:
    """Take the accepted candidates of a synthesis as good summaries of the user's own articles."""
    return [
        pb.CalibrateJudgeRequest(
            article_sha256=one.article_sha256, summary=one.text, persona=one.persona,
            style_json=style_json, is_good=True,
        )
        for one in client.list_candidates(synthesis_id, "ACCEPTED")
    ]  # fmt: skip


def infer_style(client: Client, goldens: Path) -> str:
    """Infer the house style from a folder of goldens; raises InvalidInputError for fewer than 3."""
    request = synthesis_pb2.InferStyleRequest()
    for path in sorted(goldens.glob("*.md")):
        persona, summary = read_document(path)
        request.goldens.add(name=path.name, persona=persona, summary=summary)
    return str(client.synthesis.InferStyle(request).style_json)


_TEXTS = ("article", "summary")


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror}.") from error


def _rated_columns(path: Path, columns: Sequence[str], dimensions: Sequence[str]) -> list[str]:
    known = [*dimensions, _OVERALL]
    rated = [name for name in columns if name in known]
    missing = [name for name in _TEXTS if not {name, f"{name}_file"} & set(columns)]
    unknown = sorted(set(columns) - {*known, *_LABELS})
    if missing or unknown or not rated:
        told = {
            "no column for": missing or ([] if rated else ["any rating"]),
            "unknown columns": unknown,
        }
        problems = "; ".join(f"{what} {', '.join(names)}" for what, names in told.items() if names)
        raise InvalidInputError(
            f"{path} cannot be read as ratings: {problems}.",
            reason="INVALID_RATINGS",
            remedy=f"Its columns may be {', '.join((*_LABELS, *known))}.",
        )
    return rated


def _text(row: dict[str, str], name: str, folder: Path, where: str) -> str:
    if row.get(name):
        return row[name]
    file = row.get(f"{name}_file")
    if not file:
        raise InvalidInputError(f"{where}: there is no {name}.", reason="INVALID_RATINGS")
    try:
        return read_document(folder / file)[1]
    except OSError as error:
        raise InvalidInputError(
            f"{where}: {folder / file} cannot be read: {error.strerror}.", reason="INVALID_RATINGS"
        ) from error


def _rating(written: str, name: str, where: str) -> float:
    try:
        rating = float(written)
    except ValueError:
        rating = 0.0
    if not 1 <= rating <= 5:
        raise InvalidInputError(
            f"{where}: {name} is {written!r}, which is no number from 1 to 5.",
            reason="INVALID_RATINGS",
        )
    return rating


def read_document(path: Path) -> tuple[str, str]:
    """Read a Markdown file; the persona is empty where none is named.

    Args:
        path: With or without front matter.

    Returns:
        Persona and text.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is no text in UTF-8.
    """
    whole = path.read_text(encoding="utf-8")
    front = _FRONT_MATTER.match(whole)
    persona = _PERSONA.search(front["head"]) if front else None
    return persona["name"].strip() if persona else "", whole[front.end() if front else 0 :].strip()
