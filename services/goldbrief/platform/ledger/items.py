"""Items: handing them out under a lease and moving them on under a fencing token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from goldbrief.core.errors import (
    AwayError,
    BudgetExhaustedError,
    GoldbriefError,
    ResourceExhaustedError,
    RestingError,
    TransientError,
)
from goldbrief.core.states import State
from goldbrief.platform.ledger.announcing import announce
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.item_statements import (
    CLAIM,
    CLAIMED,
    END,
    IS_SILENT,
    IS_WORKED_ON,
    MAX_ATTEMPTS,
    NOTE_CLAIM,
    QUEUE,
    RENEW,
)
from goldbrief.platform.ledger.tables import Item, Work
from goldbrief.platform.ledger.transitions import Advance, Finish, Hold, Later, Transition
from goldbrief.platform.ledger.works import WorkFacts, cause_of, complete_item, hold_group

_BACKOFF_S = 1.0
"""Delay before the second try; doubles with each further one."""
_AWAY_S = 5.0
"""Until an item looks again whether a store that did not answer is back."""
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
            lambda session: session.connection().execute(CLAIM, asked).one_or_none()
        )
        if row is None:
            self._database.run(lambda session: _give_up(session, item_id))
            return None
        work_state, created_at, noted_at, now, *columns = row
        item = Item(**dict(zip(CLAIMED, columns, strict=True)))
        if work_state == State.QUEUED or noted_at < now - self.lease_s / _NOTES_A_LEASE:
            self._note_claim(item.work_id)
        return Claim(item, self._facts(item.work_id, created_at), State(work_state))

    def renew(self, tokens: Iterable[tuple[int, int]]) -> None:
        """Extend the leases of claims that still hold."""
        held = [
            {"item_id": item_id, "token": token, "lease_s": self.lease_s}
            for item_id, token in tokens
        ]
        self._database.run(lambda session: session.connection().execute(RENEW, held))

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

        A RestingError or an AwayError is no failed try: the item waits as long as it lasts. So does
        a BudgetExhaustedError, which pauses the works of the whole group.

        Args:
            claim: As handed out.
            error: What went wrong; its cause is kept.

        Raises:
            LeaseLostError: Another worker has the item now.
        """
        self._database.run(lambda session: _fail(session, claim, error))

    def _note_claim(self, work_id: str) -> None:
        # by itself: while it held its item, it could deadlock with a cancellation of its work
        noted = {"work_id": work_id}
        self._database.run(lambda session: session.connection().execute(NOTE_CLAIM, noted))

    def _read_facts(self, work_id: str, _: float) -> WorkFacts:
        """The facts of a work, which with its creation time is never another."""
        columns = [getattr(Work, name) for name in WorkFacts.__slots__]
        chosen = select(*columns).where(Work.id == work_id)
        return WorkFacts(*self._database.run(lambda session: session.execute(chosen).one()))


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
    if isinstance(error, AwayError):
        _queue(session, claim, _AWAY_S, cause=cause)
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
    written = connection.execute(QUEUE, {"rests": rests, **_columns(claim, changes)}).one_or_none()
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
    if session.connection().execute(END, new).one_or_none() is None:
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
    silent = select(Item).where(Item.id == item_id, IS_SILENT, IS_WORKED_ON)
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
