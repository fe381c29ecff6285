"""Tables of the ledger, and the base that every service's `tables.py` declares on.

Times are seconds since 1970 by the database's own clock, so that leases do not
depend on the clocks of workers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.expression import FunctionElement

_Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite autoincrements INTEGER only


class Base(DeclarativeBase):
    """Declarative base of all tables; one schema, one Alembic history."""

    type_annotation_map = {dict[str, Any]: JSON, float: Double}  # noqa: RUF012


class epoch_now(FunctionElement[float]):  # noqa: N801 - reads as a SQL function
    """The database's clock, in seconds since 1970."""

    type = Double()
    inherit_cache = True


@compiles(epoch_now, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch_now, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


InsertOrUpdate = postgresql.Insert | sqlite.Insert
"""An INSERT that takes ON CONFLICT, which SQLAlchemy has for each kind of database by itself."""


def insert_into(table: type[Base], dialect: str) -> InsertOrUpdate:
    """Begin an INSERT with what the dialect adds to it."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Work(Base):
    """Long work: a resource of a service, with its items."""

    __tablename__ = "work"
    __table_args__ = (UniqueConstraint("kind", "request_id"), Index("work_by_group", "group_id"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    """What it is: import, synthesis, dataset, finetuning, evaluation, promotion."""
    request_id: Mapped[str] = mapped_column(String(200))
    """Makes creation idempotent within the kind."""
    group_id: Mapped[str] = mapped_column(String(64))
    """Works of one run are paused and cancelled together; empty for none."""
    spec: Mapped[dict[str, Any]]
    """What was asked for; never changes."""
    spec_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    stages: Mapped[dict[str, Any]]
    """Stage name to the task that does it."""
    finalize: Mapped[str] = mapped_column(String(64))
    """Stage of the one item that is added when all others have ended; empty for none."""
    supervised: Mapped[bool]
    """Whether items are also handed out while paused or cancelling, to stop what they watch."""
    open_items: Mapped[int]
    """Items that have not ended; reaching 0 completes the work."""
    result: Mapped[dict[str, Any]]
    cause: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[float]
    last_claim_at: Mapped[float]
    """When an item was last handed out; tells a slow queue from lost messages."""
    ended_at: Mapped[float | None]


class Item(Base):
    """One unit of a work, moved from stage to stage."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("work_id", "index"),
        Index("item_by_state", "work_id", "state"),
        Index("item_by_lease", "state", "lease_until"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    work_id: Mapped[str] = mapped_column(ForeignKey("work.id"))
    index: Mapped[int]
    """Position in the work; -1 is the finalizing item."""
    stage: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    """ACCEPTED or REJECTED once it ended well; empty before."""
    reason: Mapped[str]
    attempt: Mapped[int]
    """Failed tries of the present stage."""
    lease_until: Mapped[float]
    fencing_token: Mapped[int]
    """Grows with every claim; a transition with an older token is refused."""
    data: Mapped[dict[str, Any]]
    """Ids, keys and small results; texts live in the object store."""
    cause: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Effect(Base):
    """A call to the outside that must be recorded once."""

    __tablename__ = "effect"
    __table_args__ = (Index("effect_by_work", "work_id"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    work_id: Mapped[str] = mapped_column(ForeignKey("work.id"))
    name: Mapped[str] = mapped_column(String(32))
    """Kind of call: teacher, judge, generate."""
    recorded: Mapped[bool]
    starts: Mapped[int]
    """Times that the call was started; more than one means it was paid again."""
    result_key: Mapped[str] = mapped_column(String(200))
    """Object key of the result."""
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    cost: Mapped[float]
    """In the user's own currency; 0 where no price is known."""


class Budget(Base):
    """What a group of works may spend on paid calls."""

    __tablename__ = "budget"

    group_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    limit: Mapped[float]
    """In the user's own currency; 0 for none."""
    spent: Mapped[float]
    """Sum of its effects' costs."""


class OutboxMessage(Base):
    """A task message to be published; written in the transaction that causes it.

    There is one for an item at most: a new one takes the place of the old.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_by_time", "not_before"),
        Index("outbox_by_argument", "argument", unique=True),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    task: Mapped[str] = mapped_column(String(64))
    argument: Mapped[str] = mapped_column(String(64))
    """The one id that the task takes."""
    not_before: Mapped[float]


class Event(Base):
    """Something that happened to a work, for people and watchers."""

    __tablename__ = "event"

    work_id: Mapped[str] = mapped_column(ForeignKey("work.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[float]
    type: Mapped[str] = mapped_column(String(32))
    message: Mapped[str]
    data: Mapped[dict[str, Any]]


class Sharer(Base):
    """A process that uses something whose limit several share; see `shares`."""

    __tablename__ = "sharer"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    """Of what is shared."""
    process: Mapped[str] = mapped_column(String(16), primary_key=True)
    demand: Mapped[int]
    """Most turns that it wanted at once since its last word."""
    held: Mapped[float]
    """Part of the limit that it may be using until its next word, 0 to 1."""
    until: Mapped[float]
    """When it counts as dead, unless it speaks again."""
