"""Answers that users mark wrong: kept, looked at, and handed on to the next round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from goldbrief.core.deletions import read_deleted_article
from goldbrief.core.documents import Article
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import canonical_json, sha256_text
from goldbrief.core.live_summaries import (
    LONGEST_COMMENT,
    REPORT_REASONS,
    MarkedWrong,
    ReportReason,
    marked_wrong_key,
)
from goldbrief.core.object_keys import article_key
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.live.observing import Observed
from goldbrief.evaluation.live.tables import (
    LiveAnswer,
    LiveReport,
    add_once,
    find_report,
    now,
    reports,
)
from goldbrief.evaluation.live.texts import LiveText, LiveTexts
from goldbrief.platform.ledger import Database
from goldbrief.platform.metrics.instruments import LIVE_REPORTS
from goldbrief.text.normalization import normalize

Decision = Literal["CONFIRMED", "DISMISSED"]
_MOST_BYTES = 1024 * 1024
_MOST_LISTED = 200
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class FullReport:
    """A report with what is kept of its answer."""

    row: LiveReport
    overall: float | None = None
    """Score of the answer; None where it was not drawn."""
    text: LiveText | None = None


class Reports:
    """Takes reports, and what people decide of them.

    Args:
        database: Where they are kept.
        store: Gets what the next round is to look at.
        texts: Where texts are kept, if they are.
    """

    def __init__(self, database: Database, store: ObjectStore, texts: LiveTexts) -> None:
        self._database = database
        self._store = store
        self._texts = texts

    def add(self, answer: Observed, reason: str, comment: str, reported_by: str) -> FullReport:
        """Keep a report; the same one again is found.

        Args:
            answer: Article and summary may be empty where the answer was drawn.
            reason: See `REPORT_REASONS`.
            comment: Kept where texts are.
            reported_by: Name of the caller.

        Returns:
            The report.

        Raises:
            InvalidInputError: The reason is unknown, or a text too long.
            NotFoundError: The answer was not drawn, and `answer` lacks its text or version.
        """
        _check(answer, reason, comment)
        report_id = f"report-{sha256_text(f'{reported_by}/{answer.request_id}')[:16]}"
        with self._database.transaction() as session:
            known = session.get(LiveReport, report_id)
            drawn = session.get(LiveAnswer, answer.request_id)
            time = now(session)
        if known is not None:
            return FullReport(known)
        answer, text = self._completed(answer, drawn)
        row = LiveReport(
            id=report_id, request_id=answer.request_id, model=answer.model,
            version=answer.version, dataset_digest=answer.dataset_digest, persona=answer.persona,
            article_sha256=drawn.article_sha256 if drawn else sha256_text(answer.article_text),
            reason=reason, reported_by=reported_by, time=time, text_key="",
            is_verified=drawn is not None, state="OPEN", decisions=0, decided_by="",
            is_candidate=False,
        )  # fmt: skip
        if text is not None:
            kept = text.model_copy(update={"comment": comment})
            row.text_key = self._texts.keep(report_id, kept, time)
        with self._database.transaction() as session:
            is_new = add_once(session, row)
            row = session.get_one(LiveReport, report_id)
        if is_new:
            LIVE_REPORTS.labels(row.model, row.version, reason).inc()
        return FullReport(row)

    def all(self, state: str, limit: int) -> Sequence[FullReport]:
        """Reports in a state, or all, the newest first; 0 means 200 of them."""
        with self._database.transaction() as session:
            found = reports(session, state, limit or _MOST_LISTED)
        return [FullReport(row, overall) for row, overall in found]

    def get(self, start: str) -> FullReport:
        """The report whose id begins so, with its text; raises NotFoundError."""
        with self._database.transaction() as session:
            row = find_report(session, start)
            drawn = session.get(LiveAnswer, row.request_id)
        return FullReport(row, drawn.overall if drawn else None, self._texts.read(row.text_key))

    def decide(
        self, report_id: str, decisions: int, state: str, author: str, corrected: str
    ) -> FullReport:
        """Record what somebody found who looked at a report.

        A confirmed one becomes a candidate for the next round, if its article is kept: the article
        is stored with those of imports then.

        Args:
            report_id: Of the report.
            decisions: Of the report, as the caller has seen it.
            state: See Decision.
            author: Who decides.
            corrected: The summary as it should be; may be empty.

        Returns:
            The report as it is now.

        Raises:
            NotFoundError: There is no such report.
            InvalidInputError: There is no such decision, or nobody decides.
            FailedPreconditionError: It was decided since, or a summary is corrected whose article
                is not kept.
        """
        author = author.strip()
        if state not in get_args(Decision) or not 0 < len(author) <= _LONGEST_NAME:
            raise InvalidInputError(
                f"{author!r} cannot decide {state!r} of a report.",
                reason="INVALID_DECISION",
                remedy=f"Give a name, and one of {', '.join(get_args(Decision))}.",
            )
        with self._database.transaction() as session:
            row = find_report(session, report_id, lock=True)
            if row.decisions != decisions:
                raise FailedPreconditionError(
                    f"{row.decided_by} decided {row.state} of {row.id} meanwhile.",
                    reason="REPORT_CHANGED",
                    remedy="Look at it as it is now, then decide again.",
                )
            text = self._texts.read(row.text_key)
            if corrected.strip() and (text is None or state != "CONFIRMED"):
                raise FailedPreconditionError(
                    f"A summary of {row.id} can be corrected only where it is confirmed as wrong"
                    " and its article is kept.",
                    reason="NOTHING_TO_CORRECT",
                    remedy="GOLDBRIEF_LIVE_TEXT_DAYS says for how many days texts are kept.",
                )
            row.is_candidate = self._hand_on(row, state, text, corrected.strip())
            row.state, row.decided_by, row.decisions = state, author, decisions + 1
        return FullReport(row, text=text)

    def _completed(
        self, answer: Observed, drawn: LiveAnswer | None
    ) -> tuple[Observed, LiveText | None]:
        """The answer as far as it is known here, or else as the caller sent it."""
        article = normalize(answer.article_text).text
        if drawn is None:
            if not (article and answer.summary and answer.model and answer.version):
                raise NotFoundError(
                    f"The answer {answer.request_id} was not drawn to be judged, so that it is not"
                    " known here.",
                    reason="ANSWER_NOT_KNOWN",
                    remedy="Send the article and the whole answer along.",
                )
            return (
                replace(answer, article_text=article),
                LiveText(article=article, summary=answer.summary),
            )
        known = replace(
            answer, model=drawn.model, version=drawn.version, persona=drawn.persona,
            dataset_digest=drawn.dataset_digest,
        )  # fmt: skip
        text = self._texts.find(answer.request_id, drawn.article_sha256)
        if text is None and answer.summary and sha256_text(article) == drawn.article_sha256:
            text = LiveText(article=article, summary=answer.summary)
        return known, text

    def _hand_on(self, row: LiveReport, state: str, text: LiveText | None, corrected: str) -> bool:
        """Have the next round look at a report, or no more; returns whether it will."""
        if not row.dataset_digest:
            return False
        key = marked_wrong_key(row.dataset_digest, row.article_sha256, row.id)
        is_deleted = read_deleted_article(self._store, row.article_sha256) is not None
        if state != "CONFIRMED" or text is None or is_deleted:
            self._store.delete(key)
            return False
        article = Article(
            sha256=row.article_sha256, text=text.article, title="", uri=f"live:{row.request_id}"
        )
        if not self._store.exists(article_key(article.sha256)):
            self._store.put(article_key(article.sha256), canonical_json(article.model_dump()))
        wrong = MarkedWrong(
            article_sha256=row.article_sha256, persona=row.persona,
            reason=cast(ReportReason, row.reason), corrected=corrected,
        )  # fmt: skip
        self._store.put(key, canonical_json(wrong.model_dump()))
        return True


def _check(answer: Observed, reason: str, comment: str) -> None:
    if reason not in REPORT_REASONS:
        raise InvalidInputError(
            f"There is no reason {reason!r} to mark a summary wrong.",
            reason="UNKNOWN_REPORT_REASON",
            remedy=f"Reasons: {', '.join(REPORT_REASONS)}.",
            metadata={"field": "reason"},
        )
    if len(comment) > LONGEST_COMMENT:
        raise InvalidInputError(
            f"The comment has {len(comment)} characters.",
            remedy=f"Send at most {LONGEST_COMMENT}.",
            metadata={"field": "comment"},
        )
    for field in ("article_text", "summary"):
        if len(getattr(answer, field).encode()) > _MOST_BYTES:
            raise InvalidInputError(
                f"{field} is over 1 MiB.", reason="TEXT_TOO_LARGE", metadata={"field": field}
            )
