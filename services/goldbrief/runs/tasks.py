"""Tasks of the runs service."""

from __future__ import annotations

from goldbrief.platform.broker import Broker
from goldbrief.runs.controller import ADVANCE_TASK, Runs


def register(broker: Broker, runs: Runs) -> None:
    """Let `runs` handle its task."""
    broker.on_stage(ADVANCE_TASK, runs.advance)
