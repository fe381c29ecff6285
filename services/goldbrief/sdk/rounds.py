"""A further round of a run: what people said of those before goes into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.judge_cards import CALIBRATED, JudgeCard
from goldbrief.core.recipe import Recipe
from goldbrief.sdk.calibration import calibrate_judge, read_ratings
from goldbrief.sdk.client import Client
from goldbrief.sdk.inputs import LocalInput, RemoteInput
from goldbrief.sdk.reviews import calibration_table, write_goldens

_RATINGS = "ratings.csv"
_GOLDENS = "goldens"


@dataclass(frozen=True, slots=True)
class RoundOptions:
    """Which round is wanted."""

    number: int
    """From 2 on."""
    review_set: str = ""
    """Review set of the round before; empty takes the newest that anybody has rated."""
    with_simulated: bool = False
    """Whether what programs said and wrote counts for people's word: a demonstration."""


@dataclass(frozen=True, slots=True)
class NextRound:
    """What a further round is made of."""

    recipe: Recipe
    inputs: list[LocalInput | RemoteInput]
    made_of: runs_pb2.Round
    told: tuple[str, ...]
    """What of the reviews went into it, in sentences."""


def prepare_round(
    client: Client,
    recipe: Recipe,
    inputs: Sequence[LocalInput | RemoteInput],
    options: RoundOptions,
    folder: Path,
) -> NextRound:
    """Put what people said into a recipe and its inputs.

    Summaries that leads corrected become goldens; their articles are in no split of the round
    then. Ratings calibrate the judge; where its card says that it agrees with people, the card's
    accept score is taken. Both are those of all rounds before.

    Args:
        client: Of the server.
        recipe: Of the round before.
        inputs: Likewise.
        options: Which round.
        folder: New; gets ratings and goldens.

    Returns:
        The round.

    Raises:
        FailedPreconditionError: Nobody has rated the round before.
        NotFoundError: There is no such review set.
        AlreadyExistsError: The folder holds goldens of an earlier call.
        TransientError: The judge does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    behind = _reviews_behind(client, recipe, options)
    goldens = _corrections(client, behind, folder / _GOLDENS, options.with_simulated)
    card = _calibrate(client, behind, folder / _RATINGS, options.with_simulated)
    if card is not None and card.standing == CALIBRATED and card.accept_score is not None:
        synthesis = recipe.synthesis.model_copy(update={"accept_score": CALIBRATED})
        recipe = recipe.model_copy(update={"synthesis": synthesis})
    corrected = sum(one.role == "GOLDEN" for one in goldens)
    judged = (
        f"The judge is {card.headline}."
        if card
        else "No person has rated: the judge stays as it is."
    )
    return NextRound(
        recipe,
        [*inputs, *goldens],
        runs_pb2.Round(number=options.number, review_set_ids=behind),
        (f"{corrected} corrected summaries of {', '.join(behind)} are goldens.", judged),
    )


def _reviews_behind(client: Client, recipe: Recipe, options: RoundOptions) -> list[str]:
    """The review set of the round before, and those that this one was made of itself."""
    if options.review_set:
        request = pb.GetReviewSetRequest(id=options.review_set)
        run = _run_behind(client, client.reviews.GetReviewSet(request).review_set)
        return [options.review_set, *(run.round.review_set_ids if run else ())]
    model = recipe.finetuning.register_to
    for one in client.reviews.ListReviewSets(pb.ListReviewSetsRequest()).review_sets:
        run = _run_behind(client, one) if one.submitted else None
        if run and _is_round(run, model, options.number - 1):
            return [one.id, *run.round.review_set_ids]
    raise FailedPreconditionError(
        f"Nobody has rated round {options.number - 1} of the model {model}, so that there is"
        " nothing to begin the next with.",
        reason="NOTHING_RATED",
        remedy="`goldbrief reviews create RUN` begins a review of a run.",
    )


def _run_behind(client: Client, review_set: pb.ReviewSet) -> runs_pb2.Run | None:
    """The run whose evaluation is reviewed; None for an evaluation of its own."""
    request = evaluation_pb2.GetEvaluationRequest(id=review_set.evaluation_id)
    run_id = client.evaluation.GetEvaluation(request).evaluation.work.run_id
    return client.get_run(run_id) if run_id else None


def _is_round(run: runs_pb2.Run, model: str, number: int) -> bool:
    registers = Recipe.model_validate_json(run.recipe_json).finetuning.register_to
    return registers == model and (run.round.number or 1) == number


def _corrections(
    client: Client, review_sets: Sequence[str], folder: Path, with_simulated: bool
) -> list[LocalInput]:
    for set_id in review_sets:
        try:
            write_goldens(client, set_id, folder, with_simulated)
        except FailedPreconditionError:  # nothing is corrected in it
            continue
    goldens = [LocalInput("GOLDEN", path, path.name) for path in sorted(folder.glob("*.md"))]
    articles = [
        LocalInput("GOLDEN_ARTICLE", path, path.name)
        for path in sorted((folder / "articles").glob("*.md"))
    ]
    return [*goldens, *articles]


def _calibrate(
    client: Client, review_sets: Sequence[str], path: Path, with_simulated: bool
) -> JudgeCard | None:
    """The judge's card after its calibration; None where nobody who counts has rated."""
    try:
        lines = list(calibration_table(client, review_sets, with_simulated))
    except FailedPreconditionError:
        return None
    path.write_text("".join(lines), encoding="utf-8", newline="")
    dimensions = client.judge.GetJudge(judge_pb2.GetJudgeRequest()).dimensions
    *_, answer = calibrate_judge(client, read_ratings(path, dimensions))
    return JudgeCard.model_validate_json(answer.card_json)
