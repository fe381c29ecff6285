"""Binds the task names of this room to their handlers."""

from __future__ import annotations

from goldbrief.judge.grading import Grading
from goldbrief.judge.judging import Judging
from goldbrief.platform.broker import Broker


def register(broker: Broker, judging: Judging) -> None:
    """Register the stages that this service does, for works of any service."""
    broker.on_stage("judge.judge_candidate", judging.judge_candidate)
    broker.on_stage("judge.compare_candidates", judging.compare_candidates)


def register_grading(broker: Broker, grading: Grading) -> None:
    """Register the stage that evaluations add to judging."""
    broker.on_stage("judge.grade_answer", grading.grade_answer)
