"""Leads decide on what users marked wrong; operators see how good live summaries are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldbrief.evaluation.live.observing import Observed
from goldbrief.testing.live import LiveWorkplace
from goldbrief.testing.reviewing import ReviewWorkplace

from ..quickstart import WordEmbedder
from .conftest import ARTICLE, EVIL, Console


class Watch:
    """A console over live summaries."""

    def __init__(self, console: Console, live: LiveWorkplace) -> None:
        self.console, self.live = console, live

    def report(self) -> str:
        answer = Observed("summary-1", "briefs", "2", "d1", "CFO", "", ARTICLE, EVIL)
        return self.live.reports.add(answer, "figure", "<b>wrong</b>", "newsroom").row.id


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    workplace = ReviewWorkplace(tmp_path, {"a": ARTICLE}, {"base": [EVIL], "tuned": [EVIL]})
    live = LiveWorkplace(tmp_path, workplace.database, WordEmbedder(), 30, None)
    with workplace.serving(live.service()) as address:
        yield Watch(Console(tmp_path, address, workplace), live)


def test_a_lead_reads_a_report_corrects_the_summary_and_it_is_done(watch: Watch) -> None:
    lead, report_id = watch.console.browser("lea", "lead"), watch.report()
    assert report_id in lead.get("/lead/reports")
    page = lead.get(f"/lead/reports/{report_id}")
    assert "a figure is wrong" in page
    assert "<script>alert" not in page
    assert "&lt;b&gt;wrong" in page
    fields = {"decisions": 0, "state": "CONFIRMED", "corrected": "Revenue came to $3.18 billion."}
    done: Any = lead.post(f"/lead/reports/{report_id}", "/lead/reports/" + report_id, **fields)
    assert done.status_code == 303
    assert "confirmed, lea" in lead.get("/lead/reports")
    assert "for the next round" in lead.get("/lead/reports")


def test_of_two_leads_who_decide_the_second_is_told_and_keeps_what_they_wrote(
    watch: Watch,
) -> None:
    lead, report_id = watch.console.browser("lea", "lead"), watch.report()
    where = f"/lead/reports/{report_id}"
    lead.post(where, where, decisions=0, state="DISMISSED")
    second: Any = lead.post(where, where, decisions=0, state="CONFIRMED", corrected="Mine.")
    assert second.status_code == 409
    assert "lea decided DISMISSED" in second.text
    assert "Mine." in second.text


def test_an_operator_sees_scores_and_drift_by_version(watch: Watch) -> None:
    operator = watch.console.browser("olga", "operator")
    assert "None were drawn" in operator.get("/operator/live")
    watch.live.observe("summary-1")
    page = operator.get("/operator/live")
    assert "briefs 2" in page
    assert "mean score 4.20" in page
    assert "not enough" in page


@pytest.mark.parametrize("path", ["/lead/reports", "/lead/reports/report-1", "/operator/live"])
def test_reviewers_see_none_of_it(watch: Watch, path: str) -> None:
    assert watch.console.browser("ann").http.get(path).status_code == 403
