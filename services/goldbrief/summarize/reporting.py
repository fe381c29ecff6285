"""Answers that users mark wrong: handed on to what keeps them."""

from __future__ import annotations

import logging
from typing import Any

from goldbrief.api.live.v1 import live_pb2
from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.core.access import current_principal
from goldbrief.core.errors import (
    GoldbriefError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from goldbrief.summarize.models import ModelDirectory

_TIMEOUT_S = 20.0
_log = logging.getLogger(__name__)


class Reporter:
    """Takes reports for callers on any thread.

    Args:
        models: Knows the versions, so that none is blamed that does not exist.
        live: The stub of LiveService.
    """

    def __init__(self, models: ModelDirectory, live: Any) -> None:
        self._models = models
        self._live = live

    def report(self, request: pb.ReportSummaryRequest) -> pb.ReportSummaryResponse:
        """Keep that an answer is wrong, in the name of the caller's token.

        Args:
            request: See the API.

        Returns:
            The report's id.

        Raises:
            InvalidInputError: The reason is unknown, or a text too long.
            NotFoundError: There is no such model version, or the answer is not known and not sent.
            TransientError: What keeps reports does not answer.
        """
        try:
            report = self._keep(request)
        except (InvalidInputError, NotFoundError):
            raise
        except GoldbriefError as error:  # it names addresses, which callers need not know
            _log.warning("a report of %s is lost: %s", request.request_id, error.reason)
            raise TransientError(
                "The report cannot be kept: a service behind the gateway does not answer.",
                reason="REPORTS_UNREACHABLE",
                remedy="Try again later; the gateway's log says more to those who run it.",
            ) from error
        return pb.ReportSummaryResponse(report_id=report.id, text_kept=report.text_kept)

    def _keep(self, request: pb.ReportSummaryRequest) -> live_pb2.LiveReport:
        message = live_pb2.ReportAnswerRequest(
            answer=self._answer(request),
            reason=request.reason,
            comment=request.comment,
            reported_by=current_principal.get().name,
        )
        report: live_pb2.LiveReport = self._live.ReportAnswer(message, timeout=_TIMEOUT_S).report
        return report

    def _answer(self, request: pb.ReportSummaryRequest) -> live_pb2.LiveAnswer:
        answer = live_pb2.LiveAnswer(
            request_id=request.request_id,
            persona=request.persona,
            article_text=request.article_text,
            summary=request.summary,
        )
        if request.model and request.version:
            model = self._models.find(f"{request.model}@{request.version}")
            answer.model, answer.version = model.model, model.version
            answer.dataset_digest = model.dataset_digest
        return answer
