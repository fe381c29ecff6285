"""What is known of each version's live summaries: scores, checks, and drift from training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

from goldbrief.evaluation.live.drift import Drift, Feature, compare
from goldbrief.evaluation.live.heldout_scores import HeldOutScores
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.tables import (
    LiveAnswer,
    answers_since,
    judged_today,
    now,
    open_reports,
)
from goldbrief.platform.ledger import Database

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class VersionQuality:
    """Of the answers of one version that were drawn in the window."""

    model: str
    version: str
    judged: int
    mean_score: float | None
    """None without any score."""
    flawed: int
    """In which a rule check found an error."""
    figures_total: int
    figures_supported: int
    drift: Mapping[Feature, Drift]


@dataclass(frozen=True, slots=True)
class LiveQuality:
    """Of all versions."""

    versions: Sequence[VersionQuality]
    judged_today: int
    open_reports: int
    """Marked wrong, and nobody has looked at them."""
    oldest_open_s: float
    """Age of the oldest of them; 0 without any."""


class QualityReader:
    """Reads what is known.

    Args:
        database: Has the scores.
        profiles: Of training sets.
        scores: Of evaluations.
        window_days: Days that are looked at.
    """

    def __init__(
        self,
        database: Database,
        profiles: TrainingProfiles,
        scores: HeldOutScores,
        window_days: float,
    ) -> None:
        self._database = database
        self._profiles = profiles
        self._scores = scores
        self._window_s = window_days * _DAY_S

    def read(self) -> LiveQuality:
        """Look at the window; raises TransientError when database or store do not answer."""
        with self._database.transaction() as session:
            time = now(session)
            answers = answers_since(session, time - self._window_s)
            today = judged_today(session)
            waiting, oldest = open_reports(session)
        by_version = sorted(answers, key=_version)
        versions = [self._version(list(rows)) for _, rows in groupby(by_version, key=_version)]
        return LiveQuality(versions, today, waiting, time - oldest if waiting else 0.0)

    def _version(self, answers: list[LiveAnswer]) -> VersionQuality:
        newest = answers[-1]
        scores = [one.overall for one in answers if one.overall is not None]
        return VersionQuality(
            model=newest.model,
            version=newest.version,
            judged=len(answers),
            mean_score=fmean(scores) if scores else None,
            flawed=sum(one.errors > 0 for one in answers),
            figures_total=sum(one.figures_total for one in answers),
            figures_supported=sum(one.figures_supported for one in answers),
            drift=self._drift(answers),
        )

    def _drift(self, answers: Sequence[LiveAnswer]) -> dict[Feature, Drift]:
        """Of different articles alone: one that is asked for ten times is no ten findings."""
        articles = list({one.article_sha256: one for one in answers}.values())
        newest = articles[-1]
        judge = Counter(one.judge for one in articles).most_common(1)[0][0]
        profile = self._profiles.find(newest.dataset_digest)
        held_out = self._scores.find(f"{newest.model}--{newest.version}", judge)
        training = dict(profile.histograms) if profile else {}
        if held_out is not None:
            training["score"] = held_out
        live: dict[Feature, list[float | None]] = {
            "article_tokens": [one.article_tokens for one in articles],
            "summary_words": [one.summary_words for one in articles],
            "topic": [one.topic for one in articles],
            "novelty": [one.novelty for one in articles],
            "score": [one.overall for one in articles if one.judge == judge],
        }
        return {
            name: compare(training.get(name), [value for value in values if value is not None])
            for name, values in live.items()
        }


def _version(answer: LiveAnswer) -> tuple[str, str]:
    return answer.model, answer.version
