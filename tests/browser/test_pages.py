"""Every page: for screen readers, on a phone, and with what models wrote as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.evaluation.live.observing import Observed
from goldbrief.evaluation.reviews.rating import Rating, SideRating

from .conftest import ARTICLE, EVIL, GOOD, Console

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}


def rate_first_pair(console: Console, name: str) -> None:
    sheets = console.workplace.desk.sheets(name)
    number = next(one.assignment.id for one in sheets if one.pair.number == 1)
    side = SideRating(scores=dict.fromkeys(CRITERIA, 4), wrong=(1,))
    rating = Rating(left=side, right=side, preference="left", comment="<b>good</b>")
    console.workplace.desk.save(number, name, 0, rating, "SUBMIT", 90)


def paths(console: Console) -> list[str]:
    set_id = console.share("ann", "ben", "lea")
    rate_first_pair(console, "ann")
    rate_first_pair(console, "ben")
    answer = Observed("summary-1", "briefs", "2", "d1", "CFO", "", ARTICLE, EVIL)
    report = console.live.reports.add(answer, "figure", "It is <b>13%</b>.", "newsroom").row.id
    return [
        "/review", f"/review/{console.first('lea')}", "/lead", f"/lead/sets/{set_id}",
        f"/lead/sets/{set_id}/pairs/1", "/lead/people", "/no/such/page",
        "/lead/reports", f"/lead/reports/{report}",
    ]  # fmt: skip


def test_no_page_hinders_a_screen_reader(console: Console, sign_in: Callable[..., Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup").Axe()
    where = paths(console)
    page = sign_in("lea", "lead")
    found = {}
    for path in where:
        page.goto(console.url + path)
        result = axe.run(page)
        if result.violations_count:
            found[path] = result.generate_report()
    page.emulate_media(color_scheme="dark")
    page.goto(console.url + where[1])
    if axe.run(page).violations_count:
        found["dark"] = axe.run(page).generate_report()
    assert found == {}


def test_no_page_is_wider_than_a_phone(console: Console, sign_in: Callable[..., Any]) -> None:
    where = paths(console)
    page = sign_in("lea", "lead", **PHONE)
    widths = {}
    for path in where:
        page.goto(console.url + path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert {path: width for path, width in widths.items() if width > 360} == {}


def test_a_lead_begins_a_correction_with_a_summary(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    where = paths(console)
    page = sign_in("lea", "lead")
    page.goto(console.url + where[4])
    page.get_by_role("radio", name="Summary 1").check()
    page.get_by_role("button", name="Begin with summary 1").click()
    page.get_by_label("A corrected summary").press("End")
    text = page.get_by_label("A corrected summary").input_value()
    assert text.startswith("## Overview")
    page.get_by_label("A corrected summary").fill("Too little.")
    page.get_by_role("button", name="Decide").click()
    page.get_by_role("alert").filter(has_text="has no section for").wait_for()
    assert page.get_by_label("A corrected summary").input_value() == "Too little."
    page.get_by_label("A corrected summary").fill(GOOD)
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("lea, with a correction").wait_for()
    (pair,) = console.workplace.results.pairs(where[3].rpartition("/")[2], 1)
    assert pair.verdict is not None
    assert pair.verdict.corrected == GOOD


def test_markup_of_models_and_people_is_shown_and_does_nothing(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    where = paths(console)
    page = sign_in("lea", "lead")
    page.goto(console.url + where[1])
    assert page.get_by_text("<script>document.title").is_visible()
    page.goto(console.url + where[4])
    assert page.get_by_text("<b>good</b>").first.is_visible()
    assert page.locator("main img, main script, main b").count() == 0


def test_of_two_leads_who_decide_the_second_is_asked_and_keeps_their_words(
    console: Console, sign_in: Callable[..., Any]
) -> None:
    where = paths(console)[4]
    first, second = sign_in("lea", "lead"), sign_in("leo", "lead")
    for page in (first, second):
        page.goto(console.url + where)
        page.get_by_role("radio", name="Equally good").check()
    first.get_by_role("button", name="Decide").click()
    first.wait_for_url("**/lead/sets/*#pairs")
    second.get_by_label("A corrected summary").fill(GOOD)
    second.get_by_role("button", name="Decide").click()
    second.get_by_role("alert").filter(has_text="decided meanwhile by lea").wait_for()
    assert second.get_by_label("A corrected summary").input_value() == GOOD
    second.get_by_role("button", name="Decide").click()
    second.wait_for_url("**/lead/sets/*#pairs")
    assert second.get_by_text("leo, with a correction").is_visible()
