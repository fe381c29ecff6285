"""Works: creating, finding, holding and ending them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, null, or_, select, update
from sqlalchemy.orm import Session

from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    GoldbriefError,
    NotFoundError,
)
from goldbrief.core.hashing import sha256_json
from goldbrief.core.states import Outcome, State
from goldbrief.platform.ledger.announcing import announce, ring
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Effect, Event, Item, Work, epoch_now
from goldbrief.platform.tracing.works import note_creation

_LIVE = (State.QUEUED, State.RUNNING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class NewWork:
    """A work to create; see `tables.Work` for the fields."""

    kind: str
    request_id: str
    spec: Mapping[str, Any]
    stages: Mapping[str, str]
    items: Sequence[Mapping[str, Any]]
    """Data of each item; all begin in the first of `stages`."""
    id: str = ""
    """Empty makes one up."""
    group_id: str = ""
    finalize: str = ""
    supervised: bool = False


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What never changes of a work; see `tables.Work` for the fields."""

    id: str
    kind: str
    request_id: str
    group_id: str
    spec: dict[str, Any]
    stages: dict[str, str]
    supervised: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Items of a work by what became of them, and metered use."""

    total: int = 0
    accepted: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0
    calls: int = 0
    repeated_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    """Of the recorded calls, in the user's own currency."""
    waiting_for: str = ""
    """What an item that is not done waits for to pass, in a sentence; empty for nothing."""
    by_stage: Mapping[str, int] = field(default_factory=dict)
    """Items that have not ended, by stage."""

    @property
    def done(self) -> int:
        """Items that ended."""
        return self.accepted + self.rejected + self.failed + self.cancelled


def cause_of(error: BaseException) -> dict[str, str]:
    """Describe an error as it is stored: reason, message, remedy."""
    if isinstance(error, GoldbriefError):
        return {"reason": error.reason, "message": error.message, "remedy": error.remedy}
    return {"reason": "UNEXPECTED", "message": f"{type(error).__name__}: {error}", "remedy": ""}


class Works:
    """Operations on works; each is one transaction.

    Args:
        database: Where they live.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewWork) -> Work:
        """Create a work with its items and the messages that start them.

        Args:
            new: The work. A work without items completes at once.

        Returns:
            The work; the existing one when the request id was used for the same spec.

        Raises:
            AlreadyExistsError: The request id was used for a different spec.
        """
        with self._database.transaction() as session:
            existing = session.scalar(
                select(Work).where(Work.kind == new.kind, Work.request_id == new.request_id)
            )
            if existing is not None:
                if existing.spec_sha256 != sha256_json(dict(new.spec)):
                    raise AlreadyExistsError(
                        f"Request id {new.request_id!r} was used for a different {new.kind}.",
                        reason="REQUEST_ID_REUSED",
                        remedy="Choose a new request id.",
                    )
                return existing
            work = _insert(session, new)
        note_creation(work.id, work.kind, work.group_id, len(new.items))
        return work

    def get(self, work_id: str, kind: str = "") -> Work:
        """Return a work.

        Args:
            work_id: Its id.
            kind: Expected kind; empty accepts any.

        Returns:
            The work.

        Raises:
            NotFoundError: There is none of that id and kind.
        """
        with self._database.transaction() as session:
            work = session.get(Work, work_id)
        if work is None or (kind and work.kind != kind):
            raise NotFoundError(
                f"There is no {kind or 'work'} {work_id!r}.",
                reason=f"{(kind or 'work').upper()}_NOT_FOUND",
            )
        return work

    def of_kind(self, kind: str, group_id: str = "") -> list[Work]:
        """Return the works of a kind, and of a group unless that is empty, newest first."""
        query = select(Work).where(Work.kind == kind).order_by(Work.created_at.desc(), Work.id)
        if group_id:
            query = query.where(Work.group_id == group_id)
        with self._database.transaction() as session:
            return list(session.scalars(query))

    def items(
        self, work_id: str, *, outcome: str = "", first: int = 0, limit: int | None = None
    ) -> list[Item]:
        """Return the items of a work in order, without the finalizing one.

        Args:
            work_id: The work.
            outcome: Only items with it; empty means all.
            first: Index of the item to begin with.
            limit: Most items; None for all.

        Returns:
            The items.
        """
        query = select(Item).where(Item.work_id == work_id, Item.index >= first)
        if outcome:
            query = query.where(Item.outcome == outcome)
        with self._database.transaction() as session:
            return list(session.scalars(query.order_by(Item.index).limit(limit)))

    def counts(self, work_id: str) -> Counts:
        """Count the items of a work and sum its effects."""
        with self._database.transaction() as session:
            groups = session.execute(
                select(Item.stage, Item.state, Item.outcome, func.count())
                .where(Item.work_id == work_id, Item.index >= 0)
                .group_by(Item.stage, Item.state, Item.outcome)
            ).all()
            effects = session.execute(
                select(
                    func.count().filter(Effect.recorded),
                    func.coalesce(func.sum(Effect.starts - 1), 0),
                    func.coalesce(func.sum(Effect.prompt_tokens), 0),
                    func.coalesce(func.sum(Effect.completion_tokens), 0),
                    func.coalesce(func.sum(Effect.cost), 0.0),
                ).where(Effect.work_id == work_id)
            ).one()
            waiting = session.scalar(
                select(Item.cause)
                .where(Item.work_id == work_id, Item.state == State.QUEUED, Item.cause.is_not(None))
                .limit(1)
            )
        by_stage: dict[str, int] = {}
        for stage, state, _, number in groups:
            if not State(state).is_terminal:
                by_stage[stage] = by_stage.get(stage, 0) + number
        return Counts(
            total=sum(number for *_, number in groups),
            accepted=sum(n for _, _, outcome, n in groups if outcome == Outcome.ACCEPTED),
            rejected=sum(n for _, _, outcome, n in groups if outcome == Outcome.REJECTED),
            failed=sum(n for _, state, _, n in groups if state == State.FAILED),
            cancelled=sum(n for _, state, _, n in groups if state == State.CANCELLED),
            calls=effects[0],
            repeated_calls=effects[1],
            prompt_tokens=effects[2],
            completion_tokens=effects[3],
            cost=effects[4],
            waiting_for=waiting["message"] if waiting else "",
            by_stage=by_stage,
        )

    def pause(self, group_id: str) -> None:
        """Hold all live works of a group; items in flight end first."""
        with self._database.transaction() as session:
            hold_group(session, group_id)

    def resume(self, group_id: str) -> None:
        """Let the paused works of a group go on."""
        with self._database.transaction() as session:
            paused = select(Work.id).where(Work.group_id == group_id, Work.state == State.PAUSED)
            ids = list(session.scalars(paused))
            session.execute(
                update(Work).where(Work.id.in_(ids)).values(state=State.RUNNING, cause=null())
            )
            for work_id in ids:
                ring(session, work_id)

    def cancel(self, group_id: str = "", *, work_id: str = "") -> None:
        """Stop the live works of a group, or one work; items in flight end first."""
        chosen = Work.id == work_id if work_id else Work.group_id == group_id
        with self._database.transaction() as session:
            live = select(Work).where(chosen, Work.state.in_(_LIVE)).with_for_update()
            for work in list(session.scalars(live)):
                work.state = State.CANCELLING
                if work.supervised:
                    ring(session, work.id)
                else:
                    cancel_idle_items(session, work)

    def delete(self, work_id: str) -> None:
        """Forget a work that has ended, with its items and events.

        Args:
            work_id: The work; one that is gone is no error.

        Raises:
            FailedPreconditionError: It has not ended.
        """
        with self._database.transaction() as session:
            work = session.get(Work, work_id, with_for_update=True)
            if work is None:
                return
            if work.ended_at is None:
                raise FailedPreconditionError(
                    f"{work.kind} {work_id!r} has not ended.",
                    reason="NOT_ENDED",
                    remedy="Cancel it first.",
                )
            for table in (Event, Effect, Item):
                session.execute(delete(table).where(table.work_id == work_id))
            session.delete(work)

    def retry(self, group_id: str) -> None:
        """Let the failed items of a group's failed works try again."""
        failed = select(Work).where(Work.group_id == group_id, Work.state == State.FAILED)
        with self._database.transaction() as session:
            for work in list(session.scalars(failed)):
                items = (Item.work_id == work.id, Item.state == State.FAILED)
                number = session.scalar(select(func.count()).select_from(Item).where(*items)) or 0
                session.execute(update(Item).where(*items).values(state=State.QUEUED, attempt=0))
                work.state, work.cause, work.ended_at = State.RUNNING, None, None
                work.open_items = number
                session.flush()
                ring(session, work.id)

    def wake(self, work_id: str) -> bool:
        """Make the waiting items of a work due at once, whatever they wait for.

        Args:
            work_id: The work; one that has ended, or is not there, is no error.

        Returns:
            False while a worker has an item in hand: it may have looked before what you know of
            happened, so that you should wake it again.
        """
        in_hand = select(Item.id).where(Item.work_id == work_id, Item.state == State.RUNNING)
        with self._database.transaction() as session:
            if session.get(Work, work_id, with_for_update=True) is None:
                return True
            ring(session, work_id)
            return session.scalar(in_hand.limit(1)) is None

    def add_event(self, work_id: str, kind: str, message: str, data: Mapping[str, Any]) -> None:
        """Append an event to a work's history."""
        with self._database.transaction() as session:
            number = next_event_number(session, work_id)
            session.add(_event(work_id, number, kind, message, data))

    def record_event(
        self,
        work_id: str,
        number: int,
        time: float,
        kind: str,
        message: str,
        data: Mapping[str, Any],
    ) -> None:
        """Store an event numbered by its author; storing it again changes nothing."""
        with self._database.transaction() as session:
            if session.get(Event, (work_id, number)) is None:
                session.add(
                    Event(
                        work_id=work_id,
                        number=number,
                        time=time,
                        type=kind,
                        message=message,
                        data=dict(data),
                    )
                )

    def events(self, work_id: str, from_number: int = 0) -> list[Event]:
        """Return the events of a work from a number on, in order."""
        query = (
            select(Event)
            .where(Event.work_id == work_id, Event.number >= from_number)
            .order_by(Event.number)
        )
        with self._database.transaction() as session:
            return list(session.scalars(query))

    def set_result(self, work_id: str, result: Mapping[str, Any]) -> None:
        """Merge `result` into a work's result while it is still going on."""
        with self._database.transaction() as session:
            work = session.get(Work, work_id, with_for_update=True)
            if work is not None:
                work.result = {**work.result, **result}


def hold_group(session: Session, group_id: str, cause: dict[str, str] | None = None) -> None:
    """Pause all live works of a group, because of `cause` unless their owner wants it so."""
    live = (Work.group_id == group_id, Work.state.in_((State.QUEUED, State.RUNNING)))
    supervised = list(session.scalars(select(Work.id).where(*live, Work.supervised)))
    held = {"state": State.PAUSED, "cause": cause or null()}
    session.execute(update(Work).where(*live).values(held))
    for work_id in supervised:
        ring(session, work_id)


def end_work(
    session: Session, work: Work, state: State, cause: dict[str, str] | None = None
) -> None:
    """Move a work to a terminal state."""
    work.state = state
    work.cause = cause
    work.ended_at = session.scalar(select(epoch_now()))


_COUNT_DOWN = (
    update(Work)
    .where(Work.id == bindparam("work_id"))
    .values(open_items=Work.open_items - 1)
    .returning(Work.open_items)
)


def complete_item(session: Session, work_id: str) -> None:
    """Count an item's end; the last one adds the finalizing item or ends the work."""
    # the row lock that UPDATE takes serialises the last two items of a work
    left = session.connection().execute(_COUNT_DOWN, {"work_id": work_id}).scalar_one()
    if left > 0:
        return
    work = session.get_one(Work, work_id, populate_existing=True)
    if work.state == State.CANCELLING:
        end_work(session, work, State.CANCELLED)
        return
    finalizing = session.scalar(select(Item).where(Item.work_id == work_id, Item.index == -1))
    failed = session.scalars(
        select(Item).where(Item.work_id == work_id, Item.state == State.FAILED).order_by(Item.index)
    ).first()
    succeeded = select(Item.id).where(
        Item.work_id == work_id, Item.state == State.SUCCEEDED, Item.index >= 0
    )
    only_failures = failed is not None and session.scalars(succeeded).first() is None
    if finalizing is not None:
        failed = failed if finalizing.state == State.FAILED else None
    elif work.finalize and not only_failures:
        _add_finalizing_item(session, work)
        return
    elif not only_failures:
        failed = None
    end_work(
        session, work, State.FAILED if failed else State.SUCCEEDED, failed.cause if failed else None
    )


def next_event_number(session: Session, work_id: str) -> int:
    """The number after a work's newest event."""
    newest = session.scalar(select(func.max(Event.number)).where(Event.work_id == work_id))
    return 0 if newest is None else newest + 1


def _insert(session: Session, new: NewWork) -> Work:
    spec = dict(new.spec)
    work = Work(
        id=new.id or f"{new.kind[:4]}-{secrets.token_hex(6)}",
        kind=new.kind,
        request_id=new.request_id,
        group_id=new.group_id,
        spec=spec,
        spec_sha256=sha256_json(spec),
        state=State.QUEUED,
        stages=dict(new.stages),
        finalize=new.finalize,
        supervised=new.supervised,
        open_items=len(new.items),
        result={},
        created_at=session.scalar(select(epoch_now())),
        last_claim_at=0.0,
    )
    session.add(work)
    session.flush()
    first = next(iter(new.stages))
    rows = [_item(work.id, index, first, data) for index, data in enumerate(new.items)]
    if rows:
        session.execute(insert(Item), rows)
        ring(session, work.id)
    elif work.finalize:
        _add_finalizing_item(session, work)
    else:
        end_work(session, work, State.SUCCEEDED)
    session.flush()
    session.refresh(work)
    return work


def _item(work_id: str, index: int, stage: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "work_id": work_id, "index": index, "stage": stage, "state": State.QUEUED,
        "outcome": "", "reason": "", "attempt": 0, "lease_until": 0.0, "fencing_token": 0,
        "data": dict(data), "cause": None,
    }  # fmt: skip


def _add_finalizing_item(session: Session, work: Work) -> None:
    item = Item(**_item(work.id, -1, work.finalize, {}))
    session.add(item)
    work.open_items = 1
    session.flush()
    announce(session, work.stages[item.stage], item.id)


def cancel_idle_items(session: Session, work: Work) -> None:
    """Cancel the items of a work that no worker has in hand; ends it when none is left.

    Args:
        session: Of a transaction that has locked the work.
        work: One that is to be cancelled.
    """
    idle = or_(
        Item.state == State.QUEUED, (Item.state == State.RUNNING) & (Item.lease_until < epoch_now())
    )
    cancelled = session.execute(
        update(Item)
        .where(Item.work_id == work.id, idle)
        .values(state=State.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    work.open_items -= cancelled.rowcount  # type: ignore[attr-defined]
    session.flush()
    if work.open_items == 0:
        end_work(session, work, State.CANCELLED)


def _event(work_id: str, number: int, kind: str, message: str, data: Mapping[str, Any]) -> Event:
    return Event(
        work_id=work_id,
        number=number,
        time=epoch_now(),
        type=kind,
        message=message,
        data=dict(data),
    )
