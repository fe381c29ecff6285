"""Tables of reviews, and the queries on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Row,
    String,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from goldbrief.core.errors import NotFoundError, TransientError
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


def all_accounts(session: Session) -> Sequence[ReviewAccount]:
    """All accounts, by name."""
    return session.scalars(select(ReviewAccount).order_by(ReviewAccount.name)).all()


def account_of_token(session: Session, token_sha256: str) -> ReviewAccount | None:
    """The account that has a token, also one that has expired."""
    return session.scalar(select(ReviewAccount).where(ReviewAccount.token_sha256 == token_sha256))


def simulated_names(session: Session) -> set[str]:
    """Names of the accounts that programs play."""
    names = select(ReviewAccount.name).where(ReviewAccount.is_simulated.is_(True))
    return set(session.scalars(names))


def add_set(session: Session, row: ReviewSet, pairs: Sequence[ReviewPair]) -> None:
    """Insert a set; raises TransientError when its request made one at the same moment."""
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise TransientError(
            f"{row.request_id} makes a review set at this moment.", reason="CONCURRENT_CHANGE"
        ) from error
    session.add_all(pairs)


def find_set(session: Session, set_id: str, lock: bool = False) -> ReviewSet:
    """Return a set, for this transaction alone if `lock`; raises NotFoundError."""
    row = session.get(ReviewSet, set_id, with_for_update=lock)
    if row is None:
        raise NotFoundError(
            f"There is no review set {set_id!r}.",
            reason="REVIEW_SET_NOT_FOUND",
            remedy="`goldbrief reviews list` names those that there are.",
        )
    return row


def set_of_request(session: Session, request_id: str) -> ReviewSet | None:
    """The set that a request made."""
    return session.scalar(select(ReviewSet).where(ReviewSet.request_id == request_id))


def all_sets(session: Session) -> Sequence[ReviewSet]:
    """All sets, the newest first."""
    return session.scalars(select(ReviewSet).order_by(ReviewSet.created_at.desc())).all()


def sets_of_evaluation(session: Session, evaluation_id: str) -> Sequence[ReviewSet]:
    """The sets that were made of an evaluation, the oldest first."""
    query = select(ReviewSet).where(ReviewSet.evaluation_id == evaluation_id)
    return session.scalars(query.order_by(ReviewSet.created_at, ReviewSet.id)).all()


def pairs_of(session: Session, set_id: str, number: int = 0) -> Sequence[ReviewPair]:
    """The pairs of a set by number, or the one of a number."""
    query = select(ReviewPair).where(ReviewPair.set_id == set_id)
    if number:
        query = query.where(ReviewPair.number == number)
    return session.scalars(query.order_by(ReviewPair.number)).all()


def set_counts(session: Session, set_id: str) -> tuple[int, int, int]:
    """How many pairs a set has, ratings that were asked for, and of these submitted ones."""
    pairs = select(func.count()).select_from(ReviewPair).where(ReviewPair.set_id == set_id)
    assigned = (
        select(func.count()).select_from(ReviewAssignment).where(ReviewAssignment.set_id == set_id)
    )
    submitted = assigned.where(ReviewAssignment.state == "SUBMITTED")
    first, second, third = (session.scalar(query) or 0 for query in (pairs, assigned, submitted))
    return first, second, third


def assignments_of(session: Session, set_id: str) -> Sequence[ReviewAssignment]:
    """All assignments of a set."""
    query = select(ReviewAssignment).where(ReviewAssignment.set_id == set_id)
    return session.scalars(query).all()


def submitted_of(session: Session, set_id: str) -> Sequence[ReviewAssignment]:
    """Submitted assignments of a set, by reviewer, in the order of submission."""
    query = (
        select(ReviewAssignment)
        .where(ReviewAssignment.set_id == set_id, ReviewAssignment.state == "SUBMITTED")
        .order_by(ReviewAssignment.reviewer, ReviewAssignment.submitted_at)
    )
    return session.scalars(query).all()


def count_states(session: Session, set_id: str) -> Sequence[Row[str, str, int]]:
    """Reviewer, state, and how many assignments of a set are in it, by reviewer."""
    query = (
        select(ReviewAssignment.reviewer, ReviewAssignment.state, func.count())
        .where(ReviewAssignment.set_id == set_id)
        .group_by(ReviewAssignment.reviewer, ReviewAssignment.state)
        .order_by(ReviewAssignment.reviewer)
    )
    return session.execute(query).all()


def queue_of(
    session: Session, reviewer: str, assignment_id: str = ""
) -> Sequence[Row[ReviewAssignment, str, ReviewPair]]:
    """What a reviewer has to rate, or one assignment of it: with title of the set, and pair.

    By set, then in the reviewer's order.
    """
    query = (
        select(ReviewAssignment, ReviewSet.title, ReviewPair)
        .join(ReviewSet, ReviewSet.id == ReviewAssignment.set_id)
        .join(
            ReviewPair,
            (ReviewPair.set_id == ReviewAssignment.set_id)
            & (ReviewPair.number == ReviewAssignment.number),
        )
        .where(ReviewAssignment.reviewer == reviewer)
        .order_by(ReviewSet.created_at, ReviewSet.id, ReviewAssignment.position)
    )
    if assignment_id:
        query = query.where(ReviewAssignment.id == assignment_id)
    return session.execute(query).all()


def newest_verdicts(session: Session, set_id: str) -> dict[int, ReviewVerdict]:
    """The newest verdict of each pair that has one, by number."""
    query = select(ReviewVerdict).where(ReviewVerdict.set_id == set_id)
    in_order = session.scalars(query.order_by(ReviewVerdict.version))
    return {verdict.number: verdict for verdict in in_order}
