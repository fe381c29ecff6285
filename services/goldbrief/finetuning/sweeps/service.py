"""Wiring of sweeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from goldbrief.api.judge.v1 import judge_pb2
from goldbrief.api.judge.v1.judge_pb2_grpc import JudgeServiceStub
from goldbrief.core.documents import Judgment
from goldbrief.finetuning.reconciler import Adapter
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.sweeps import tasks
from goldbrief.finetuning.sweeps.conclusion import Conclusion
from goldbrief.finetuning.sweeps.judging import TrialJudging
from goldbrief.finetuning.sweeps.server import SweepRpcs
from goldbrief.finetuning.sweeps.sweeps import Sweeps
from goldbrief.finetuning.sweeps.training import TrialTraining
from goldbrief.finetuning.sweeps.verdicts import Answer, Verdict
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.hosting import Resources

_JUDGE_TIMEOUT_S = 600.0
"""For one verdict, with all that the judge's own client tries."""


def build_sweeps(
    resources: Resources,
    resolver: RequestResolver,
    runs: FinetuningRuns,
    register: Callable[[Adapter], str],
    judge: JudgeServiceStub,
) -> SweepRpcs:
    """Make the sweeps of the finetuning service and register their tasks.

    Args:
        resources: The process's.
        resolver: Checks the requests of trials.
        runs: The trials' runs.
        register: Registers an adapter and returns its version.
        judge: Reaches the judge service.

    Returns:
        What answers for sweeps.
    """
    store, works = resources.store, resources.ledger.works
    tasks.register(
        resources.broker,
        TrialTraining(runs),
        TrialJudging(store, runs, partial(_judge, judge)),
        Conclusion(store, runs, register),
    )
    has_one_machine = resources.settings.training_launcher == "subprocess"
    sweeps = Sweeps(
        works,
        resolver,
        store,
        reach_judge=lambda: judge.GetJudge(judge_pb2.GetJudgeRequest()),
        default_parallel=1 if has_one_machine else 0,
    )
    return SweepRpcs(sweeps, runs, works)


def _judge(stub: JudgeServiceStub, answer: Answer) -> Verdict:
    request = judge_pb2.JudgeSummaryRequest(
        article_text=answer.article,
        summary=answer.text,
        persona=answer.persona,
        style_json=answer.style_json,
        reference=answer.reference,
    )
    found = stub.JudgeSummary(request, timeout=_JUDGE_TIMEOUT_S)
    return Verdict(
        score=None if found.failed else found.overall,
        rationale=found.rationale,
        judge=found.judge,
        rubric=found.rubric,
        prompt_tokens=found.prompt_tokens,
        completion_tokens=found.completion_tokens,
        card=Judgment.model_validate_json(found.judgment_json).card,
    )
