"""What must hold when a synthesis has ended, whatever hit it: the one checker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import select

from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import Outcome, State
from goldbrief.platform.ledger import Item, Ledger
from goldbrief.platform.ledger.tables import Effect

_CALLS = 2
"""Of an item: the teacher's and the judge's."""


@dataclass(frozen=True, slots=True)
class Findings:
    """How far a synthesis is from what must hold: nothing but `counted_again` may be above 0."""

    lost: int
    """Items that did not end as accepted."""
    torn: int
    """Difference between the items that are open and those that the work counts as open, and one
    for a work that has not succeeded."""
    damaged: int
    """Objects that are missing, or are not what their name says."""
    duplicates: int
    """Effects recorded beyond one of each kind for an item."""
    paid_again: int
    """Answers that the endpoint gave beyond one of each kind for an item."""
    counted_again: int
    """Starts of calls that the ledger counts as repeated."""

    @property
    def is_spotless(self) -> bool:
        """Whether nothing was lost, torn, damaged or doubled, and all that was paid is counted."""
        wrong = self.lost or self.torn or self.damaged or self.duplicates
        return not wrong and self.paid_again <= self.counted_again


def examine(ledger: Ledger, store: ObjectStore, work_id: str, answers: int) -> Findings:
    """Compare ledger, objects and endpoint.

    Args:
        ledger: Where the synthesis is.
        store: Where its objects are.
        work_id: The synthesis, without rewrites.
        answers: Whole answers that the endpoint gave.

    Returns:
        What was found.
    """
    work, counts = ledger.works.get(work_id), ledger.works.counts(work_id)
    items = ledger.works.items(work_id)
    with ledger.database.transaction() as session:
        recorded = select(Effect.result_key).where(Effect.work_id == work_id, Effect.recorded)
        effects = list(session.scalars(recorded))
    is_open = sum(not State(item.state).is_terminal for item in items)
    return Findings(
        lost=len(items) - counts.accepted,
        torn=abs(work.open_items - is_open) + (work.state != State.SUCCEEDED),
        damaged=sum(not _is_whole(store, key) for key in [*effects, *_keys(items)]),
        duplicates=len(effects) - _CALLS * len(items),
        paid_again=answers - _CALLS * len(items),
        counted_again=counts.repeated_calls,
    )


def _keys(items: list[Item]) -> list[str]:
    return [
        item.data[name]
        for item in items
        if item.outcome == Outcome.ACCEPTED
        for name in ("candidate_key", "judgment_key")
    ]


def _is_whole(store: ObjectStore, key: str) -> bool:
    return store.exists(key) and sha256_bytes(store.get(key)) == PurePosixPath(key).stem
