"""Tasks of the evaluation service."""

from __future__ import annotations

from goldbrief.evaluation.evaluations import GENERATE_TASK, RECORD_TASK, REPORT_TASK, WEIGH_TASK
from goldbrief.evaluation.mirroring import TELL_RATINGS_TASK, RatingsMirror
from goldbrief.evaluation.stages import Stages
from goldbrief.platform.broker import Broker


def register(broker: Broker, stages: Stages, mirror: RatingsMirror) -> None:
    """Let `stages` and `mirror` handle their tasks."""
    broker.on_stage(GENERATE_TASK, stages.generate)
    broker.on_stage(WEIGH_TASK, stages.weigh)
    broker.on_stage(RECORD_TASK, stages.record)
    broker.on_stage(REPORT_TASK, stages.write_report)
    broker.on_stage(TELL_RATINGS_TASK, mirror.tell)
