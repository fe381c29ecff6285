"""Tables of live summaries, and the queries on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Index, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

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


def now(session: Session) -> float:
    """The database's clock, in seconds since 1970."""
    return session.scalars(select(epoch_now())).one()


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


def forget_before(session: Session, time: float) -> None:
    """Delete the rows of answers and days before a time."""
    session.execute(delete(LiveAnswer).where(LiveAnswer.time < time))
    session.execute(delete(LiveDay).where(LiveDay.day < int(time // _DAY_S)))
