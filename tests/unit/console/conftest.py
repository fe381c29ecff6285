"""A console over real review RPCs, and browsers that are signed in to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from goldbrief.console.app import create_app
from goldbrief.console.config import ConsoleSettings
from goldbrief.sdk import Client
from goldbrief.testing.reviewing import ReviewWorkplace

ARTICLE = "Aldermoor closed 2025 with revenue of $3.18 billion.\n\nCosts fell by 4% to $12 million."
EVIL = (
    "## Overview\n\nRevenue <script>alert('x')</script> rose. "
    "Costs <img src=x onerror=alert(1)> fell."
)
GOOD = (
    "## Overview\n\nRevenue came to $3.18 billion.\n\n## Action Items\n\n- Check the costs of 2026."
)


class Browser:
    """One person's browser."""

    def __init__(self, client: TestClient) -> None:
        self.http = client

    def get(self, path: str) -> str:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get(path))
        assert found is not None
        return found[1]

    def post(self, path: str, page: str = "/review", **fields: object) -> object:
        data = {"csrf": self.csrf(page), **{k.replace("__", "."): v for k, v in fields.items()}}
        return self.http.post(path, data=data, follow_redirects=False)


class Console:
    """The console and everything behind it."""

    def __init__(self, folder: Path, address: str, workplace: ReviewWorkplace) -> None:
        self.workplace = workplace
        self.client = Client(address)
        self.app = create_app(self.client, ConsoleSettings(secret="s" * 32))

    def stranger(self) -> Browser:
        return Browser(TestClient(self.app, base_url="http://127.0.0.1"))

    def browser(self, name: str, role: str = "reviewer") -> Browser:
        _, token = self.workplace.accounts.create(name, role)
        browser = self.stranger()
        answer = browser.http.post("/sign-in", data={"token": token}, follow_redirects=False)
        assert answer.status_code == 303
        return browser

    def shared(self, *names: str) -> str:
        for name in names:
            if name not in {one.name for one in self.workplace.accounts.all()}:
                self.workplace.accounts.create(name, "reviewer")
        made = self.workplace.sets.create("r1", "eval-1", "First")
        self.workplace.sets.assign(made.row.id, 0, names, len(names), 0)
        return made.row.id

    def first_of(self, name: str) -> str:
        return self.workplace.desk.sheets(name)[0].assignment.id


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    articles = {f"Article {n}": f"{ARTICLE}\n\nIt is number {n}." for n in (1, 2, 3)}
    workplace = ReviewWorkplace(tmp_path, articles, {"base": [EVIL] * 3, "tuned": [GOOD] * 3})
    with workplace.serving() as address:
        yield Console(tmp_path, address, workplace)
