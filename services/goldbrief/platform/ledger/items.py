"""Items: handing them out under a lease and moving them on under a fencing token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from goldbrief.core.errors import (
    BudgetExhaustedError,
    GoldbriefError,
    ResourceExhaustedError,
    RestingError,
    TransientError,
)
from goldbrief.core.states import State
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Item, Work, epoch_now
from goldbrief.platform.ledger.transitions import Advance, Finish, Hold, Later, Transition
from goldbrief.platform.ledger.works import announce, cause_of, complete_item, hold_group

MAX_ATTEMPTS = 5
"""Tries of a stage, the first included, when the failure may pass."""
_BACKOFF_S = 1.0
"""Delay before the second try; doubles with each further one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An item in the hands of a worker, until the lease ends."""

    item: Item
    work: Work

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

    def claim(self, item_id: int) -> Claim | None:
        """Take an item by compare-and-set.

        Args:
            item_id: From a task message, which may be old or doubled.

        Returns:
            The claim, or None when the item is not to be worked on now.
        """
        free = or_(
            Item.state == State.QUEUED,
            (Item.state == State.RUNNING) & (Item.lease_until < epoch_now()),
        )
        with self._database.transaction() as session:
            item = session.get(Item, item_id)
            if item is None:
                return None
            work = session.get_one(Work, item.work_id)
            if not _may_be_worked_on(work) or _gave_up(session, item):
                return None
            taken = session.execute(
                update(Item)
                .where(Item.id == item_id, free)
                .values(
                    state=State.RUNNING,
                    fencing_token=Item.fencing_token + 1,
                    lease_until=epoch_now() + self.lease_s,
                )
                .execution_options(synchronize_session=False)
            )
            if taken.rowcount == 0:  # type: ignore[attr-defined]
                return None
            session.refresh(item)
            work.last_claim_at = session.scalar(select(epoch_now())) or 0.0
            if work.state == State.QUEUED:
                work.state = State.RUNNING
        return Claim(item, work)

    def renew(self, tokens: Iterable[tuple[int, int]]) -> None:
        """Extend the leases of claims that still hold."""
        with self._database.transaction() as session:
            for item_id, token in tokens:
                session.execute(
                    update(Item)
                    .where(
                        Item.id == item_id,
                        Item.fencing_token == token,
                        Item.state == State.RUNNING,
                    )
                    .values(lease_until=epoch_now() + self.lease_s)
                    .execution_options(synchronize_session=False)
                )

    def move(self, claim: Claim, transition: Transition) -> None:
        """Carry out a handler's decision.

        Args:
            claim: As handed out.
            transition: The decision.

        Raises:
            LeaseLostError: Another worker has the item now.
        """
        with self._database.transaction() as session:
            item, work = _locked(session, claim)
            match transition:
                case Advance(stage=stage, data=data):
                    item.stage, item.attempt, item.cause = stage, 0, None
                    item.data = {**item.data, **data}
                    _requeue(session, work, item)
                case Later(delay_s=delay_s, data=data):
                    item.attempt, item.cause = 0, None
                    item.data = {**item.data, **data}
                    _requeue(session, work, item, delay_s)
                case Hold():
                    _rest(session, work, item)
                case Finish(outcome=outcome, reason=reason, data=data, result=result):
                    item.outcome, item.reason, item.cause = outcome, reason, None
                    item.data = {**item.data, **data}
                    work.result = {**work.result, **result}
                    _end(session, item, State.SUCCEEDED)

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
        with self._database.transaction() as session:
            item, work = _locked(session, claim)
            item.cause = cause_of(error)
            if isinstance(error, RestingError):
                _requeue(session, work, item, error.retry_after_s or _BACKOFF_S)
                return
            if isinstance(error, BudgetExhaustedError):
                item.state = State.QUEUED
                hold_group(session, work.group_id, item.cause)
                return
            item.attempt += 1
            may_pass = isinstance(error, TransientError | ResourceExhaustedError)
            if may_pass and item.attempt < MAX_ATTEMPTS:
                _requeue(session, work, item, _BACKOFF_S * 2 ** (item.attempt - 1))
            else:
                _end(session, item, State.FAILED)


def _may_be_worked_on(work: Work) -> bool:
    if work.state in (State.QUEUED, State.RUNNING):
        return True
    return work.supervised and work.state in (State.PAUSED, State.CANCELLING)


def _gave_up(session: Session, item: Item) -> bool:
    """Count a silent worker as a failed try, so that an item that kills workers ends."""
    if item.state != State.RUNNING or item.lease_until >= (
        session.scalar(select(epoch_now())) or 0
    ):
        return False
    item.attempt += 1
    if item.attempt < MAX_ATTEMPTS:
        return False
    item.cause = {
        "reason": "WORKER_LOST",
        "message": f"The worker fell silent {item.attempt} times in stage {item.stage}.",
        "remedy": "See the workers' logs; often they ran out of memory.",
    }
    _end(session, item, State.FAILED)
    return True


def _locked(session: Session, claim: Claim) -> tuple[Item, Work]:
    # the work first: complete_item locks it too, and one order cannot deadlock
    work = session.get_one(Work, claim.work.id, with_for_update=True)
    item = session.get_one(Item, claim.item.id, with_for_update=True)
    if item.fencing_token != claim.item.fencing_token or item.state != State.RUNNING:
        raise LeaseLostError(f"Item {item.id} was given to another worker.")
    return item, work


def _requeue(session: Session, work: Work, item: Item, delay_s: float = 0.0) -> None:
    if work.state == State.CANCELLING and not work.supervised:
        _end(session, item, State.CANCELLED)
        return
    item.state = State.QUEUED
    announce(session, work, item, delay_s)


def _rest(session: Session, work: Work, item: Item) -> None:
    if work.state == State.CANCELLING:
        _end(session, item, State.CANCELLED)
    elif work.state == State.PAUSED:
        item.state = State.QUEUED
    else:  # resumed meanwhile
        _requeue(session, work, item)


def _end(session: Session, item: Item, state: State) -> None:
    item.state = state
    session.flush()
    complete_item(session, item.work_id)
