"""What people said of summaries, in the forms that others read: tables, pairs, goldens."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import AlreadyExistsError, FailedPreconditionError
from goldbrief.core.review_criteria import CRITERIA
from goldbrief.sdk.client import Client
from goldbrief.text.prompts import render_prompt

ExportForm = Literal["csv", "jsonl", "calibration", "preferences"]
"""`csv`, `jsonl`: a row a rating and summary; `calibration`: for `goldbrief judge calibrate`;
`preferences`: prompt, chosen and rejected, for DPO."""

_OF_THE_JUDGE = {
    "conciseness": "conciseness", "coherence": "coherence", "completeness": "coverage",
}  # fmt: skip
"""Criteria that ask what a dimension of the judge asks; the others count in `overall` alone."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take a cell for a formula by."""
_EDGE = 1.0
"""Margin of a lead's word."""


def rated_pairs(client: Client, set_id: str) -> Iterator[pb.RatedPair]:
    """Yield the pairs of a review set with all submitted ratings; raises NotFoundError."""
    for answer in client.reviews.ListRatedPairs(pb.ListRatedPairsRequest(id=set_id)):
        yield answer.pair


def export_reviews(
    client: Client, set_id: str, form: ExportForm, with_simulated: bool = False
) -> Iterator[str]:
    """Write what people said of a set.

    Args:
        client: Of the server.
        set_id: Which.
        form: See ExportForm.
        with_simulated: Whether what programs said is for calibration too; the other forms tell it
            apart row by row.

    Yields:
        Lines, with their ends.

    Raises:
        NotFoundError: There is no such set.
        FailedPreconditionError: There is nothing to calibrate with.
    """
    if form == "csv":
        yield from _csv(map(_spreadsheet_safe, rating_records(client, set_id)))
    elif form == "calibration":
        yield from calibration_table(client, [set_id], with_simulated)
    else:
        records = rating_records if form == "jsonl" else preference_records
        for record in records(client, set_id):
            yield json.dumps(record, ensure_ascii=False) + "\n"


def measures_of_people(client: Client, set_id: str) -> dict[str, dict[str, Any]]:
    """Means of what people said, without programs.

    Args:
        client: Of the server.
        set_id: Which review set.

    Returns:
        By system and criterion, and `overall`: mean, low and high of the 95% interval, and n
        articles; empty where only programs have rated.

    Raises:
        NotFoundError: There is no such set.
    """
    findings = client.reviews.GetFindings(pb.GetFindingsRequest(id=set_id)).findings_json
    people: dict[str, dict[str, Any]] = json.loads(findings)["people"]
    return people


def rating_records(client: Client, set_id: str) -> Iterator[dict[str, Any]]:
    """Yield a row a rating and summary; arguments and errors as `export_reviews`."""
    for pair in rated_pairs(client, set_id):
        for rating in pair.ratings:
            for side in _sides(pair, rating):
                yield {
                    "review_set": set_id,
                    "pair": pair.number,
                    "article_sha256": pair.article_sha256,
                    "article_title": pair.article_title,
                    "persona": pair.persona,
                    "system": side["system"],
                    "reviewer": rating.reviewer,
                    "simulated": rating.simulated,
                    "repeat": rating.repeat,
                    "side": side["side"],
                    **{name: side["scores"].get(name) for name in CRITERIA},
                    "preference": side["preference"],
                    "wrong_sentences": side["wrong"],
                    "comment": rating.comment,
                    "seconds": round(rating.seconds, 1),
                    "submitted": rating.submit_time.ToJsonString(),
                    "outcome": _outcome_for(pair, side["system"]),
                }


def calibration_table(
    client: Client, set_ids: Sequence[str], with_simulated: bool = False
) -> Iterator[str]:
    """Write a table that `goldbrief judge calibrate --ratings` reads.

    Planted repeats are left out; a program's name says that it is simulated. Who met a summary in
    several pairs counts once, with the means.

    Args:
        client: Of the server.
        set_ids: Review sets whose ratings are taken together.
        with_simulated: Whether what programs said is taken too.

    Yields:
        Lines, with their ends.

    Raises:
        NotFoundError: There is no such set.
        FailedPreconditionError: There is nothing to calibrate with.
    """
    yield from _csv(_calibration_records(client, set_ids, with_simulated))


def _calibration_records(
    client: Client, set_ids: Sequence[str], with_simulated: bool
) -> Iterator[dict[str, Any]]:
    rows: dict[tuple[str, str, str, str, bool], list[dict[str, Any]]] = {}
    for pair in (pair for set_id in set_ids for pair in rated_pairs(client, set_id)):
        for rating in pair.ratings:
            if rating.repeat or (rating.simulated and not with_simulated):
                continue
            for side in _sides(pair, rating):
                place = (
                    pair.article_sha256, pair.persona, side["system"], rater_name(rating),
                    rating.simulated,
                )  # fmt: skip
                rows.setdefault(place, []).append(side)
    if not rows:
        raise FailedPreconditionError(
            f"No person has rated anything of {', '.join(set_ids)}.",
            reason="NOTHING_RATED",
            remedy="A judge is calibrated against people; --simulated takes programs for them.",
        )
    articles = {sha256: client.get_article(sha256).text for sha256, *_ in rows}
    for (sha256, persona, system, rater, simulated), sides in rows.items():
        scores = {name: fmean(side["scores"][name] for side in sides) for name in CRITERIA}
        yield {
            "article": articles[sha256],
            "summary": sides[0]["text"],
            "persona": persona,
            "author": system,
            "rater": rater,
            "simulated": "yes" if simulated else "no",
            "overall": round(fmean(scores.values()), 2),
            **{
                dimension: round(scores[criterion], 2)
                for criterion, dimension in _OF_THE_JUDGE.items()
            },
        }


def preference_records(client: Client, set_id: str) -> Iterator[dict[str, Any]]:
    """Yield prompts with a chosen and a rejected summary; arguments and errors as `export_reviews`.

    A pair without a winner gives none. A corrected summary is chosen over the one that won. The
    articles were held out: once a model has learned from these rows, they measure it no more.
    """
    request = pb.GetReviewSetRequest(id=set_id)
    prompt_json = client.reviews.GetReviewSet(request).review_set.prompt_json
    prompt = PromptFormat.model_validate_json(prompt_json)
    for pair in rated_pairs(client, set_id):
        if pair.outcome not in ("first", "second"):
            continue
        article = client.get_article(pair.article_sha256).text
        won, lost = (
            (pair.first, pair.second) if pair.outcome == "first" else (pair.second, pair.first)
        )
        common = {
            "prompt": render_prompt(article, pair.persona, prompt),
            "persona": pair.persona,
            "article_sha256": pair.article_sha256,
            "review_set": set_id,
            "pair": pair.number,
            "simulated": pair.verdict.simulated or any(one.simulated for one in pair.ratings),
        }
        yield {
            **common, "chosen": won.text, "rejected": lost.text, "margin": _margin(pair),
            "chosen_system": won.system, "rejected_system": lost.system,
        }  # fmt: skip
        if pair.verdict.corrected:
            yield {
                **common, "chosen": pair.verdict.corrected, "rejected": won.text, "margin": _EDGE,
                "chosen_system": lead_name(pair.verdict), "rejected_system": won.system,
            }  # fmt: skip


def golden_files(client: Client, set_id: str, with_simulated: bool = False) -> dict[str, str]:
    """Corrected summaries as goldens, each with its article.

    Args:
        client: Of the server.
        set_id: Which review set.
        with_simulated: Whether those that programs wrote are taken too; their names say so.

    Returns:
        Path below the folder of goldens to text.

    Raises:
        NotFoundError: There is no such set.
        FailedPreconditionError: Nobody has corrected a summary.
    """
    files = {}
    for pair in rated_pairs(client, set_id):
        if not pair.verdict.corrected or (pair.verdict.simulated and not with_simulated):
            continue
        mark = "-simulated" if pair.verdict.simulated else ""
        name = f"{set_id}-{pair.number:03d}{mark}.md"
        head = f"---\npersona: {json.dumps(pair.persona)}\narticle: {name}\n---\n\n"
        files[name] = f"{head}{pair.verdict.corrected}\n"
        files[f"articles/{name}"] = client.get_article(pair.article_sha256).text + "\n"
    if not files:
        raise FailedPreconditionError(
            f"No person has corrected a summary of {set_id}.",
            reason="NO_CORRECTIONS",
            remedy="A lead corrects summaries where a pair is decided; --simulated takes those of"
            " programs too.",
        )
    return files


def write_goldens(client: Client, set_id: str, folder: Path, with_simulated: bool = False) -> int:
    """Write `golden_files` below a folder; raises AlreadyExistsError rather than replace a file."""
    files = golden_files(client, set_id, with_simulated)
    present = [name for name in files if (folder / name).exists()]
    if present:
        raise AlreadyExistsError(
            f"{folder / present[0]} is there already.", remedy="Name another folder."
        )
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return len(files) // 2


def rater_name(rating: pb.SubmittedRating) -> str:
    """Who rated, told apart from people where it is a program."""
    return _named(rating.reviewer, rating.simulated)


def lead_name(verdict: pb.Verdict) -> str:
    """Who decided, likewise; empty where nobody has."""
    return _named(verdict.author, verdict.simulated)


def _named(name: str, is_simulated: bool) -> str:
    return f"{name} (simulated)" if is_simulated else name


def _sides(pair: pb.RatedPair, rating: pb.SubmittedRating) -> Iterator[dict[str, Any]]:
    for name, summary in (("first", pair.first), ("second", pair.second)):
        is_left = rating.first_left == (name == "first")
        yield {
            "system": summary.system,
            "text": summary.text,
            "side": "left" if is_left else "right",
            "scores": dict(getattr(rating, f"{name}_scores")),
            "wrong": list(getattr(rating, f"{name}_wrong")),
            "preference": _preference(rating.preference, name),
        }


def _preference(preference: str, name: str) -> str:
    """What a preference means for one of the two: preferred, other, tie or both_bad."""
    if preference not in ("first", "second"):
        return preference
    return "preferred" if preference == name else "other"


def _outcome_for(pair: pb.RatedPair, system: str) -> str:
    return _preference(pair.outcome, "first" if pair.first.system == system else "second")


def _margin(pair: pb.RatedPair) -> float:
    """Share of raters for the winner less that for the loser; 1 for a lead's word."""
    if pair.verdict.version:
        return _EDGE
    votes = [rating.preference for rating in pair.ratings if not rating.repeat]
    return abs(votes.count("first") - votes.count("second")) / len(votes)


def _spreadsheet_safe(record: Mapping[str, Any]) -> dict[str, Any]:
    """Cells in which no spreadsheet sees a formula: reviewers and models write what they like."""
    joined = {
        name: " | ".join(value) if isinstance(value, list) else value
        for name, value in record.items()
    }
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
        for name, value in joined.items()
    }


def _csv(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for record in records:
        if writer is None:
            writer = csv.DictWriter(buffer, list(record))
            writer.writeheader()
        writer.writerow(record)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
