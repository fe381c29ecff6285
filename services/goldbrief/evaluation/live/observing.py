"""Judges what the gateway drew, and keeps what came of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Protocol

from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.core.errors import GoldbriefError, InvalidInputError, ResourceExhaustedError
from goldbrief.core.hashing import sha256_text
from goldbrief.core.live_summaries import LIVE_BUDGET_SPENT
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.tables import LiveAnswer, add_once, claim_judgment, now
from goldbrief.evaluation.live.texts import LiveText, LiveTexts
from goldbrief.evaluation.live.topics import Place
from goldbrief.platform.ledger import Database
from goldbrief.platform.metrics.instruments import LIVE_JUDGED, LIVE_SCORES
from goldbrief.text.normalization import normalize
from goldbrief.text.selection import estimate_tokens

_JUDGE_TIMEOUT_S = 600.0
_LONGEST = {"request_id": 64, "model": 64, "version": 32, "dataset_digest": 64}
_SECONDS_A_DAY = 86_400.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Observed:
    """An answer of the gateway; see the message of the API."""

    request_id: str
    model: str
    version: str
    dataset_digest: str
    persona: str
    style_json: str
    article_text: str
    summary: str

    def __post_init__(self) -> None:
        if not self.request_id:
            raise InvalidInputError(
                "An answer needs its request_id.", metadata={"field": "request_id"}
            )
        for field, most in _LONGEST.items():
            if len(getattr(self, field)) > most:
                raise InvalidInputError(
                    f"{field} has more than {most} characters.", metadata={"field": field}
                )


class Judge(Protocol):
    """What is asked of the judge's stub."""

    def JudgeSummary(  # noqa: N802 - the RPC's name
        self, request: judge_pb2.JudgeSummaryRequest, timeout: float
    ) -> judge_pb2.JudgeSummaryResponse:
        """Judge one summary."""


class Observer:
    """Judges single live answers within the day's budget.

    Args:
        database: Where scores are kept, and the budget is counted.
        texts: Where texts are kept, if they are.
        profiles: Know the topics of training sets.
        judge: Scores and checks.
        daily_judgments: Most in a day, of all processes.
    """

    def __init__(
        self,
        database: Database,
        texts: LiveTexts,
        profiles: TrainingProfiles,
        judge: Judge,
        daily_judgments: int,
    ) -> None:
        self._database = database
        self._texts = texts
        self._profiles = profiles
        self._judge = judge
        self._daily_judgments = daily_judgments

    def observe(self, answer: Observed) -> float | None:
        """Judge an answer and keep what came of it.

        The budget counts the attempt: a judge that fails may have been paid.

        Args:
            answer: The answer.

        Returns:
            The overall score; None when the judge failed to answer.

        Raises:
            InvalidInputError: What the judge refuses.
            ResourceExhaustedError: The day's budget is used up.
            TransientError: The judge does not answer.
        """
        self._claim(answer)
        article = normalize(answer.article_text).text
        judged = self._ask(answer, article)
        row = _row(answer, article, judged, self._place(answer, article))
        with self._database.transaction() as session:
            row.time = now(session)
            add_once(session, row)
        self._texts.keep(answer.request_id, LiveText(article=article, summary=answer.summary),
                         row.time)  # fmt: skip
        _count(row)
        return row.overall

    def _place(self, answer: Observed, article: str) -> Place | None:
        """Where the article is among the training set's topics; it is judged without, too."""
        try:
            return self._profiles.place(answer.dataset_digest, article)
        except GoldbriefError as error:
            _log.warning("the topic of %s is not known: %s", answer.request_id, error.reason)
            return None

    def _claim(self, answer: Observed) -> None:
        with self._database.transaction() as session:
            is_granted = claim_judgment(session, self._daily_judgments)
            left_s = _SECONDS_A_DAY - now(session) % _SECONDS_A_DAY
        if not is_granted:
            raise ResourceExhaustedError(
                f"The {self._daily_judgments} judgments of live summaries of this day are used up.",
                reason=LIVE_BUDGET_SPENT,
                retry_after_s=left_s,
                remedy="Raise GOLDBRIEF_LIVE_DAILY_JUDGMENTS, or draw a smaller share.",
            )

    def _ask(self, answer: Observed, article: str) -> judge_pb2.JudgeSummaryResponse:
        request = judge_pb2.JudgeSummaryRequest(
            article_text=article,
            summary=answer.summary,
            persona=answer.persona,
            style_json=answer.style_json,
        )
        try:
            return self._judge.JudgeSummary(request, timeout=_JUDGE_TIMEOUT_S)
        except Exception:
            LIVE_JUDGED.labels(answer.model, answer.version, "failed").inc()
            raise


def _row(answer: Observed, article: str, judged: Any, place: Place | None) -> LiveAnswer:
    return LiveAnswer(
        request_id=answer.request_id,
        model=answer.model,
        version=answer.version,
        dataset_digest=answer.dataset_digest,
        persona=answer.persona,
        article_sha256=sha256_text(article),
        judge=judged.judge,
        rubric=judged.rubric,
        overall=None if judged.failed else judged.overall,
        scores=dict(judged.scores),
        figures_total=judged.figures_total,
        figures_supported=judged.figures_supported,
        errors=sum(finding.severity == "error" for finding in judged.findings),
        article_tokens=estimate_tokens(article),
        summary_words=len(answer.summary.split()),
        topic=place.topic if place else None,
        novelty=place.novelty if place else None,
    )


def _count(row: LiveAnswer) -> None:
    if row.overall is None:
        LIVE_JUDGED.labels(row.model, row.version, "failed").inc()
        return
    outcome = "flawed" if row.errors else "clean"
    LIVE_JUDGED.labels(row.model, row.version, outcome).inc()
    LIVE_SCORES.labels(row.model, row.version).observe(row.overall)
