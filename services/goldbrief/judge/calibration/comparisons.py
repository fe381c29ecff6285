"""Comparisons that a judge is tried on: does the place of a summary sway it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

from goldbrief.core.documents import Comparison
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.judge.calibration.cases import OVERALL, CalibrationCase
from goldbrief.judge.calibration.intervals import interval
from goldbrief.judge.calibration.trials import Trial, once, several_at_once
from goldbrief.judge.verdicts import Judge

MOST_COMPARED = 20
"""Pairs of either kind, rated by people or with a planted fault; each is judged in both orders."""


@dataclass(frozen=True, slots=True)
class ComparisonTrial:
    """Two summaries of an article, the better one first."""

    better: CalibrationCase
    worse: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What the judge made of them."""

    trial: ComparisonTrial
    comparison: Comparison

    @property
    def preferred(self) -> str | None:
        """`first` is right; None when the judge failed."""
        return self.comparison.preferred


def plan_comparisons(
    cases: Sequence[CalibrationCase], trials: Sequence[Trial]
) -> list[ComparisonTrial]:
    """Everything that is to be compared.

    Args:
        cases: Rated or known to be good.
        trials: Those with planted faults are compared with what they were made from, one a
            summary, of another kind each time.

    Returns:
        Summaries of one article that people rate otherwise, and good ones beside faulty ones.
    """
    spoiled: dict[int, list[Trial]] = {}
    for trial in trials:
        if trial.fault:
            spoiled.setdefault(id(trial.of), []).append(trial)
    planted = [
        ComparisonTrial(faulty[0].of, faulty[place % len(faulty)].case.summary)
        for place, faulty in enumerate(spoiled.values())
    ]
    return [*list(_rated_pairs(cases))[:MOST_COMPARED], *planted[:MOST_COMPARED]]


def judge_comparisons(
    trials: Sequence[ComparisonTrial], judge: Judge, store: ObjectStore
) -> Iterator[Compared]:
    """Have them compared, several at once; kept as verdicts are, see `judge_trials`.

    Args:
        trials: What to compare.
        judge: The judge.
        store: Keeps comparisons, below `judge-cards/<version>/comparisons/`.

    Yields:
        The comparisons, in order.

    Raises:
        TransientError: The judge's endpoint does not answer.
    """
    version = judge.description.version

    def compared(trial: ComparisonTrial) -> Compared:
        case = trial.better.case
        style = case.style.model_dump(mode="json") if case.style else None
        asked = [case.article, case.summary, trial.worse, case.persona, style]
        key = f"judge-cards/{version}/comparisons/{sha256_json(asked)}.json"
        made = once(store, key, Comparison, lambda: judge.compare(case, trial.worse))
        return Compared(trial, made)

    yield from several_at_once(compared, trials)


def summarize_comparisons(compared: Sequence[Compared]) -> dict[str, Any]:
    """What a card says of them: fields of JudgeCard."""
    given = [one for one in compared if one.preferred is not None]
    if not given:
        return {}
    found = {"compared": len(given), "preferred_right": interval(given, _article, _share_right)}
    if not all(one.comparison.answers for one in given):
        return found  # it grades each alone
    return {
        **found,
        "swap_consistency": interval(given, _article, _share_consistent),
        "position_bias": interval(given, _article, _favor_for_the_first),
    }


def _rated_pairs(cases: Sequence[CalibrationCase]) -> Iterator[ComparisonTrial]:
    by_article: dict[str, list[tuple[float, CalibrationCase]]] = {}
    for case in cases:
        rating = case.rating(OVERALL)
        if rating is not None:
            by_article.setdefault(case.article, []).append((rating, case))
    for rated in by_article.values():
        ranked = sorted(rated, key=lambda one: -one[0])
        for (high, better), (low, worse) in pairwise(ranked):
            if high > low:
                yield ComparisonTrial(better, worse.case.summary)


def _share_right(compared: Sequence[Compared]) -> float:
    """Share where the better one is preferred; ties count half."""
    return fmean((one.preferred == "first") + (one.preferred == "tie") / 2 for one in compared)


def _share_consistent(compared: Sequence[Compared]) -> float:
    return fmean(one.comparison.is_consistent for one in compared)


def _favor_for_the_first(compared: Sequence[Compared]) -> float:
    """How much oftener what was shown first is preferred than what was shown second."""
    answers = [answer for one in compared for answer in one.comparison.answers]
    chosen = [one for one in answers if one.preferred in ("first", "second")]
    firsts = sum(one.preferred == one.shown_first for one in chosen)
    return (2 * firsts - len(chosen)) / len(answers)


def _article(one: Compared) -> str:
    return one.trial.better.article
