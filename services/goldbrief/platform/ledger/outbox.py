"""The outbox: messages leave the database for the broker, and come back when lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import String, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from goldbrief.core.states import State
from goldbrief.platform.ledger.announcing import announce, ring
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Item, OutboxMessage, Work, epoch_now
from goldbrief.platform.ledger.works import cancel_idle_items

_BATCH = 200
_DUE = (
    select(OutboxMessage.id, OutboxMessage.task, OutboxMessage.argument)
    .where(OutboxMessage.not_before <= epoch_now())
    .order_by(OutboxMessage.id)
    .limit(_BATCH)
    .with_for_update(skip_locked=True)
)


class Outbox:
    """Publishes what transactions wrote, and finds what got lost.

    Args:
        database: Where the messages are.
        idle_s: Seconds without a claim after which the waiting items of a running
            work are taken for lost and announced again.
    """

    def __init__(self, database: Database, idle_s: float) -> None:
        self._database = database
        self._idle_s = idle_s

    def publish(self, send: Callable[[str, Sequence[str]], None], most: int = 1) -> int:
        """Send the messages that are due; a crash in between sends some twice.

        Args:
            send: Takes task name and arguments; an exception keeps the messages.
            most: Messages of the same task that are sent as one.

        Returns:
            How many were sent.
        """
        with self._database.transaction() as session:
            messages = session.execute(_DUE).all()
            for task in dict.fromkeys(message.task for message in messages):
                arguments = [message.argument for message in messages if message.task == task]
                for first in range(0, len(arguments), most):
                    send(task, arguments[first : first + most])
            if messages:
                sent = [message.id for message in messages]
                session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(sent)))
        return len(messages)

    def has_due(self) -> bool:
        """Whether there is anything to send."""
        due = select(OutboxMessage.id).where(OutboxMessage.not_before <= epoch_now()).limit(1)
        with self._database.transaction() as session:
            return session.scalar(due) is not None

    def sweep(self) -> None:
        """Announce items whose worker fell silent, and those whose message got lost.

        Of a work that is being cancelled they end instead.
        """
        with self._database.transaction() as session:
            cancelling = select(Work).where(Work.state == State.CANCELLING, ~Work.supervised)
            for work in session.scalars(cancelling.with_for_update(skip_locked=True)):
                cancel_idle_items(session, work)
            silent = (
                select(Item.id, Item.stage, Work.stages)
                .join(Work, Work.id == Item.work_id)
                .where(Item.state == State.RUNNING, Item.lease_until < epoch_now())
            )
            for item_id, stage, stages in session.execute(silent).all():
                announce(session, stages[stage], item_id)
            idle = select(Work.id).where(
                or_(
                    Work.state.in_((State.QUEUED, State.RUNNING)),
                    Work.supervised & (Work.state == State.CANCELLING),
                ),
                Work.last_claim_at < epoch_now() - self._idle_s,
                Work.created_at < epoch_now() - self._idle_s,
            )
            for work_id in list(session.scalars(idle)):
                if not _has_message(session, work_id):
                    ring(session, work_id)
                    session.execute(
                        update(Work).where(Work.id == work_id).values(last_claim_at=epoch_now())
                    )

    def recover(self) -> None:
        """Take over from a dead process: only for the sole user of a database.

        Ends all leases and announces every waiting item at once, instead of after
        the lease and the idle time.
        """
        with self._database.transaction() as session:
            session.execute(
                update(Item)
                .where(Item.state == State.RUNNING)
                .values(state=State.QUEUED, lease_until=0.0)
            )
            live = select(Work.id).where(Work.state.in_((State.QUEUED, State.RUNNING)))
            stopping = select(Work.id).where(
                Work.supervised, Work.state.in_((State.PAUSED, State.CANCELLING))
            )
            for work_id in [*session.scalars(live), *session.scalars(stopping)]:
                ring(session, work_id)


def _has_message(session: Session, work_id: str) -> bool:
    items = select(cast(Item.id, String)).where(Item.work_id == work_id)
    found = select(OutboxMessage.id).where(OutboxMessage.argument.in_(items)).limit(1)
    return session.scalar(found) is not None
