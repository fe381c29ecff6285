"""Binds the task names of this room to their handlers."""

from __future__ import annotations

from goldbrief.platform.broker import Broker
from goldbrief.synthesis.candidates import CandidateStages
from goldbrief.synthesis.contestant import Contestant


def register(broker: Broker, stages: CandidateStages) -> None:
    """Register the stages that this service does."""
    broker.on_stage("synthesis.write_candidate", stages.write)
    broker.on_stage("synthesis.decide", stages.decide)


def register_contestant(broker: Broker, contestant: Contestant) -> None:
    """Register the stage that this service does for evaluations."""
    broker.on_stage("synthesis.write_for_evaluation", contestant.write)
