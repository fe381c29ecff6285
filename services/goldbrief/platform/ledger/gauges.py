"""What the ledger holds, as gauges: the database is asked when they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, or_, select

from goldbrief.core.states import TERMINAL_STATES, State
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Budget, Effect, Item, OutboxMessage, Work, epoch_now
from goldbrief.platform.metrics.kept_gauges import KeptGauges

_KEPT_S = 5.0
_ENDED = tuple(TERMINAL_STATES)
_RECENT = or_(Work.ended_at.is_(None), Work.ended_at > epoch_now() - 24 * 3600)
"""Works that are open or ended within a day: sums over all that ever was would grow for ever."""


class LedgerGauges(KeptGauges):
    """The queue's truth: works and items by state, how old what waits is, what was spent.

    Args:
        database: Is asked.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(_KEPT_S)
        self._database = database

    def read(self) -> Iterator[GaugeMetricFamily]:
        """See KeptGauges.read."""
        with self._database.transaction() as session:
            for name, text, labels, query in _QUERIES:
                family = GaugeMetricFamily(f"goldbrief_{name}", text, labels=labels)
                for *values, number in session.execute(query):
                    family.add_metric([str(value) for value in values], float(number or 0))
                yield family


def _effects(number: Any) -> Any:
    joined = select(Effect.name, number).join(Work, Work.id == Effect.work_id)
    return joined.where(_RECENT, Effect.recorded).group_by(Effect.name)


_Query = tuple[str, str, Sequence[str], Any]
"""Name, meaning, labels, and the statement that selects labels and number."""
_QUERIES: tuple[_Query, ...] = (
    (
        "works",
        "Works by state.",
        ["kind", "state"],
        select(Work.kind, Work.state, func.count()).group_by(Work.kind, Work.state),
    ),
    (
        "items",
        "Items of works that have not ended, by stage and state.",
        ["kind", "stage", "state"],
        select(Work.kind, Item.stage, Item.state, func.count())
        .join(Item, Item.work_id == Work.id)
        .where(Work.state.not_in(_ENDED))
        .group_by(Work.kind, Item.stage, Item.state),
    ),
    (
        "items_ended",
        "Items that ended, by what became of them; of works of the last day.",
        ["kind", "outcome"],
        select(Work.kind, Item.outcome, func.count())
        .join(Item, Item.work_id == Work.id)
        .where(Item.outcome != "", _RECENT)
        .group_by(Work.kind, Item.outcome),
    ),
    (
        "work_idle_seconds",
        "Since an item of an open work was last handed out; the longest.",
        ["kind"],
        select(Work.kind, func.max(epoch_now() - Work.last_claim_at))
        .where(Work.state == State.RUNNING, Work.open_items > 0)
        .group_by(Work.kind),
    ),
    (
        "outbox_messages",
        "Messages to be published.",
        [],
        select(func.count()).select_from(OutboxMessage),
    ),
    (
        "outbox_age_seconds",
        "How long the oldest message that is due has waited.",
        [],
        select(func.max(epoch_now() - OutboxMessage.not_before)).where(
            OutboxMessage.not_before <= epoch_now()
        ),
    ),
    (
        "effects",
        "Calls to the outside that are recorded; of works of the last day.",
        ["call"],
        _effects(func.count()),
    ),
    (
        "effects_repeated",
        "Calls made again, as who made them first did not live to record it; of the last day.",
        ["call"],
        _effects(func.sum(Effect.starts - 1)),
    ),
    (
        "effect_tokens",
        "Tokens of recorded calls; of works of the last day.",
        ["call"],
        _effects(func.sum(Effect.prompt_tokens + Effect.completion_tokens)),
    ),
    (
        "spent",
        "What recorded calls cost, in your own currency; of works of the last day.",
        ["call"],
        _effects(func.sum(Effect.cost)),
    ),
    (
        "budget_used_ratio",
        "The fullest budget: what is spent of what may be.",
        [],
        select(func.max(Budget.spent / Budget.limit)).where(Budget.limit > 0),
    ),
)
