"""Tasks of the runs service."""

from __future__ import annotations

from goldbrief.platform.broker import Broker
from goldbrief.runs.controller import ADVANCE_TASK, Runs
from goldbrief.runs.tracking import (
    TRACK_EVALUATION_TASK,
    TRACK_FINETUNING_TASK,
    TRACK_RATINGS_TASK,
    TRACK_TASK,
    Tracking,
)


def register(broker: Broker, runs: Runs, tracking: Tracking) -> None:
    """Let `runs` and `tracking` handle their tasks."""
    broker.on_stage(ADVANCE_TASK, runs.advance)
    broker.on_stage(TRACK_TASK, tracking.log)
    broker.on_stage(TRACK_FINETUNING_TASK, tracking.log_finetuning)
    broker.on_stage(TRACK_EVALUATION_TASK, tracking.log_evaluation)
    broker.on_stage(TRACK_RATINGS_TASK, tracking.log_ratings)
