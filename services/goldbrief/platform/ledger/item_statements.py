"""Statements that every item meets at every stage, written once.

They are compare-and-set, so that they may run twice, and name the columns that they need: loading
whole rows, with all that a work was asked for, took more time than all else around a call.
"""

from __future__ import annotations

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
from sqlalchemy.orm import InstrumentedAttribute

from goldbrief.core.states import State
from goldbrief.platform.ledger.tables import Item, Work, epoch_now

MAX_ATTEMPTS = 5
"""Tries of a stage, the first included, when the failure may pass."""


def _of_work(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    return select(column).where(Work.id == Item.work_id).scalar_subquery()


CLAIMED = (
    "id", "work_id", "index", "stage", "state", "attempt", "fencing_token", "data", "cause",
)  # fmt: skip
"""Columns of an item that its worker gets."""
IS_SILENT = and_(Item.state == State.RUNNING, Item.lease_until < epoch_now())
IS_WORKED_ON: ColumnElement[bool] = (
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
CLAIM = (
    update(Item)
    .where(
        Item.id == bindparam("item_id"),
        or_(Item.state == State.QUEUED, IS_SILENT & (Item.attempt < MAX_ATTEMPTS - 1)),
        IS_WORKED_ON,
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
        *(getattr(Item, name) for name in CLAIMED),
    )
)
"""Hands out the item `item_id` for `lease_s` seconds; returns the state of its work, when that was
created and last noted a claim, the time, and the columns `CLAIMED`."""
NOTE_CLAIM = (
    update(Work)
    .where(Work.id == bindparam("work_id"))
    .values(
        last_claim_at=epoch_now(),
        state=case((Work.state == State.QUEUED, State.RUNNING), else_=Work.state),
    )
)
"""Notes in the work `work_id` that an item was handed out."""
_IS_HELD = and_(
    Item.id == bindparam("item_id"),
    Item.fencing_token == bindparam("token"),
    Item.state == State.RUNNING,
)
RENEW = update(Item).where(_IS_HELD).values(lease_until=epoch_now() + bindparam("lease_s"))
"""Lets a claim, `item_id` under `token`, last `lease_s` seconds from now."""
_WRITTEN = ("stage", "attempt", "outcome", "reason", "data", "cause")
_NEW: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _WRITTEN}
END = update(Item).where(_IS_HELD).values(state=bindparam("new_state"), **_NEW).returning(Item.id)
"""Ends a claimed item in `new_state`; returns nothing for a claim that was lost."""
_IS_CANCELLED = (
    select(Work.id)
    .where(
        Work.id == Item.work_id,
        Work.state == State.CANCELLING,
        or_(~Work.supervised, bindparam("rests", type_=Boolean)),
    )
    .exists()
)
QUEUE = (
    update(Item)
    .where(_IS_HELD)
    .values(state=case((_IS_CANCELLED, State.CANCELLED), else_=State.QUEUED), **_NEW)
    .returning(Item.state, _of_work(Work.state))
)
"""Gives a claimed item back, or cancels it with its work: also with a supervised one when its
supervisor `rests`. Returns the states of item and work; nothing for a claim that was lost."""
