"""Which scores to accept, to have rewritten, and to reject at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from goldbrief.core.judge_cards import ThresholdOrigin
from goldbrief.judge.calibration.cases import GOOD, OVERALL, POOR, Judged

_FEWEST = 3
"""Summaries of either kind below which people's ratings draw no line."""
_RUINED = "ruined"
Pair = tuple[Judged, Judged]
"""A good summary, and the same with a fault."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """None where nothing tells."""

    accept: float | None
    accept_from: ThresholdOrigin
    reject: float | None
    """Below it a summary is not worth a rewrite; below `accept`."""
    reject_from: ThresholdOrigin


def find_thresholds(rated: Sequence[Judged], pairs: Sequence[Pair]) -> Thresholds:
    """Draw the two lines.

    Args:
        rated: Rated by people.
        pairs: With planted faults.

    Returns:
        What best tells the good from the rest (people: 4 or better; else unspoiled from spoiled),
        and the hopeless from the rest (people: below 2; else ruined by many faults at once from
        spoiled by one).
    """
    ratings = [(one.overall, one.of.rating(OVERALL) or 0.0) for one in rated]
    raters: ThresholdOrigin = (
        "simulated raters" if any(one.of.simulated for one in rated) else "people"
    )
    unspoiled = list({id(good): good.overall for good, _ in pairs}.values())
    ruined = [faulty.overall for _, faulty in pairs if faulty.fault == _RUINED]
    mendable = [faulty.overall for _, faulty in pairs if faulty.fault != _RUINED]
    accept, accept_from = _line(
        [score for score, rating in ratings if rating >= GOOD],
        [score for score, rating in ratings if rating < GOOD],
        unspoiled,
        [*mendable, *ruined],
        raters,
    )
    reject, reject_from = _line(
        [score for score, rating in ratings if rating >= POOR],
        [score for score, rating in ratings if rating < POOR],
        [*unspoiled, *mendable],
        ruined,
        raters,
    )
    if accept is None or reject is None or reject >= accept:
        reject, reject_from = None, ""
    return Thresholds(accept, accept_from, reject, reject_from)


def _line(
    better: Sequence[float],
    worse: Sequence[float],
    sound: Sequence[float],
    faulty: Sequence[float],
    raters: ThresholdOrigin,
) -> tuple[float | None, ThresholdOrigin]:
    """Between what raters call better and worse; where they say too little, by planted faults."""
    if len(better) >= _FEWEST and len(worse) >= _FEWEST:
        return _best_threshold(better, worse), raters
    if sound and faulty:
        return _best_threshold(sound, faulty), "planted faults"
    return None, ""


def _best_threshold(good: Sequence[float], bad: Sequence[float]) -> float | None:
    """Youden's index (1950): most good ones above and fewest bad; None if none gains anything."""

    def gain(threshold: float) -> float:
        return fmean(one >= threshold for one in good) - fmean(one >= threshold for one in bad)

    between = [(low + high) / 2 for low, high in pairwise(sorted({*good, *bad}))]
    best = max(between, key=gain, default=None)
    return round(best, 2) if best is not None and gain(best) > 0 else None
