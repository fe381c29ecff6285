"""A further round of a run: what people said of the last one goes into the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.judge_cards import CALIBRATED, JudgeCard
from goldbrief.core.recipe import Recipe
from goldbrief.sdk.calibration import calibrate_judge, read_ratings
from goldbrief.sdk.client import Client
from goldbrief.sdk.inputs import LocalInput, RemoteInput
from goldbrief.sdk.reviews import export_reviews, write_goldens

_RATINGS = "ratings.csv"
_GOLDENS = "goldens"


@dataclass(frozen=True, slots=True)
class NextRound:
    """What a further round is made of."""

    recipe: Recipe
    inputs: list[LocalInput | RemoteInput]
    told: tuple[str, ...]
    """What of the reviews went into it, in sentences."""


def newest_rated_set(client: Client) -> str:
    """Id of the newest review set that anybody has rated; raises FailedPreconditionError."""
    sets = client.reviews.ListReviewSets(pb.ListReviewSetsRequest()).review_sets
    rated = next((one.id for one in sets if one.submitted), "")
    if not rated:
        raise FailedPreconditionError(
            "Nobody has rated anything, so that there is nothing to begin another round with.",
            reason="NOTHING_RATED",
            remedy="`goldbrief reviews create RUN` begins a review of a run.",
        )
    return str(rated)


def prepare_round(
    client: Client,
    recipe: Recipe,
    inputs: Sequence[LocalInput | RemoteInput],
    set_id: str,
    folder: Path,
) -> NextRound:
    """Put what people said into a recipe and its inputs.

    Summaries that a lead corrected become goldens; their articles are in no split of the round
    then. Ratings by people calibrate the judge; where its card says that it agrees with them, the
    card's accept score is taken.

    Args:
        client: Of the server.
        recipe: Of the round before.
        inputs: Likewise.
        set_id: Review set of the round before.
        folder: New; gets ratings and goldens.

    Returns:
        The round.

    Raises:
        NotFoundError: There is no such review set.
        AlreadyExistsError: The folder holds goldens of an earlier call.
        TransientError: The judge does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    goldens, corrected = _corrections(client, set_id, folder / _GOLDENS)
    card = _calibrate(client, set_id, folder / _RATINGS)
    if card is not None and card.standing == CALIBRATED and card.accept_score is not None:
        synthesis = recipe.synthesis.model_copy(update={"accept_score": CALIBRATED})
        recipe = recipe.model_copy(update={"synthesis": synthesis})
    judged = (
        f"The judge is {card.headline}."
        if card
        else "No person has rated: the judge stays as it is."
    )
    return NextRound(
        recipe,
        [*inputs, *goldens],
        (f"{corrected} corrected summaries of {set_id} are goldens.", judged),
    )


def _corrections(client: Client, set_id: str, folder: Path) -> tuple[list[LocalInput], int]:
    try:
        count = write_goldens(client, set_id, folder)
    except FailedPreconditionError:
        return [], 0
    goldens = [LocalInput("GOLDEN", path, path.name) for path in sorted(folder.glob("*.md"))]
    articles = [
        LocalInput("GOLDEN_ARTICLE", path, path.name)
        for path in sorted((folder / "articles").glob("*.md"))
    ]
    return [*goldens, *articles], count


def _calibrate(client: Client, set_id: str, path: Path) -> JudgeCard | None:
    """The judge's card after its calibration; None where no person has rated."""
    try:
        lines = list(export_reviews(client, set_id, "calibration"))
    except FailedPreconditionError:
        return None
    path.write_text("".join(lines), encoding="utf-8", newline="")
    dimensions = client.judge.GetJudge(judge_pb2.GetJudgeRequest()).dimensions
    *_, answer = calibrate_judge(client, read_ratings(path, dimensions))
    return JudgeCard.model_validate_json(answer.card_json)
