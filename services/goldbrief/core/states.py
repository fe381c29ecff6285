"""States of long work and outcomes of its items."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """State of long work (a run, a job) or of one of its items."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Whether no further change of state can follow by itself."""
        return self in TERMINAL_STATES


TERMINAL_STATES = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})


class Outcome(StrEnum):
    """What became of an item that was processed to its end."""

    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
