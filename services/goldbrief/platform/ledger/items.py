"""Items: handing them out under a lease and moving them on under a fencing token.

Every call of a work goes through here some ten times, so that the statements are written once and
name the columns that they need: loading whole rows took more time than all else around a call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    ScalarSelect,
    and_,
    bindparam,
    case,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from goldbrief.core.errors import (
    BudgetExhaustedError,
    GoldbriefError,
    ResourceExhaustedError,
    RestingError,
    TransientError,
)
from goldbrief.core.states import State
from goldbrief.platform.ledger.announcing import announce
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Item, Work, epoch_now
from goldbrief.platform.ledger.transitions import Advance, Finish, Hold, Later, Transition
from goldbrief.platform.ledger.works import WorkFacts, cause_of, complete_item, hold_group

MAX_ATTEMPTS = 5
"""Tries of a stage, the first included, when the failure may pass."""
_BACKOFF_S = 1.0
"""Delay before the second try; doubles with each further one."""
_WORKS_KEPT = 32
"""Works whose facts a process remembers: a spec may name thousands of articles."""
_NOTES_A_LEASE = 20
"""How often at most a work's last claim is noted in its row, which all its workers share."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An item in the hands of a worker, until the lease ends."""

    item: Item
    work: WorkFacts
    work_state: State
    """When the item was handed out."""

    @property
    def token(self) -> tuple[int, int]:
        """Item id and fencing token."""
        return self.item.id, self.item.fencing_token


class LeaseLostError(GoldbriefError):
    """The item was given to another worker meanwhile; nothing was written."""

    default_reason = "LEASE_LOST"


class Items:
    """Operations on items; each is one transaction.

    Args:
        database: Where they live.
        lease_s: Seconds that a claim lasts without renewal.
    """

    def __init__(self, database: Database, lease_s: float) -> None:
        self._database = database
        self.lease_s = lease_s
        self._facts = lru_cache(_WORKS_KEPT)(self._read_facts)

    def claim(self, item_id: int) -> Claim | None:
        """Take an item by compare-and-set.

        Args:
            item_id: From a task message, which may be old or doubled.

        Returns:
            The claim, or None when the item is not to be worked on now.
        """
        asked = {"item_id": item_id, "lease_s": self.lease_s}
        row = self._database.run(
            lambda session: session.connection().execute(_CLAIM, asked).one_or_none()
        )
        if row is None:
            self._database.run(lambda session: _give_up(session, item_id))
            return None
        work_state, created_at, claimed_at, now, *columns = row
        if work_state == State.QUEUED or claimed_at < now - self.lease_s / _NOTES_A_LEASE:
            # by itself: an item's row is locked before its work's, never the other way round
            noted = {"work_id": row.work_id}
            self._database.run(lambda session: session.connection().execute(_NOTE_CLAIM, noted))
        item = Item(**dict(zip(_CLAIMED, columns, strict=True)))
        return Claim(item, self._facts(item.work_id, created_at), State(work_state))

    def renew(self, tokens: Iterable[tuple[int, int]]) -> None:
        """Extend the leases of claims that still hold."""
        held = [
            {"item_id": item_id, "token": token, "lease_s": self.lease_s}
            for item_id, token in tokens
        ]
        self._database.run(lambda session: session.connection().execute(_RENEW, held))

    def move(self, claim: Claim, transition: Transition) -> None:
        """Carry out a handler's decision.

        Args:
            claim: As handed out.
            transition: The decision.

        Raises:
            LeaseLostError: Another worker has the item now.
        """
        self._database.run(lambda session: _move(session, claim, transition))

    def fail(self, claim: Claim, error: BaseException) -> None:
        """Record a failed try; tries again later when the failure may pass.

        A RestingError is no failed try: the item waits as long as it lasts. So does a
        BudgetExhaustedError, which pauses the works of the whole group.

        Args:
            claim: As handed out.
            error: What went wrong; its cause is kept.

        Raises:
            LeaseLostError: Another worker has the item now.
        """
        self._database.run(lambda session: _fail(session, claim, error))

    def _read_facts(self, work_id: str, _: float) -> WorkFacts:
        """The facts of a work, which with its creation time is never another."""
        columns = [getattr(Work, name) for name in WorkFacts.__slots__]
        chosen = select(*columns).where(Work.id == work_id)
        return WorkFacts(*self._database.run(lambda session: session.execute(chosen).one()))


def _of_work(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    return select(column).where(Work.id == Item.work_id).scalar_subquery()


_CLAIMED = (
    "id", "work_id", "index", "stage", "state", "attempt", "fencing_token", "data", "cause",
)  # fmt: skip
"""Columns of an item that its worker gets."""
_IS_SILENT = and_(Item.state == State.RUNNING, Item.lease_until < epoch_now())
_IS_WORKED_ON: ColumnElement[bool] = (
    select(Work.id)
    .where(
        Work.id == Item.work_id,
        or_(
            Work.state.in_((State.QUEUED, State.RUNNING)),
            Work.supervised & Work.state.in_((State.PAUSED, State.CANCELLING)),
        ),
    )
    .exists()
)
_CLAIM = (
    update(Item)
    .where(
        Item.id == bindparam("item_id"),
        or_(Item.state == State.QUEUED, _IS_SILENT & (Item.attempt < MAX_ATTEMPTS - 1)),
        _IS_WORKED_ON,
    )
    .values(
        state=State.RUNNING,
        # a silent worker counts as a failed try, so that an item that kills workers ends
        attempt=Item.attempt + case((Item.state == State.RUNNING, 1), else_=0),
        fencing_token=Item.fencing_token + 1,
        lease_until=epoch_now() + bindparam("lease_s"),
    )
    .returning(
        _of_work(Work.state),
        _of_work(Work.created_at),
        _of_work(Work.last_claim_at),
        epoch_now(),
        *(getattr(Item, name) for name in _CLAIMED),
    )
)
_NOTE_CLAIM = (
    update(Work)
    .where(Work.id == bindparam("work_id"))
    .values(
        last_claim_at=epoch_now(),
        state=case((Work.state == State.QUEUED, State.RUNNING), else_=Work.state),
    )
)
_IS_HELD = and_(
    Item.id == bindparam("item_id"),
    Item.fencing_token == bindparam("token"),
    Item.state == State.RUNNING,
)
_RENEW = update(Item).where(_IS_HELD).values(lease_until=epoch_now() + bindparam("lease_s"))
_WRITTEN = ("stage", "attempt", "outcome", "reason", "data", "cause")
_NEW: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _WRITTEN}
_END = update(Item).where(_IS_HELD).values(state=bindparam("new_state"), **_NEW).returning(Item.id)
_IS_CANCELLED = (
    select(Work.id)
    .where(
        Work.id == Item.work_id,
        Work.state == State.CANCELLING,
        or_(~Work.supervised, bindparam("rests", type_=Boolean)),
    )
    .exists()
)
_QUEUE = (
    update(Item)
    .where(_IS_HELD)
    .values(state=case((_IS_CANCELLED, State.CANCELLED), else_=State.QUEUED), **_NEW)
    .returning(Item.state, _of_work(Work.state))
)


def _move(session: Session, claim: Claim, transition: Transition) -> None:
    if isinstance(transition, Hold):
        _queue(session, claim, rests=True)
        return
    new: dict[str, Any] = {"cause": None, "data": {**claim.item.data, **transition.data}}
    match transition:
        case Advance(stage=stage):
            _queue(session, claim, stage=stage, attempt=0, **new)
        case Later(delay_s=delay_s):
            _queue(session, claim, delay_s, attempt=0, **new)
        case Finish(outcome=outcome, reason=reason, result=result):
            _end(session, claim, State.SUCCEEDED, outcome=outcome, reason=reason, **new)
            if result:
                work = session.get_one(Work, claim.work.id, with_for_update=True)
                work.result = {**work.result, **result}


def _fail(session: Session, claim: Claim, error: BaseException) -> None:
    cause = cause_of(error)
    if isinstance(error, RestingError):
        _queue(session, claim, error.retry_after_s or _BACKOFF_S, cause=cause)
        return
    if isinstance(error, BudgetExhaustedError):
        hold_group(session, claim.work.group_id, cause)
        _queue(session, claim, rests=True, cause=cause)
        return
    attempt = claim.item.attempt + 1
    may_pass = isinstance(error, TransientError | ResourceExhaustedError)
    if may_pass and attempt < MAX_ATTEMPTS:
        _queue(session, claim, _BACKOFF_S * 2 ** (attempt - 1), attempt=attempt, cause=cause)
    else:
        _end(session, claim, State.FAILED, attempt=attempt, cause=cause)


def _queue(
    session: Session, claim: Claim, delay_s: float = 0.0, *, rests: bool = False, **changes: Any
) -> None:
    """Give the item back to be handed out again; one whose work is being cancelled ends."""
    connection = session.connection()
    written = connection.execute(_QUEUE, {"rests": rests, **_columns(claim, changes)}).one_or_none()
    if written is None:
        raise _lost(claim)
    state, work_state = written
    if state == State.CANCELLED:
        complete_item(session, claim.work.id)
    elif not (rests and work_state == State.PAUSED):
        stage = changes.get("stage", claim.item.stage)
        announce(session, claim.work.stages[stage], claim.item.id, delay_s)


def _end(session: Session, claim: Claim, state: State, **changes: Any) -> None:
    new = {"new_state": state, **_columns(claim, changes)}
    if session.connection().execute(_END, new).one_or_none() is None:
        raise _lost(claim)
    complete_item(session, claim.work.id)


def _columns(claim: Claim, changes: dict[str, Any]) -> dict[str, Any]:
    item = claim.item
    kept = {
        "stage": item.stage, "attempt": item.attempt, "outcome": "", "reason": "",
        "data": item.data, "cause": item.cause,
    }  # fmt: skip
    new = {f"new_{name}": value for name, value in {**kept, **changes}.items()}
    return {"item_id": item.id, "token": item.fencing_token, **new}


def _lost(claim: Claim) -> LeaseLostError:
    return LeaseLostError(f"Item {claim.item.id} was given to another worker.")


def _give_up(session: Session, item_id: int) -> None:
    """End an item whose workers fell silent too often."""
    silent = select(Item).where(Item.id == item_id, _IS_SILENT, _IS_WORKED_ON)
    item = session.scalar(silent.with_for_update())
    if item is None or item.attempt < MAX_ATTEMPTS - 1:
        return
    item.attempt += 1
    item.state = State.FAILED
    item.cause = {
        "reason": "WORKER_LOST",
        "message": f"The worker fell silent {item.attempt} times in stage {item.stage}.",
        "remedy": "See the workers' logs; often they ran out of memory.",
    }
    session.flush()
    complete_item(session, item.work_id)
