"""Brings what a training process said into the ledger, each event once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from goldbrief.core.errors import NotFoundError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import TrainingEvent, event_key
from goldbrief.platform.broker import StageContext

_EVENTS_PER_LOOK = 200
_RESULTS = {"PROGRESS": "progress", "CHECKED": "estimate", "EVALUATED": "intrinsic"}
"""Events whose data show in the run's result, and under what name."""


class EventCarrier:
    """Carries events from the store to the ledger.

    Args:
        store: Where training processes write them.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def carry(self, context: StageContext) -> tuple[dict[str, Any], bool]:
        """Bring new events into the ledger.

        Args:
            context: Of a fine-tuning work; its data tell the next event's number.

        Returns:
            The item's data with what the events say: `next_event`, and `failure` with its
            `failure_reason`. And whether all events were carried.
        """
        data = dict(context.data)
        results: dict[str, Any] = {}
        carried = 0
        for event in self._new_events(context.work_id, data.get("next_event", 0)):
            moment = datetime.fromisoformat(event.time).timestamp()
            context.ledger.works.record_event(
                context.work_id, event.number, moment, event.type, event.message, event.data
            )
            carried += 1
            data["next_event"] = event.number + 1
            if event.type in _RESULTS:
                results[_RESULTS[event.type]] = event.data
            elif event.type == "FAILED":
                data.update(failure=event.message, failure_reason=event.data.get("reason", ""))
        if results:
            context.ledger.works.set_result(context.work_id, results)
        return data, carried < _EVENTS_PER_LOOK

    def _new_events(self, run_id: str, start: int) -> Iterator[TrainingEvent]:
        for number in range(start, start + _EVENTS_PER_LOOK):
            try:
                yield TrainingEvent.model_validate_json(self._store.get(event_key(run_id, number)))
            except NotFoundError:
                return
