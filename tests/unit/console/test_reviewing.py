"""Reviewers' pages: blind, inert, and usable without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from goldbrief.core.review_criteria import CRITERIA
from goldbrief.evaluation.reviews.rating import Rating

from .conftest import Console


def whole(value: int = 4) -> dict[str, Any]:
    return {f"{side}__{name}": value for side in ("left", "right") for name in CRITERIA}


def document(value: int = 4, **fields: Any) -> dict[str, Any]:
    side = {"scores": dict.fromkeys(CRITERIA, value), "wrong": []}
    return {"left": side, "right": side, "preference": "left", "comment": "", **fields}


def test_a_pair_is_shown_without_a_word_about_systems(console: Console) -> None:
    console.shared("ann", "ben")
    page = console.browser("ann").get(f"/review/{console.first_of('ann')}")
    assert "Aldermoor closed 2025" in page
    assert "Revenue came to $3.18 billion." in page
    assert "tuned" not in page
    assert ">base" not in page


def test_markup_of_models_is_text(console: Console) -> None:
    console.shared("ann", "ben")
    page = console.browser("ann").get(f"/review/{console.first_of('ann')}")
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "<img" not in page


def test_a_pair_is_rated_without_scripts(console: Console) -> None:
    console.shared("ann", "ben")
    browser, number = console.browser("ann"), console.first_of("ann")
    fields = {**whole(), "preference": "right", "comment": "B has a <b>figure</b>"}
    answer: Any = browser.post(
        f"/review/{number}", version=0, action="SUBMIT", left__wrong=["0", "1"], **fields
    )
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/review/")
    assert number not in answer.headers["location"]
    sheet = console.workplace.desk.sheet(number, "ann")
    assert sheet.assignment.state == "SUBMITTED"
    assert sheet.rating.left.wrong == (0, 1)
    assert sheet.rating.right.scores["coherence"] == 4
    assert "1 of 3 done" in browser.get("/review")


def test_what_is_missing_is_named_and_nothing_is_lost(console: Console) -> None:
    console.shared("ann", "ben")
    browser, number = console.browser("ann"), console.first_of("ann")
    answer: Any = browser.post(
        f"/review/{number}", version=0, action="SUBMIT", comment="my words", left__coherence=5
    )
    assert answer.status_code == 400
    assert "coherence of the right summary" in answer.text
    assert "my words" in answer.text


def test_a_form_from_an_older_page_is_told_and_keeps_its_words(console: Console) -> None:
    console.shared("ann", "ben")
    browser, number = console.browser("ann"), console.first_of("ann")
    console.workplace.desk.save(number, "ann", 0, Rating(comment="from the other tab"))
    answer: Any = browser.post(
        f"/review/{number}",
        version=0,
        action="SUBMIT",
        preference="left",
        comment="mine",
        **whole(),
    )
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert "mine" in answer.text
    assert 'name="version" value="1"' in answer.text
    assert console.workplace.desk.sheet(number, "ann").rating.comment == "from the other tab"


def test_drafts_are_saved_by_the_script(console: Console) -> None:
    console.shared("ann", "ben")
    browser, number = console.browser("ann"), console.first_of("ann")
    headers = {"X-CSRF-Token": browser.csrf("/review")}
    save = f"/review/{number}/save.json"

    def send(**fields: Any) -> Any:
        return browser.http.post(save, json=fields, headers=headers)

    half = {"left": {"scores": {"coherence": 3, "conciseness": 0}, "wrong": [1]}, "comment": "so"}
    assert send(version=0, action="DRAFT", rating=half, seconds=2).json() == {
        "version": 1, "state": "OPEN",
    }  # fmt: skip
    conflict = send(version=0, action="DRAFT", rating=document(), seconds=1)
    assert (conflict.status_code, conflict.json()["version"]) == (409, 1)
    assert browser.http.get(f"/review/{number}/version.json").json() == {"version": 1}
    done = send(version=1, action="SUBMIT", rating=document(), seconds=1).json()
    assert done["state"] == "SUBMITTED"
    assert done["next"].startswith("/review/")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"rating": 3}, {"rating": {"left": 1}},
        {"version": "x", "rating": {}, "action": "DRAFT"},
        {"version": 0, "action": "ERASE", "rating": {}},
        {"version": 0, "action": "DRAFT", "rating": {"left": {"scores": {"coherence": 9}}}},
        {"version": 0, "action": "DRAFT", "rating": {"left": {"scores": {"beauty": 3}}}},
        {"version": 0, "action": "DRAFT", "rating": {"left": {"wrong": [99]}}},
        {"version": 0, "action": "DRAFT", "rating": {"comment": "x" * 10_001}},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(console: Console, body: dict[str, Any]) -> None:
    console.shared("ann", "ben")
    browser, number = console.browser("ann"), console.first_of("ann")
    headers = {"X-CSRF-Token": browser.csrf("/review")}
    answer = browser.http.post(f"/review/{number}/save.json", json=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert console.workplace.desk.sheet(number, "ann").assignment.version == 0


def test_a_pair_put_off_comes_last_and_the_end_leads_back(console: Console) -> None:
    console.shared("ann", "ben")
    browser = console.browser("ann")
    first = console.first_of("ann")
    answer: Any = browser.post(f"/review/{first}", version=0, action="SKIP")
    visited = [first]
    while answer.headers["location"] != "/review":
        number = answer.headers["location"].rpartition("/")[2]
        visited.append(number)
        version = console.workplace.desk.sheet(number, "ann").assignment.version
        answer = browser.post(
            f"/review/{number}", version=version, action="SUBMIT", preference="tie", **whole()
        )
    assert len(visited) == 4
    assert visited[-1] == first
    assert "3 of 3 done" in browser.get("/review")


def test_nobody_opens_another_ones_pair(console: Console) -> None:
    console.shared("ann", "ben")
    assert console.browser("ben").http.get(f"/review/{console.first_of('ann')}").status_code == 404


def test_a_long_article_stays_a_page(console: Console) -> None:
    article = console.workplace.articles[0]
    long = "\n\n".join(["Revenue rose by 5% to $12 million in the year. " * 10] * 500)
    key = f"articles/{article.sha256}.json"
    console.workplace.store.delete(key)
    console.workplace.store.put(
        key, article.model_copy(update={"text": long}).model_dump_json().encode()
    )
    console.shared("ann", "ben")
    sheet = next(
        sheet for sheet in console.workplace.desk.sheets("ann")
        if sheet.pair.article_sha256 == article.sha256
    )  # fmt: skip
    page = console.browser("ann").get(f"/review/{sheet.assignment.id}")
    assert page.count("<p>Revenue rose") == 500
