"""Tables of reviews."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from goldbrief.platform.ledger import Base
from goldbrief.platform.ledger.tables import epoch_now


class ReviewAccount(Base):
    """Who may use the console."""

    __tablename__ = "review_account"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    is_simulated: Mapped[bool]
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[float]
    """0 once revoked."""


class ReviewSet(Base):
    """Pairs that were made from one evaluation."""

    __tablename__ = "review_set"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(200), unique=True)
    evaluation_id: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    spec: Mapped[dict[str, Any]]
    """`systems` and `articles` as asked for; never changes."""
    version: Mapped[int]
    """Counts the changes of who rates what."""
    created_at: Mapped[float]


class ReviewPair(Base):
    """Two systems' summaries of one article; the texts are in the object store."""

    __tablename__ = "review_pair"

    set_id: Mapped[str] = mapped_column(ForeignKey("review_set.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_sha256: Mapped[str] = mapped_column(String(64))
    article_title: Mapped[str]
    persona: Mapped[str]
    first_system: Mapped[str] = mapped_column(String(64))
    second_system: Mapped[str] = mapped_column(String(64))
    texts_key: Mapped[str] = mapped_column(String(200))


class ReviewAssignment(Base):
    """A pair that one reviewer has to rate, and the rating as it is now."""

    __tablename__ = "review_assignment"
    __table_args__ = (
        ForeignKeyConstraint(["set_id", "number"], ["review_pair.set_id", "review_pair.number"]),
        UniqueConstraint("set_id", "reviewer", "position"),
        Index("review_assignment_by_reviewer", "reviewer"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    set_id: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    reviewer: Mapped[str] = mapped_column(ForeignKey("review_account.name"))
    position: Mapped[int]
    is_flipped: Mapped[bool]
    """Whether the second summary is on the left."""
    is_repeat: Mapped[bool]
    """Planted: the reviewer rates the pair for the second time, sides exchanged."""
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    rating: Mapped[dict[str, Any]]
    """A `rating.Rating`, by side."""
    seconds: Mapped[float]
    updated_at: Mapped[float | None]
    submitted_at: Mapped[float | None]
    """When it was first submitted: the order that drift is measured in."""


class ReviewChange(Base):
    """One change of a rating; never changed or deleted."""

    __tablename__ = "review_change"

    assignment_id: Mapped[str] = mapped_column(ForeignKey("review_assignment.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[float]
    state: Mapped[str] = mapped_column(String(16))
    rating: Mapped[dict[str, Any]]


class ReviewVerdict(Base):
    """What a lead decided of a pair; the newest counts, those before are kept."""

    __tablename__ = "review_verdict"
    __table_args__ = (
        ForeignKeyConstraint(["set_id", "number"], ["review_pair.set_id", "review_pair.number"]),
    )

    set_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    author: Mapped[str] = mapped_column(String(60))
    preference: Mapped[str] = mapped_column(String(16))
    comment: Mapped[str]
    corrected: Mapped[str]
    """A corrected summary; empty for none."""
    time: Mapped[float]


def now(session: Session) -> float:
    """The database's clock, in seconds since 1970."""
    return session.scalars(select(epoch_now())).one()
