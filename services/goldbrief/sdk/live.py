"""Live summaries: marking them wrong, looking at what was marked, and what is known of them."""

from __future__ import annotations

import json
from pathlib import Path

from google.protobuf.json_format import ParseDict, ParseError

from goldbrief.api.live.v1 import live_pb2
from goldbrief.api.summarize.v1 import summarize_pb2
from goldbrief.core.errors import InvalidInputError
from goldbrief.core.live_summaries import ReportReason
from goldbrief.sdk.client import Client


def report_summary(
    client: Client,
    answer: summarize_pb2.SummarizeResponse,
    reason: ReportReason,
    comment: str = "",
    article_text: str = "",
) -> summarize_pb2.ReportSummaryResponse:
    """Mark a summary wrong, for people to look at.

    Args:
        client: Of the server.
        answer: As the server gave it; one that the server drew to be judged it knows by its
            `request_id` alone.
        reason: What is wrong.
        comment: In words, at most 2,000 characters.
        article_text: The article as it was sent; needed unless the answer was drawn.

    Returns:
        The report's id, and whether texts are kept.

    Raises:
        NotFoundError: The answer is not known to the server, and not sent.
        InvalidInputError: The reason is unknown, or a text too long.
    """
    request = summarize_pb2.ReportSummaryRequest(
        request_id=answer.request_id,
        reason=reason,
        comment=comment,
        model=answer.model,
        version=answer.version,
        persona=answer.persona,
        article_text=article_text,
        summary=answer.text,
    )
    response: summarize_pb2.ReportSummaryResponse = client.gateway.ReportSummary(request)
    return response


def read_answer(path: Path) -> summarize_pb2.SummarizeResponse:
    """Read an answer that `goldbrief summarize --json` or /v1/summarize gave.

    Args:
        path: A JSON file.

    Returns:
        The answer.

    Raises:
        InvalidInputError: It cannot be read, or is no answer.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        wanted = {name: str(document[name]) for name in _NEEDED}
        return ParseDict(wanted, summarize_pb2.SummarizeResponse())
    except (OSError, ValueError, KeyError, TypeError, ParseError) as error:
        raise InvalidInputError(
            f"{path} is no answer of the gateway: {type(error).__name__} {error}.",
            reason="NO_ANSWER",
            remedy="Give the JSON of one answer, or its request_id.",
        ) from error


_NEEDED = ("request_id", "model", "version", "persona", "text")


def list_reports(client: Client, state: str = "", limit: int = 0) -> list[live_pb2.LiveReport]:
    """List reports, the newest first.

    Args:
        client: Of the server.
        state: Only those that are OPEN, CONFIRMED or DISMISSED; empty means all.
        limit: Most of them; 0 means 200.

    Returns:
        The reports.
    """
    request = live_pb2.ListLiveReportsRequest(state=state, limit=limit)
    return list(client.live.ListLiveReports(request).reports)


def get_report(client: Client, report_id: str) -> live_pb2.GetLiveReportResponse:
    """Return the report whose id begins so, with the texts kept of it; raises NotFoundError."""
    request = live_pb2.GetLiveReportRequest(id=report_id)
    response: live_pb2.GetLiveReportResponse = client.live.GetLiveReport(request)
    return response


def decide_report(
    client: Client,
    report: live_pb2.LiveReport,
    state: str,
    author: str,
    corrected: str = "",
) -> live_pb2.LiveReport:
    """Record what somebody found who looked at a report.

    Args:
        client: Of the server.
        report: As it was seen.
        state: CONFIRMED or DISMISSED.
        author: Who decides.
        corrected: The summary as it should be; may be empty.

    Returns:
        The report as it is now.

    Raises:
        FailedPreconditionError: It was decided since; or there is no text to correct.
    """
    request = live_pb2.DecideLiveReportRequest(
        id=report.id, decisions=report.decisions, state=state, author=author, corrected=corrected
    )
    decided: live_pb2.LiveReport = client.live.DecideLiveReport(request).report
    return decided


def live_quality(client: Client) -> live_pb2.GetLiveQualityResponse:
    """Tell what is known of each version's live summaries."""
    request = live_pb2.GetLiveQualityRequest()
    response: live_pb2.GetLiveQualityResponse = client.live.GetLiveQuality(request)
    return response
