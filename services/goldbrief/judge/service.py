"""Wiring of the judge service."""

from __future__ import annotations

from collections.abc import Sequence

from goldbrief.api.judge.v1.judge_pb2_grpc import add_JudgeServiceServicer_to_server
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.seams import ChatModel
from goldbrief.core.settings import Settings
from goldbrief.judge import tasks
from goldbrief.judge.answer_metrics import ChatAnswerGrader, OfflineAnswerGrader
from goldbrief.judge.grading import Grading
from goldbrief.judge.judging import Judging
from goldbrief.judge.llm import LlmJudge
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.panel import PanelJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.judge.verdicts import Judge
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.rpc.server import Service


def build(resources: Resources) -> Service:
    """Make the service from the process's resources and register its tasks.

    Args:
        resources: The process's.

    Returns:
        The service.

    Raises:
        InvalidInputError: There is a panel of judges, but no first judge.
    """
    _require_first(resources.settings)
    models = resources.chat_models("judge")
    offline = OfflineJudge(
        resources.embedder,
        resources.token_scorer,
        always_asks=resources.settings.judge_likelihood == "always",
    )
    judge = make_judge(models, resources.settings.judge_samples, offline)
    judging = Judging(resources.store, judge, lambda: _check(models))
    tasks.register(resources.broker, judging)
    grader = ChatAnswerGrader(models[0]) if models else OfflineAnswerGrader(resources.embedder)
    tasks.register_grading(resources.broker, Grading(resources.store, grader))
    servicer = JudgeServicer(judging)
    return Service(
        name="goldbrief.api.judge.v1.JudgeService",
        register=lambda server: add_JudgeServiceServicer_to_server(servicer, server),
    )


def make_judge(models: Sequence[ChatModel], samples: int, offline: OfflineJudge) -> Judge:
    """The judge that settings ask for: the offline one, one model, or a panel."""
    if not models:
        return offline
    judges = [LlmJudge(model, samples) for model in models]
    return PanelJudge(judges) if len(judges) > 1 else judges[0]


def _require_first(settings: Settings) -> None:
    if settings.judge_panel and not settings.judge_url:
        raise InvalidInputError(
            "GOLDBRIEF_JUDGE_PANEL adds judges to GOLDBRIEF_JUDGE_URL, which is not set.",
            reason="INVALID_SETTING",
            remedy="Set the first judge as GOLDBRIEF_JUDGE_URL and GOLDBRIEF_JUDGE_MODEL.",
        )


def _check(models: Sequence[OpenAIChat]) -> None:
    for model in models:
        model.check()
