"""Numbered events: what the run says to whoever reconciles it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import EventType, TrainingEvent, event_key, events_prefix

_log = logging.getLogger(__name__)


class EventLog:
    """Appends events to a run, going on where an earlier process of the run stopped.

    Args:
        store: Where events are stored.
        run_id: The run.
        is_silent: Whether another rank tells the events.
    """

    def __init__(self, store: ObjectStore, run_id: str, is_silent: bool = False) -> None:
        self._store = store
        self._is_silent = is_silent
        self._run_id = run_id
        keys = list(store.list(events_prefix(run_id)))
        self._next = int(keys[-1].rpartition("/")[2].removesuffix(".json")) + 1 if keys else 0

    def emit(self, event_type: EventType, message: str, **data: Any) -> None:
        """Store one event and log its message.

        Args:
            event_type: See TrainingEvent.type.
            message: One sentence for people.
            **data: Details for machines; JSON values, non-finite numbers become null.
        """
        if self._is_silent:
            return
        event = TrainingEvent(
            number=self._next,
            time=datetime.now(UTC).isoformat(timespec="milliseconds"),
            type=event_type,
            message=message,
            data=data,
        )
        self._store.put(event_key(self._run_id, event.number), event.model_dump_json().encode())
        self._next += 1
        _log.log(_LEVELS.get(event_type, logging.INFO), "%s: %s", event_type, message)

    def last(self) -> TrainingEvent | None:
        """The newest event; None when there is none."""
        if self._next == 0:
            return None
        return TrainingEvent.model_validate_json(
            self._store.get(event_key(self._run_id, self._next - 1))
        )


_LEVELS = {"WARNING": logging.WARNING, "FAILED": logging.ERROR}
