"""A real Chromium on a real console; what a page complains of fails its test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goldbrief.console.config import ConsoleSettings
from goldbrief.console.server import make_server
from goldbrief.sdk import Client
from goldbrief.testing.live import LiveWorkplace
from goldbrief.testing.reviewing import ReviewWorkplace

ARTICLE = (
    "Aldermoor Water Technologies closed 2025 with revenue of $3.18 billion, 8% more than a year"
    " before.\n\nAdjusted operating income rose 13% to $452 million.\n\nThe pumps segment suffered"
    " from a shortage of radio chips in spring; since autumn they can be had again."
)
EVIL = (
    "## Overview\n\nRevenue rose <script>document.title = 'broken'; alert(1)</script> by 9%. "
    "<img src=x onerror=\"document.title='broken'\"> Costs fell.\n\n## Key Takeaways\n\n"
    "- Income rose to $542 million.\n- Pumps did well."
)
GOOD = (
    "## Overview\n\nAldermoor closed 2025 with record revenue of $3.18 billion. It grew by 8%.\n\n"
    "## Key Takeaways\n\n- Adjusted operating income rose 13% to $452 million.\n- Radio chips can"
    " be had again.\n\n## Action Items for the CFO\n\n- Review the budget of the pumps segment."
)
_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


class Console:
    """A running console and everything behind it."""

    def __init__(self, url: str, workplace: ReviewWorkplace, live: LiveWorkplace) -> None:
        self.url = url
        self.workplace = workplace
        self.live = live

    def link(self, name: str, role: str = "reviewer") -> str:
        _, token = self.workplace.accounts.create(name, role)
        return f"{self.url}/sign-in?token={token}"

    def share(self, *names: str) -> str:
        for name in names:
            self.workplace.accounts.create(name, "reviewer")
        made = self.workplace.sets.create("r1", "eval-1", "Spring round")
        self.workplace.sets.assign(made.row.id, 0, names, len(names), 0)
        return made.row.id

    def first(self, name: str) -> str:
        return self.workplace.desk.sheets(name)[0].assignment.id


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium by Playwright; skips, loudly, where either is missing."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed: run scripts/install_browser.sh")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright: make setup")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    articles = {f"Article {n}": f"{ARTICLE}\n\nIt is number {n}." for n in (1, 2, 3)}
    workplace = ReviewWorkplace(tmp_path, articles, {"base": [EVIL] * 3, "tuned": [GOOD] * 3})
    live = LiveWorkplace(tmp_path, workplace.database, None, text_days=30)
    with workplace.serving(live.service()) as address, Client(address) as client:
        settings = ConsoleSettings(secret="s" * 32, http_port=0)
        server = make_server("127.0.0.1", settings, client)
        server.start()
        yield Console(server.url, workplace, live)
        server.stop()


@pytest.fixture
def sign_in(chromium: Any, console: Console) -> Iterator[Callable[..., Any]]:
    """Open a browser of its own for somebody; at the end no page may have complained."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_for(name: str, role: str = "reviewer", **options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        context.add_init_script(_VIOLATIONS)
        page = context.new_page()
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        page.goto(console.link(name, role))
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield open_for
    for context in contexts:
        for page in context.pages:
            if options_allow_scripts(page):
                complaints += page.evaluate("window.violations")
                assert page.title() != "broken"
        context.close()
    assert complaints == []


def options_allow_scripts(page: Any) -> bool:
    """Whether the page's browser runs scripts."""
    try:
        return bool(page.evaluate("window.violations !== undefined"))
    except Exception:  # noqa: BLE001 - a browser without scripts evaluates nothing
        return False
