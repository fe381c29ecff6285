"""Binds the task name of this room to its handler."""

from __future__ import annotations

from goldbrief.judge.judging import Judging
from goldbrief.platform.broker import Broker


def register(broker: Broker, judging: Judging) -> None:
    """Register the stage that this service does, for works of any service."""
    broker.on_stage("judge.judge_candidate", judging.judge_candidate)
