"""Who may see and do what, and what a page never does."""

from __future__ import annotations

import json
import time

import pytest

from goldbrief.console.limits import RateLimit
from goldbrief.console.sessions import Session, Sessions
from goldbrief.core.errors import ResourceExhaustedError

from .conftest import Console


def test_every_answer_forbids_what_comes_from_elsewhere(console: Console) -> None:
    stranger = console.stranger()
    for path in ("/sign-in", "/static/review.js", "/no/such/page", "/health"):
        headers = stranger.http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert stranger.http.get("/sign-in").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/review", "/lead", "/operator/runs", "/review/x"])
def test_nobody_gets_in_without_a_link(console: Console, path: str) -> None:
    answer = console.stranger().http.get(path, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


def test_a_script_without_a_session_is_told_and_not_redirected(console: Console) -> None:
    answer = console.stranger().http.post("/review/x/save.json", json={})
    assert answer.status_code == 401
    assert "kept" in answer.json()["message"]


def test_looking_at_a_link_does_not_use_it_and_the_button_signs_in(console: Console) -> None:
    _, token = console.workplace.accounts.create("ann", "reviewer")
    stranger = console.stranger()
    assert token in stranger.get(f"/sign-in?token={token}")
    assert "goldbrief_session" not in stranger.http.cookies
    answer = stranger.http.post("/sign-in", data={"token": token}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert token not in cookie
    assert "Your reviews" in stranger.get("/review")


def test_a_wrong_token_is_refused_and_guessing_is_slowed_down(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = console.app.state.desk.sign_ins
    monkeypatch.setattr(limit, "_clock", lambda: 0.0)  # however slow this machine is
    stranger = console.stranger()
    statuses = {
        stranger.http.post("/sign-in", data={"token": f"guess {n}"}).status_code for n in range(32)
    }
    assert statuses == {403, 429}


def test_a_whole_office_behind_one_address_signs_in_at_once(console: Console) -> None:
    for n in range(40):
        console.browser(f"reviewer {n}").get("/review")


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_sign_in_leads_to_no_other_site(console: Console, place: str) -> None:
    _, token = console.workplace.accounts.create("ann", "reviewer")
    answer = console.stranger().http.post(
        "/sign-in", params={"next": place}, data={"token": token}, follow_redirects=False
    )
    assert answer.headers["location"] == "/"


def test_roles_include_those_before_them_and_no_more(console: Console) -> None:
    reviewer, lead = console.browser("ann"), console.browser("lea", "lead")
    assert reviewer.http.get("/lead").status_code == 403
    assert reviewer.http.get("/operator/runs").status_code == 403
    assert lead.http.get("/operator/runs").status_code == 403
    assert "/lead" not in reviewer.get("/review")
    assert "People" in lead.get("/lead/people")


def test_a_request_that_another_site_forged_is_refused(console: Console) -> None:
    lead = console.browser("lea", "lead")
    fields = {"name": "eve", "role": "lead"}
    assert lead.http.post("/lead/people", data=fields).status_code == 403
    csrf = lead.csrf("/lead/people")
    other = console.browser("leo", "lead").csrf("/lead/people")
    assert lead.http.post("/lead/people", data={**fields, "csrf": other}).status_code == 403
    for strange in ({"csrf": 5}, {"csrf": [5]}, {"csrf": None}, [csrf]):
        assert lead.http.post("/lead/people", json=strange).status_code in (400, 403)
    crossing = {"Sec-Fetch-Site": "cross-site"}
    answer = lead.http.post("/lead/people", data={**fields, "csrf": csrf}, headers=crossing)
    assert answer.status_code == 403
    assert "eve" not in {account.name for account in console.workplace.accounts.all()}


def test_a_lead_cannot_make_or_take_over_an_operator(console: Console) -> None:
    console.workplace.accounts.create("olga", "operator")
    lead = console.browser("lea", "lead")
    for fields in ({"name": "eve", "role": "operator"}, {"name": "olga", "role": "reviewer"}):
        assert lead.post("/lead/people", "/lead/people", **fields).status_code == 403  # type: ignore[attr-defined]
    assert lead.post("/lead/people/revoke", "/lead/people", name="olga").status_code == 403  # type: ignore[attr-defined]


def test_a_void_link_ends_the_session(console: Console) -> None:
    browser = console.browser("ann")
    browser.get("/review")
    console.workplace.accounts.revoke("ann")
    console.app.state.desk.accounts.forget()
    answer = browser.http.get("/review", follow_redirects=False)
    assert answer.status_code == 303


def test_a_new_link_ends_the_sessions_of_the_old_one(console: Console) -> None:
    old = console.browser("ann")
    console.browser("ann")
    console.app.state.desk.accounts.forget()
    assert old.http.get("/review", follow_redirects=False).status_code == 303


def test_a_session_that_was_changed_or_is_over_is_none() -> None:
    sessions = Sessions("k" * 32)
    session = Session("ann", "t", time.time() + 60, "n")
    sealed = sessions.sealed(session)
    assert sessions.opened(sealed) == session
    assert Sessions("x" * 32).opened(sealed) is None
    for forged in ("", ".", "x.y", sealed[1:], sealed[:-1], sealed.replace(".", "..")):
        assert sessions.opened(forged) is None
    assert sessions.opened(sessions.sealed(Session("ann", "t", time.time() - 1, "n"))) is None


def test_a_limit_fills_up_again_with_time() -> None:
    now = [0.0]
    limit = RateLimit(most=2, per_minute=60, clock=lambda: now[0])
    limit.take("ann")
    limit.take("ann")
    with pytest.raises(ResourceExhaustedError) as caught:
        limit.take("ann")
    assert caught.value.retry_after_s == pytest.approx(1.0)
    limit.take("ben")
    now[0] = 1.0
    limit.take("ann")


def test_a_body_that_is_too_large_is_refused(console: Console) -> None:
    answer = console.browser("ann").http.post("/review/x/save.json", content=b"x" * 3_000_000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""}, {"name": 5}, {"name": None}, {"name": [5]}, {"hours": "soon"},
        {"hours": [str(2**31)]}, {"hours": ["-1"]}, {"name": ["\ud800"]},
    ],
    ids=repr,
)  # fmt: skip
def test_a_body_that_no_form_sends_is_refused(console: Console, fields: dict[str, object]) -> None:
    lead = console.browser("lea", "lead")
    headers = {"X-CSRF-Token": lead.csrf("/lead/people"), "Content-Type": "application/json"}
    answer = lead.http.post("/lead/people", content=json.dumps(fields), headers=headers)
    assert answer.status_code == 400


def test_a_pair_whose_number_is_beyond_all_is_refused(console: Console) -> None:
    lead = console.browser("lea", "lead")
    assert lead.http.get(f"/lead/sets/x/pairs/{2**31}").status_code == 400
