"""Leads' pages: a set from an evaluation to files, and who may sign in."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.console.pages import Pages
from goldbrief.platform.ledger import Ledger

from .conftest import Console
from .test_reviewing import whole

CORRECTED = (
    "## Overview\n\nRevenue rose.\n\n## Key Takeaways\n\n- Costs fell.\n\n"
    "## Action Items for the CFO\n\n- Check."
)


def made_set(console: Console, lead: Any) -> str:
    page = lead.get("/lead")
    request_id = re.search(r'name="request_id" value="([^"]+)"', page)[1]  # type: ignore[index]
    fields = {"request_id": request_id, "evaluation": "eval-1", "title": "Round <1>"}
    answers = [lead.post("/lead", "/lead", **fields) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"], "pressed twice"
    return str(answers[0].headers["location"]).rpartition("/")[2]


def rate_all(console: Console, name: str, left: int) -> None:
    browser = console.browser(name)
    for sheet in console.workplace.desk.sheets(name):
        fields = {**whole(left), "preference": "left", "comment": f"<i>{name}</i>"}
        answer: Any = browser.post(
            f"/review/{sheet.assignment.id}", version=0, action="SUBMIT", **fields
        )
        assert answer.status_code == 303


def test_a_lead_makes_a_set_assigns_it_and_reads_what_came_of_it(console: Console) -> None:
    lead = console.browser("lea", "lead")
    set_id = made_set(console, lead)
    assert "Round &lt;1&gt;" in lead.get("/lead")
    for name in ("ann", "ben"):
        console.workplace.accounts.create(name, "reviewer")
    fields = {"version": 0, "reviewer": ["ann", "ben"], "raters": 2, "repeats": 1}
    assert lead.post(f"/lead/sets/{set_id}", "/lead", **fields).status_code == 303
    rate_all(console, "ann", 5)
    rate_all(console, "ben", 2)
    page = lead.get(f"/lead/sets/{set_id}")
    assert "4 of 4" in page
    assert "gives everything 5" in page
    assert "Krippendorff" in page
    assert "Raters contradict each other on 3" in page


def test_what_somebody_does_in_the_console_is_on_record_under_their_name(
    console: Console,
) -> None:
    set_id = made_set(console, console.browser("Lea Müller", "lead"))
    console.workplace.accounts.create("ann", "reviewer")
    entries = list(console.workplace.trail.entries("anonymous for Lea Müller"))
    assert entries[-1].method.endswith("ReviewsService/CreateReviewSet")
    assert (entries[-1].outcome, entries[-1].resource.split()[-1]) == ("OK", f"id={set_id}")


def test_of_two_leads_who_assign_the_second_is_told(console: Console) -> None:
    lead = console.browser("lea", "lead")
    set_id = made_set(console, lead)
    console.workplace.accounts.create("ann", "reviewer")
    fields = {"version": 0, "reviewer": ["ann"], "raters": 1, "repeats": 0}
    lead.post(f"/lead/sets/{set_id}", "/lead", **fields)
    answer: Any = lead.post(f"/lead/sets/{set_id}", "/lead", **fields)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    few: Any = lead.post(f"/lead/sets/{set_id}", "/lead", **{**fields, "version": 1, "raters": 3})
    assert "rate each pair 3 times" in few.text


def test_a_pair_is_decided_without_knowing_the_systems(console: Console) -> None:
    set_id = console.shared("ann", "ben")
    rate_all(console, "ann", 5)
    lead = console.browser("lea", "lead")
    where = f"/lead/sets/{set_id}/pairs/2"
    page = lead.get(where)
    assert "&lt;i&gt;ann&lt;/i&gt;" in page
    assert "<script>alert" not in page
    assert "tuned" not in page
    sent = CORRECTED.replace("\n", "\r\n")  # as browsers send it
    fields = {"version": 0, "preference": "first", "comment": "", "corrected": sent}
    assert lead.post(where, where, **fields).status_code == 303
    again: Any = lead.post(where, where, **{**fields, "preference": "tie", "comment": "my reason"})
    assert again.status_code == 409
    assert "by lea" in again.text
    assert "my reason" in again.text, "nothing that was entered is lost"
    (pair,) = console.workplace.results.pairs(set_id, 2)
    assert pair.verdict is not None
    assert pair.verdict.corrected == CORRECTED


def test_what_is_said_goes_on_to_mlflow_and_what_is_drafted_does_not(console: Console) -> None:
    set_id = console.shared("ann", "ben")
    works = Ledger(console.workplace.database, console.workplace.store).works
    reviewer, number = console.browser("ann"), console.first_of("ann")
    reviewer.post(f"/review/{number}", version=0, action="DRAFT", comment="Hm")
    assert works.of_kind("tracking") == []
    reviewer.post(f"/review/{number}", version=1, action="SUBMIT", preference="left", **whole())
    rated = works.of_kind("tracking")
    assert [one.spec["evaluation_id"] for one in rated] == ["eval-1"]
    lead, where = console.browser("lea", "lead"), f"/lead/sets/{set_id}/pairs/2"
    lead.post(where, where, version=0, preference="tie", comment="", corrected="")
    assert {one.spec["evaluation_id"] for one in works.of_kind("tracking")} == {"eval-1"}


def test_what_raters_lean_to_is_not_told_before_a_contradiction_is_decided(
    console: Console,
) -> None:
    set_id = console.shared("ann", "ben")
    rate_all(console, "ann", 5)
    rate_all(console, "ben", 1)
    lead = console.browser("lea", "lead")
    pairs = lead.get(f"/lead/sets/{set_id}").partition('id="pairs"')[2]
    assert pairs.count("<td>to decide</td>") == 3
    assert "tuned" not in pairs.partition("</table>")[0]


def test_files_are_taken_away(console: Console) -> None:
    set_id = console.shared("ann", "ben")
    rate_all(console, "ann", 4)
    lead = console.browser("lea", "lead")
    export = f"/lead/sets/{set_id}/export/"
    assert lead.get(f"{export}csv").startswith("review_set,pair,")
    assert lead.get(f"{export}calibration").startswith("article,summary,")
    assert lead.get(f"{export}jsonl").startswith("{")
    assert '"chosen"' in lead.get(f"{export}preferences")
    assert lead.http.get(f"{export}goldens").status_code == 409
    assert lead.http.get(f"{export}pdf").status_code == 404
    console.workplace.results.adjudicate(set_id, 1, 0, "lea", "first", corrected="Text.")
    answer = lead.http.get(f"{export}goldens")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert names == [f"{set_id}-001.md", f"articles/{set_id}-001.md"]


def test_a_link_is_shown_once_and_works(console: Console) -> None:
    lead = console.browser("lea", "lead")
    answer: Any = lead.post("/lead/people", "/lead/people", name="ann", role="reviewer", hours=0)
    link = re.search(r'id="link">([^<]+)<', answer.text)[1]  # type: ignore[index]
    assert link.startswith("http://127.0.0.1/sign-in?token=")
    assert "sign-in?token" not in lead.get("/lead/people")
    token = link.partition("token=")[2]
    stranger = console.stranger()
    assert stranger.http.post("/sign-in", data={"token": token}).status_code == 200
    assert lead.post("/lead/people/revoke", "/lead/people", name="ann").status_code == 303
    assert stranger.http.post("/sign-in", data={"token": token}).status_code == 403


def test_what_does_not_exist_is_said_so(console: Console) -> None:
    lead = console.browser("lea", "lead")
    assert lead.http.get("/lead/sets/review-0").status_code == 404
    set_id = console.shared("ann")
    assert lead.http.get(f"/lead/sets/{set_id}/pairs/99").status_code == 404


def test_a_correction_that_could_be_no_golden_is_refused_where_it_is_written(
    console: Console,
) -> None:
    set_id = console.shared("ann", "lea")
    lead = console.browser("lea", "lead")
    page = f"/lead/sets/{set_id}/pairs/1"
    fields = {"version": 0, "preference": "first"}
    answer = lead.post(page, page, **fields, corrected="Just a text.")
    assert answer.status_code == 409
    assert "no section for overview, takeaways, actions" in answer.text
    assert "Action Items" in answer.text, "which headings it takes"
    assert "Just a text." in answer.text, "nothing is lost"
    assert lead.post(page, page, **fields, corrected=CORRECTED).status_code == 303


def test_a_further_round_tells_which_reviews_it_has() -> None:
    made_of = runs_pb2.Round(number=2, review_set_ids=["review-2", "review-1"])
    run = runs_pb2.Run(id="run-2", round=made_of)
    page = bytes(Pages().page("round", run=run).body).decode()
    assert page.startswith("<p>Round 2,")
    assert 'href="/lead/sets/review-1"' in page
    assert bytes(Pages().page("round", run=runs_pb2.Run(id="run-1")).body).strip() == b""
