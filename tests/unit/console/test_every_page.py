"""Who may open which page, for every page that there is."""

from __future__ import annotations

import re
import time

import pytest

from goldbrief.console.sessions import COOKIE, Session
from goldbrief.testing.fuzzing.routes import Door
from goldbrief.testing.fuzzing.websites import CONSOLE

from .conftest import Browser, Console

OPEN = ("/health", "/sign-in", "/static/")
CLOSED = [door for door in CONSOLE if not door.path.startswith(OPEN)]
OF_REVIEWERS = ("/review", "/sign-out")
"""What everybody may who is signed in; so is `/`."""


def ask(browser: Browser, door: Door, **headers: str) -> int:
    path = re.sub(r"{\w+(:int)?}", "1", door.path)
    return browser.http.request(
        door.method, path, headers=headers, follow_redirects=False
    ).status_code


def csrf_of(console: Console, browser: Browser) -> str:
    session = console.app.state.desk.sessions.opened(browser.http.cookies[COOKIE].strip('"'))
    return str(console.app.state.desk.sessions.csrf_token(session))


def test_nobody_opens_a_page_without_a_session_that_counts(console: Console) -> None:
    assert len(CLOSED) > 25
    sessions = console.app.state.desk.sessions
    over = sessions.sealed(Session("ann", "t", time.time() - 1, "n"))
    unknown = sessions.sealed(Session("nobody", "t", time.time() + 60, "n"))
    for door in CLOSED:
        turned_away = (303, 401) if door.method == "GET" else (401,)
        for sealed in ("", "x.y", over, unknown):
            stranger = console.stranger()
            assert ask(stranger, door, cookie=f"{COOKIE}={sealed}") in turned_away, door


@pytest.mark.parametrize("role", ["reviewer", "lead"])
def test_a_role_opens_no_page_of_a_higher_one(console: Console, role: str) -> None:
    browser = console.browser("ann", role)
    token = csrf_of(console, browser)
    allowed = OF_REVIEWERS if role == "reviewer" else (*OF_REVIEWERS, "/lead")
    for door in CLOSED:
        is_allowed = door.path == "/" or door.path.startswith(allowed)
        if not is_allowed:
            assert ask(browser, door, **{"x-csrf-token": token}) == 403, door


def test_nothing_is_changed_by_a_form_that_is_not_of_the_session(console: Console) -> None:
    browser = console.browser("olga", "operator")
    for door in CLOSED:
        if door.method == "POST":
            assert ask(browser, door) == 403, door
