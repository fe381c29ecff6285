"""Summaries that callers mark wrong, over gRPC and JSON."""

import pytest

from goldbrief.api.summarize.v1 import summarize_pb2 as pb
from goldbrief.core.errors import InvalidInputError, NotFoundError, TransientError

from .samples import ARTICLE, SUMMARY


def report(gateway, **changes):
    fields = {
        "request_id": "summary-1", "reason": "figure", "comment": "It is $38 million.",
        "model": "briefs", "version": "2", "persona": "CFO", "article_text": ARTICLE,
        "summary": SUMMARY,
    }  # fmt: skip
    return gateway.stub.ReportSummary(pb.ReportSummaryRequest(**{**fields, **changes}))


def test_a_report_is_kept_as_the_version_s_and_in_the_caller_s_name(gateway):
    answer = report(gateway)
    assert (answer.report_id, answer.text_kept) == ("report-1", True)
    (kept,) = gateway.live.reports
    assert (kept.reason, kept.comment) == ("figure", "It is $38 million.")
    assert (kept.answer.model, kept.answer.version) == ("briefs", "2")
    assert (kept.answer.article_text, kept.answer.summary) == (ARTICLE, SUMMARY)
    assert kept.reported_by == "anonymous"


def test_an_id_alone_will_do_where_the_answer_is_known(gateway):
    report(gateway, model="", version="", persona="", article_text="", summary="")
    (kept,) = gateway.live.reports
    assert kept.answer.request_id == "summary-1"
    assert not kept.answer.model


def test_a_version_that_there_is_not_is_not_blamed(gateway):
    with pytest.raises(NotFoundError):
        report(gateway, version="7")
    assert gateway.live.reports == []


def test_json_does_the_same(gateway):
    body = {
        "reason": "missing", "model": "briefs", "version": "2", "article_text": ARTICLE,
        "summary": SUMMARY,
    }  # fmt: skip
    response = gateway.http.post("/v1/summaries/summary-9/report", json=body)
    assert response.status_code == 200
    assert response.json() == {"report_id": "report-1", "text_kept": True}
    assert gateway.live.reports[0].answer.request_id == "summary-9"


@pytest.mark.parametrize(
    ("body", "field"), [({"reason": "ugly"}, "reason"), ({"reason": "style", "who": 1}, "who")]
)
def test_json_that_is_wrong_is_refused_with_its_field(gateway, body, field):
    response = gateway.http.post("/v1/summaries/summary-9/report", json=body)
    assert response.status_code == 400
    assert field in response.text
    assert gateway.live.reports == []


def test_what_the_keeper_refuses_is_passed_on(gateway):
    gateway.live.error = InvalidInputError("No.", reason="UNKNOWN_REPORT_REASON")
    with pytest.raises(InvalidInputError) as caught:
        report(gateway, reason="ugly")
    assert caught.value.reason == "UNKNOWN_REPORT_REASON"


def test_a_keeper_that_is_away_is_told_without_its_address(gateway):
    gateway.live.error = TransientError("evaluation:7700 does not answer.")
    with pytest.raises(TransientError) as caught:
        report(gateway)
    assert caught.value.reason == "REPORTS_UNREACHABLE"
    assert "7700" not in str(caught.value)
