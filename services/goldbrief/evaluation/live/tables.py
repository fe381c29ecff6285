"""Tables of live summaries, and the queries on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from goldbrief.core.errors import NotFoundError
from goldbrief.platform.ledger import Base
from goldbrief.platform.ledger.tables import epoch_now, insert_into

_DAY_S = 86_400


class LiveAnswer(Base):
    """A live summary that was judged: scores, counts and hashes."""

    __tablename__ = "live_answer"
    __table_args__ = (Index("live_answer_by_version", "model", "version", "time"),)

    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    dataset_digest: Mapped[str] = mapped_column(String(64))
    persona: Mapped[str]
    article_sha256: Mapped[str] = mapped_column(String(64))
    """Of the normalised text."""
    time: Mapped[float]
    judge: Mapped[str]
    rubric: Mapped[str]
    overall: Mapped[float | None]
    """None where the judge failed to answer."""
    scores: Mapped[dict[str, Any]]
    """By dimension."""
    figures_total: Mapped[int]
    figures_supported: Mapped[int]
    errors: Mapped[int]
    """Findings of the rule checks that are errors."""
    article_tokens: Mapped[int]
    summary_words: Mapped[int]
    topic: Mapped[int | None]
    """Number of the nearest topic of the training set; None where it has none."""
    novelty: Mapped[float | None]
    """Cosine distance to that topic's centre."""


class LiveDay(Base):
    """How much was judged in a day, counted before the judge is asked."""

    __tablename__ = "live_day"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Since 1970, UTC."""
    judged: Mapped[int]


class LiveReport(Base):
    """An answer that somebody marked wrong."""

    __tablename__ = "live_report"
    __table_args__ = (Index("live_report_by_state", "state", "time"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Follows from who reports what, so that the same report is one."""
    request_id: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    dataset_digest: Mapped[str] = mapped_column(String(64))
    persona: Mapped[str]
    article_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(16))
    reported_by: Mapped[str] = mapped_column(String(200))
    time: Mapped[float]
    text_key: Mapped[str] = mapped_column(String(200))
    """Object of its text; empty where none is kept."""
    is_verified: Mapped[bool]
    """Whether the answer was drawn, so that it is known to be the version's."""
    state: Mapped[str] = mapped_column(String(16))
    """OPEN, CONFIRMED or DISMISSED."""
    decisions: Mapped[int]
    decided_by: Mapped[str] = mapped_column(String(60))
    is_candidate: Mapped[bool]
    """Whether the next round of the dataset version will look at it."""


def now(session: Session) -> float:
    """The database's clock, in seconds since 1970."""
    return session.scalars(select(epoch_now())).one()


def add_once(session: Session, row: LiveAnswer | LiveReport) -> bool:
    """Insert a row unless one with its id is there; returns whether it was inserted."""
    kind = type(row)
    values = {column.name: getattr(row, column.name) for column in kind.__table__.columns}
    statement = insert_into(kind, session.get_bind().dialect.name).values(values)
    (key,) = kind.__table__.primary_key
    return session.scalar(statement.on_conflict_do_nothing().returning(key)) is not None


def claim_judgment(session: Session, limit: int) -> bool:
    """Count one more judgment of today, unless there were `limit`; returns whether it was."""
    if limit <= 0:
        return False
    day = int(now(session) // _DAY_S)
    statement = insert_into(LiveDay, session.get_bind().dialect.name).values(day=day, judged=1)
    counted = statement.on_conflict_do_update(
        index_elements=[LiveDay.day],
        set_={"judged": LiveDay.judged + 1},
        where=LiveDay.judged < limit,
    )
    return session.scalar(counted.returning(LiveDay.judged)) is not None


def judged_today(session: Session) -> int:
    """Judgments that were begun today."""
    found = session.get(LiveDay, int(now(session) // _DAY_S))
    return found.judged if found else 0


def answers_since(session: Session, since: float) -> Sequence[LiveAnswer]:
    """Answers from a time on, the oldest first."""
    query = select(LiveAnswer).where(LiveAnswer.time >= since).order_by(LiveAnswer.time)
    return session.scalars(query).all()


def reports(session: Session, state: str, limit: int) -> Sequence[tuple[LiveReport, float | None]]:
    """Reports in a state, or all, the newest first, each with the score of its answer."""
    query = (
        select(LiveReport, LiveAnswer.overall)
        .outerjoin(LiveAnswer, LiveAnswer.request_id == LiveReport.request_id)
        .order_by(LiveReport.time.desc())
        .limit(limit)
    )
    if state:
        query = query.where(LiveReport.state == state)
    return [(report, overall) for report, overall in session.execute(query)]


def open_reports(session: Session) -> tuple[int, float]:
    """How many reports are open, and when the oldest came; 0 for none."""
    query = select(func.count(), func.min(LiveReport.time)).where(LiveReport.state == "OPEN")
    count, oldest = session.execute(query).one()
    return count, oldest or 0.0


def find_report(session: Session, start: str, lock: bool = False) -> LiveReport:
    """The one report whose id begins so; raises NotFoundError."""
    query = select(LiveReport).where(LiveReport.id.startswith(start, autoescape=True)).limit(2)
    found = session.scalars(query.with_for_update() if lock else query).all()
    if not start or len(found) != 1:
        raise NotFoundError(
            f"{'No report begins' if not found else 'More than one report begins'} with {start!r}.",
            reason="LIVE_REPORT_NOT_FOUND",
            remedy="`goldbrief summaries list` names those that there are.",
        )
    return found[0]


def forget_before(session: Session, time: float) -> None:
    """Delete the rows of answers and days before a time, and of reports that were decided."""
    session.execute(delete(LiveAnswer).where(LiveAnswer.time < time))
    session.execute(delete(LiveReport).where(LiveReport.time < time, LiveReport.state != "OPEN"))
    session.execute(delete(LiveDay).where(LiveDay.day < int(time // _DAY_S)))
