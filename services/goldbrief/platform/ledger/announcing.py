"""Announcing items: writing the messages that hand them to the tasks of their stages."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Insert, String, bindparam, case, cast, select
from sqlalchemy.orm import Session

from goldbrief.core.states import State
from goldbrief.platform.ledger.tables import (
    InsertOrUpdate,
    Item,
    OutboxMessage,
    Work,
    epoch_now,
    insert_into,
)


def announce(session: Session, task: str, item_id: int, delay_s: float = 0.0) -> None:
    """Write the message that hands an item to a task, after `delay_s` seconds.

    It replaces one that is still in the outbox, so that an item which is announced
    twice does not come back twice for ever.
    """
    connection = session.connection()
    message = {"task": task, "argument": str(item_id), "delay_s": delay_s}
    connection.execute(_one_message(connection.dialect.name), message)


def ring(session: Session, work_id: str) -> None:
    """Announce every waiting item of a work."""
    session.flush()
    connection = session.connection()
    stages = connection.execute(select(Work.stages).where(Work.id == work_id)).scalar_one()
    waiting = (
        select(case(stages, value=Item.stage), cast(Item.id, String), epoch_now())
        .where(Item.work_id == work_id, Item.state == State.QUEUED)
        .order_by(Item.index)
    )
    messages = insert_into(OutboxMessage, connection.dialect.name)
    connection.execute(
        _replacing(messages.from_select(["task", "argument", "not_before"], waiting))
    )


@cache
def _one_message(dialect: str) -> Insert:
    return _replacing(
        insert_into(OutboxMessage, dialect).values(
            task=bindparam("task"),
            argument=bindparam("argument"),
            not_before=epoch_now() + bindparam("delay_s"),
        )
    )


def _replacing(messages: InsertOrUpdate) -> Insert:
    new = {"task": messages.excluded.task, "not_before": messages.excluded.not_before}
    return messages.on_conflict_do_update(index_elements=["argument"], set_=new)
