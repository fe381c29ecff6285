"""RPCs about live summaries."""

from __future__ import annotations

from typing import Any

from goldbrief.api.live.v1 import live_pb2 as pb
from goldbrief.api.live.v1 import live_pb2_grpc
from goldbrief.evaluation.live.config import LiveSettings
from goldbrief.evaluation.live.messages import quality_message, report_message
from goldbrief.evaluation.live.observing import Observed, Observer
from goldbrief.evaluation.live.quality import QualityReader
from goldbrief.evaluation.live.reporting import Reports


class LiveServicer(live_pb2_grpc.LiveServiceServicer):
    """See live.proto for what each RPC promises.

    Args:
        observer: Judges.
        reports: Takes what users mark wrong.
        reader: Knows what came of it.
        settings: Told beside it.
    """

    def __init__(
        self, observer: Observer, reports: Reports, reader: QualityReader, settings: LiveSettings
    ) -> None:
        self._observer = observer
        self._reports = reports
        self._reader = reader
        self._settings = settings

    def ObserveAnswer(  # noqa: D102, N802
        self, request: pb.ObserveAnswerRequest, context: Any
    ) -> pb.ObserveAnswerResponse:
        overall = self._observer.observe(_observed(request.answer))
        return pb.ObserveAnswerResponse(overall=overall or 0.0)

    def ReportAnswer(  # noqa: D102, N802
        self, request: pb.ReportAnswerRequest, context: Any
    ) -> pb.ReportAnswerResponse:
        report = self._reports.add(
            _observed(request.answer), request.reason, request.comment, request.reported_by
        )
        return pb.ReportAnswerResponse(report=report_message(report))

    def ListLiveReports(  # noqa: D102, N802
        self, request: pb.ListLiveReportsRequest, context: Any
    ) -> pb.ListLiveReportsResponse:
        found = self._reports.all(request.state, request.limit)
        return pb.ListLiveReportsResponse(reports=map(report_message, found))

    def GetLiveReport(  # noqa: D102, N802
        self, request: pb.GetLiveReportRequest, context: Any
    ) -> pb.GetLiveReportResponse:
        found = self._reports.get(request.id)
        response = pb.GetLiveReportResponse(report=report_message(found))
        if found.text is not None:
            response.article_text = found.text.article
            response.summary = found.text.summary
            response.comment = found.text.comment
        return response

    def DecideLiveReport(  # noqa: D102, N802
        self, request: pb.DecideLiveReportRequest, context: Any
    ) -> pb.DecideLiveReportResponse:
        report = self._reports.decide(
            request.id, request.decisions, request.state, request.author, request.corrected
        )
        return pb.DecideLiveReportResponse(report=report_message(report))

    def GetLiveQuality(  # noqa: D102, N802
        self, request: pb.GetLiveQualityRequest, context: Any
    ) -> pb.GetLiveQualityResponse:
        return quality_message(self._reader.read(), self._settings)


def _observed(answer: pb.LiveAnswer) -> Observed:
    return Observed(
        request_id=answer.request_id,
        model=answer.model,
        version=answer.version,
        dataset_digest=answer.dataset_digest,
        persona=answer.persona,
        style_json=answer.style_json,
        article_text=answer.article_text,
        summary=answer.summary,
    )
