"""Calibration: cases in, a judge card out, with progress on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.judge_cards import JudgeCard
from goldbrief.core.seams import ObjectStore
from goldbrief.judge.calibration.cases import CalibrationCase, Judged
from goldbrief.judge.calibration.comparisons import Compared, judge_comparisons, plan_comparisons
from goldbrief.judge.calibration.findings import make_card
from goldbrief.judge.calibration.trials import judge_trials, plan_trials
from goldbrief.judge.cards import CardShelf
from goldbrief.judge.verdicts import Judge

_TELL_EVERY = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a calibration is."""

    judged: int
    total: int
    card: JudgeCard | None = None
    """At the end."""


def calibrate(
    cases: Sequence[CalibrationCase], judge: Judge, store: ObjectStore, shelf: CardShelf
) -> Iterator[Progress]:
    """Calibrate a judge and keep its card.

    Args:
        cases: Rated by people, or known to be good.
        judge: The judge.
        store: Keeps its verdicts, so that a broken-off calibration goes on.
        shelf: Gets the card.

    Yields:
        Progress, at last with the card.

    Raises:
        InvalidInputError: There is neither a rated nor a good summary.
        TransientError: The judge's endpoint does not answer.
    """
    if not any(case.ratings or case.is_good for case in cases):
        raise InvalidInputError(
            "There is nothing to calibrate on: no summary is rated, and none is known to be good.",
            reason="NOTHING_TO_CALIBRATE_ON",
        )
    trials = plan_trials(cases)
    comparisons = plan_comparisons(cases, trials)
    total = len(trials) + len(comparisons)
    judged: list[Judged] = []
    for one in judge_trials(trials, judge, store):
        judged.append(one)
        if len(judged) % _TELL_EVERY == 0:
            yield Progress(len(judged), total)
    compared: list[Compared] = []
    for pair in judge_comparisons(comparisons, judge, store):
        compared.append(pair)
        if len(compared) % _TELL_EVERY == 0:
            yield Progress(len(judged) + len(compared), total)
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    card = make_card(judged, compared, judge.description, created)
    shelf.put(card)
    yield Progress(total, total, card)
