"""The judge card: what the trials say of a judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, pstdev

import numpy as np

from goldbrief.core.judge_cards import Agreement, Detection, Interval, JudgeCard
from goldbrief.core.model_families import shared_family
from goldbrief.judge.calibration.cases import OVERALL, Judged
from goldbrief.judge.calibration.comparisons import Compared, summarize_comparisons
from goldbrief.judge.calibration.intervals import interval
from goldbrief.judge.calibration.standing import stand
from goldbrief.judge.calibration.thresholds import Pair, find_thresholds
from goldbrief.judge.verdicts import DIMENSIONS, JudgeDescription
from goldbrief.platform.agreement import krippendorff_alpha, spearman, weighted_kappa
from goldbrief.text.corruptions import FAULTS
from goldbrief.text.sentences import words

_FEWEST = 3
"""Summaries below which no statistic is worth computing."""


def make_card(
    judged: Sequence[Judged],
    compared: Sequence[Compared],
    description: JudgeDescription,
    created: str,
) -> JudgeCard:
    """Say what a judge is worth.

    Args:
        judged: All trials.
        compared: All comparisons.
        description: The judge.
        created: ISO time.

    Returns:
        The card.
    """
    scored = [one for one in judged if one.has_score]
    plain = [one for one in scored if one.fault is None and one.repeat == 0]
    rated = [one for one in plain if one.of.rating(OVERALL) is not None]
    pairs = _pairs(scored)
    thresholds = find_thresholds(rated, pairs)
    card = JudgeCard(
        judge=description.name,
        rubric=description.rubric,
        version=description.version,
        created=created,
        standing="uncalibrated",
        reasons=(),
        rated=len(rated),
        simulated_raters=len({name for one in rated for name in one.of.simulated}),
        good=len({id(good) for good, _ in pairs}),
        faulty=len(pairs),
        failed=len(judged) - len(scored) + sum(one.preferred is None for one in compared),
        verdicts=len(judged) + len(compared),
        spread=round(pstdev(one.overall for one in scored), 3) if scored else 0.0,
        repeat_spread=_repeat_spread(scored),
        agreements=tuple(_agreements(rated)),
        detections=tuple(_detections(pairs, thresholds.accept)),
        discrimination=interval(pairs, _article_of_pair, _noticed) if pairs else None,
        length_bias=_length_bias(rated or plain),
        self_preference=_self_preference(rated, description.name),
        accept_score=thresholds.accept,
        accept_from=thresholds.accept_from,
        reject_score=thresholds.reject,
        reject_from=thresholds.reject_from,
        **summarize_comparisons(compared),
    )
    standing, reasons = stand(card)
    return card.model_copy(update={"standing": standing, "reasons": reasons})


def _pairs(scored: Sequence[Judged]) -> list[Pair]:
    good = {id(one.of): one for one in scored if one.fault is None and one.repeat == 0}
    return [(good[id(one.of)], one) for one in scored if one.fault and id(one.of) in good]


def _agreements(rated: Sequence[Judged]) -> Iterator[Agreement]:
    for dimension in (*DIMENSIONS, OVERALL):
        mine = [one for one in rated if one.of.rating(dimension) is not None]
        if len(mine) >= _FEWEST:
            yield _agreement(mine, dimension)


def _agreement(rated: Sequence[Judged], dimension: str) -> Agreement:
    def with_mean(
        measure: Callable[[Sequence[float], Sequence[float]], float],
    ) -> Callable[[Sequence[Judged]], float]:
        return lambda drawn: measure(
            [one.score(dimension) for one in drawn],
            [one.of.rating(dimension) or 0.0 for one in drawn],
        )

    def alpha(drawn: Sequence[Judged]) -> float:
        return krippendorff_alpha(
            [[one.score(dimension), *one.of.by_rater(dimension)] for one in drawn]
        )

    def alpha_of_people(drawn: Sequence[Judged]) -> float:
        return krippendorff_alpha([one.of.by_rater(dimension) for one in drawn])

    raters = {name for one in rated for name in one.of.ratings}
    is_rated_twice = any(len(one.of.by_rater(dimension)) > 1 for one in rated)
    return Agreement(
        dimension=dimension,
        raters=len(raters),
        spearman=interval(rated, _article, with_mean(spearman)),
        weighted_kappa=interval(rated, _article, with_mean(weighted_kappa)),
        alpha=interval(rated, _article, alpha),
        alpha_of_people=interval(rated, _article, alpha_of_people) if is_rated_twice else None,
    )


def _detections(pairs: Sequence[Pair], accept: float | None) -> Iterator[Detection]:
    for fault in FAULTS:
        mine = [pair for pair in pairs if pair[1].fault == fault]
        if mine:
            rejected = None
            if accept is not None:
                rejected = round(fmean(faulty.overall < accept for _, faulty in mine), 3)
            yield Detection(
                fault=fault,
                n=len(mine),
                noticed=round(_noticed(mine), 3),
                rejected=rejected,
                drop=round(fmean(good.overall - faulty.overall for good, faulty in mine), 3),
            )


def _noticed(pairs: Sequence[Pair]) -> float:
    """Share of pairs where the good one scores higher; ties count half (Mann-Whitney)."""
    return fmean(
        (good.overall > faulty.overall) + (good.overall == faulty.overall) / 2
        for good, faulty in pairs
    )


def _repeat_spread(scored: Sequence[Judged]) -> float | None:
    again: dict[int, list[float]] = {}
    for one in scored:
        if one.fault is None:
            again.setdefault(id(one.of), []).append(one.overall)
    spreads = [pstdev(scores) for scores in again.values() if len(scores) > 1]
    return round(fmean(spreads), 3) if spreads else None


def _length_bias(plain: Sequence[Judged]) -> Interval | None:
    if len(plain) < _FEWEST:
        return None
    lengths = {one.case.summary: len(words(one.case.summary)) for one in plain}

    def bias(drawn: Sequence[Judged]) -> float:
        return spearman([lengths[one.case.summary] for one in drawn], _excess(drawn))

    return interval(plain, _article, bias)


def _self_preference(rated: Sequence[Judged], judge: str) -> Interval | None:
    signed = [one for one in rated if one.of.author]
    kin = [one for one in signed if shared_family(one.of.author, judge)]
    if len(kin) < _FEWEST or len(signed) - len(kin) < _FEWEST:
        return None

    def preference(drawn: Sequence[Judged]) -> float:
        own: list[float] = []
        others: list[float] = []
        for one, excess in zip(drawn, _excess(drawn), strict=True):
            (own if shared_family(one.of.author, judge) else others).append(excess)
        return fmean(own) - fmean(others) if own and others else 0.0

    return interval(signed, _article, preference)


def _excess(drawn: Sequence[Judged]) -> list[float]:
    """What people's ratings do not explain of the scores: the residual of a straight line.

    Longer summaries may be better, and a judge may use less of the scale than people do. Without
    ratings, the score less its mean.
    """
    scores = np.array([one.overall for one in drawn])
    ratings = np.array([one.of.rating(OVERALL) or 0.0 for one in drawn])
    centered = ratings - ratings.mean()
    spread = float(centered @ centered)
    slope = float(centered @ scores) / spread if spread else 0.0
    return list(scores - scores.mean() - slope * centered)


def _article(one: Judged) -> str:
    return one.of.article


def _article_of_pair(pair: Pair) -> str:
    return pair[0].of.article
