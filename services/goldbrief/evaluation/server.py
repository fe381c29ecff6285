"""RPCs of the evaluation service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from goldbrief.api.evaluation.v1 import evaluation_pb2, evaluation_pb2_grpc
from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import InvalidInputError
from goldbrief.evaluation.evaluations import Evaluations, chunks
from goldbrief.evaluation.reports import Reports
from goldbrief.evaluation.systems import SystemSpec, check_system
from goldbrief.platform.ledger import Ledger, Work
from goldbrief.platform.rpc.work_messages import work_message


class EvaluationServicer(evaluation_pb2_grpc.EvaluationServiceServicer):
    """See evaluation.proto for what each RPC promises.

    Args:
        evaluations: The domain.
        reports: What they found.
        ledger: Counts items and usage.
    """

    def __init__(self, evaluations: Evaluations, reports: Reports, ledger: Ledger) -> None:
        self._evaluations = evaluations
        self._reports = reports
        self._ledger = ledger

    def CreateEvaluation(  # noqa: D102, N802
        self, request: evaluation_pb2.CreateEvaluationRequest, context: Any
    ) -> evaluation_pb2.CreateEvaluationResponse:
        systems = [_system(system) for system in request.systems]
        outputs = {system.name: system.outputs_jsonl for system in request.systems}
        plan_key = request.plan_key or self._evaluations.put_plan(request.plan_json)
        work = self._evaluations.create(
            request.request_id, request.run_id, systems, plan_key, outputs
        )
        return evaluation_pb2.CreateEvaluationResponse(evaluation=self._message(work))

    def GetEvaluation(  # noqa: D102, N802
        self, request: evaluation_pb2.GetEvaluationRequest, context: Any
    ) -> evaluation_pb2.GetEvaluationResponse:
        work = self._evaluations.get(request.id)
        return evaluation_pb2.GetEvaluationResponse(evaluation=self._message(work))

    def ListEvaluations(  # noqa: D102, N802
        self, request: evaluation_pb2.ListEvaluationsRequest, context: Any
    ) -> evaluation_pb2.ListEvaluationsResponse:
        works = self._evaluations.of_run(request.run_id)
        return evaluation_pb2.ListEvaluationsResponse(
            evaluations=[self._message(work) for work in works]
        )

    def GetReport(  # noqa: D102, N802
        self, request: evaluation_pb2.GetReportRequest, context: Any
    ) -> Iterator[evaluation_pb2.GetReportResponse]:
        for chunk in chunks(self._reports.file(request.id, request.file or "report.html")):
            yield evaluation_pb2.GetReportResponse(chunk=chunk)

    def ListPredictions(  # noqa: D102, N802
        self, request: evaluation_pb2.ListPredictionsRequest, context: Any
    ) -> Iterator[evaluation_pb2.ListPredictionsResponse]:
        for row in self._evaluations.predictions(request.id):
            yield evaluation_pb2.ListPredictionsResponse(
                prediction=evaluation_pb2.Prediction(
                    system=row["system"],
                    article_uri=row["article_uri"],
                    persona=row["persona"],
                    summary=row["summary"] or "",
                )
            )

    def WriteSample(  # noqa: D102, N802
        self, request: evaluation_pb2.WriteSampleRequest, context: Any
    ) -> evaluation_pb2.WriteSampleResponse:
        written = self._evaluations.write_sample(
            _system(request.system),
            request.article_text,
            request.persona,
            _prompt(request.prompt_json),
        )
        return evaluation_pb2.WriteSampleResponse(
            text=written.text,
            latency_s=written.latency_s,
            prompt_tokens=written.prompt_tokens,
            completion_tokens=written.completion_tokens,
        )

    def _message(self, work: Work) -> evaluation_pb2.Evaluation:
        return evaluation_pb2.Evaluation(
            work=work_message(work, self._ledger.works.counts(work.id)),
            results_json=self._reports.results_json(work),
            report_key=work.result.get("report_key", ""),
            systems=[evaluation_pb2.System(**system) for system in work.spec["systems"]],
            dataset_prefix=self._evaluations.dataset_prefix(work),
            files=work.result.get("files", ()),
        )


def _system(system: evaluation_pb2.System) -> SystemSpec:
    return check_system(system.name, system.kind, system.adapter, system.endpoint)


def _prompt(document: str) -> PromptFormat:
    try:
        return PromptFormat.model_validate_json(document)
    except ValidationError as error:
        raise InvalidInputError(
            f"prompt_json is not a prompt format: {error}",
            reason="INVALID_PROMPT_FORMAT",
            metadata={"field": "prompt_json"},
        ) from error
