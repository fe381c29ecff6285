"""Wiring of the judge service."""

from __future__ import annotations

from goldbrief.api.judge.v1.judge_pb2_grpc import add_JudgeServiceServicer_to_server
from goldbrief.judge import tasks
from goldbrief.judge.judging import Judging
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.judge.verdicts import Judge
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import Service


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    model = resources.chat_model("judge")
    judge: Judge = LlmJudge(model) if model else OfflineJudge(resources.embedder)
    judging = Judging(resources.store, judge, model.check if model else lambda: None)
    tasks.register(resources.broker, judging)
    servicer = JudgeServicer(judging)
    return Service(
        name="goldbrief.api.judge.v1.JudgeService",
        register=lambda server: add_JudgeServiceServicer_to_server(servicer, server),
    )
