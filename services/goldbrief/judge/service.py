"""Wiring of the judge service."""

from __future__ import annotations

from goldbrief.api.judge.v1.judge_pb2_grpc import add_JudgeServiceServicer_to_server
from goldbrief.core.settings import Settings
from goldbrief.judge import tasks
from goldbrief.judge.judging import Judging
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.judge.verdicts import Judge
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.rpc.server import Service


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks."""
    model = _chat_model(resources.settings)
    samples = resources.settings.judge_samples
    judge: Judge = LlmJudge(model, samples) if model else OfflineJudge(resources.embedder)
    judging = Judging(resources.store, judge, model.check if model else lambda: None)
    tasks.register(resources.broker, judging)
    servicer = JudgeServicer(judging)
    return Service(
        name="goldbrief.api.judge.v1.JudgeService",
        register=lambda server: add_JudgeServiceServicer_to_server(servicer, server),
    )


def _chat_model(settings: Settings) -> OpenAIChat | None:
    if not settings.judge_url:
        return None
    return OpenAIChat(settings.judge_url, settings.judge_model, settings.judge_api_key)
