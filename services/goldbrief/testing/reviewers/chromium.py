"""The console in a real Chromium."""

from __future__ import annotations

import importlib.util
import random
import re
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from goldbrief.testing.reviewers.opinions import correct, opine

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

_DESKTOP: ViewportSize = {"width": 1360, "height": 850}
_PHONE: ViewportSize = {"width": 360, "height": 740}


def without_chromium() -> str:
    """Why no Chromium can be used here; empty when one can."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed (make setup)"
    if shutil.which("chromium") is None:
        return "chromium is not installed (scripts/install_browser.sh)"
    return ""


class ChromiumPages:
    """See ConsolePages.

    Args:
        link: Signs in.
        pictures: Folder that gets a picture of each kind of page that has none in it; None takes
            none.
    """

    def __init__(self, link: str, pictures: Path | None = None) -> None:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everywhere

        self._base = link.partition("/sign-in")[0]
        self._pictures = pictures
        self._stack = ExitStack()
        playwright = self._stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        self._stack.callback(browser.close)
        self._page = browser.new_page(viewport=_DESKTOP)
        self._page.goto(link)
        self._page.get_by_role("main").get_by_role("button", name="Sign in").click()
        self._page.wait_for_url(lambda url: "sign-in" not in url)

    def invite(self, name: str, role: str) -> str:
        """See ConsolePages."""
        page = self._open("/lead/people")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Role").select_option(role)
        page.get_by_label("simulated: a program").check()
        page.get_by_role("button", name="Make the link").click()
        self._shoot("people")
        return str(page.locator("#link").text_content())

    def make_set(self, title: str, systems: str = "") -> str:
        """See ConsolePages."""
        page = self._open("/lead")
        page.get_by_label("Title").fill(title)
        page.get_by_label("Systems, with commas").fill(systems)
        page.get_by_role("button", name="Make it").click()
        page.wait_for_url("**/lead/sets/*")
        return page.url.rpartition("/")[2]

    def assign(self, set_id: str, names: list[str]) -> None:
        """See ConsolePages."""
        page = self._open(f"/lead/sets/{set_id}")
        for name in names:
            page.get_by_label(f"{name} (simulated)").check()
        page.get_by_label("Reviewers a pair").fill(str(len(names)))
        page.get_by_role("button", name="Assign").click()
        page.get_by_text("0 of").first.wait_for()

    def rate_all(self, chance: random.Random) -> int:
        """See ConsolePages."""
        page = self._open("/review")
        self._shoot("queue")
        page.get_by_role("link", name=re.compile("Begin|Go on")).last.click()  # of the newest set
        count = 0
        while "/review/" in page.url:
            here = page.url
            _rate(page, chance)
            if count == 0:
                self._shoot("review")
                page.set_viewport_size(_PHONE)
                self._shoot("review-phone")
                page.set_viewport_size(_DESKTOP)
            page.get_by_role("button", name="Submit").click()
            page.wait_for_function("url => location.href !== url", arg=here)
            count += 1
        return count

    def correct(self, set_id: str, number: int) -> None:
        """See ConsolePages."""
        page = self._open(f"/lead/sets/{set_id}/pairs/{number}")
        page.get_by_text("Article", exact=True).click()
        article = "\n".join(page.locator(".article .text p").all_inner_texts())
        page.get_by_role("radio", name="Summary 1").check()
        page.get_by_label("A corrected summary").fill(correct(article))
        self._shoot("decide")
        page.get_by_role("button", name="Decide").click()
        page.wait_for_url(f"**/lead/sets/{set_id}#pairs")

    def read(self, path: str) -> str:
        """See ConsolePages."""
        page = self._open(path)
        self._shoot("lead" if "/lead/sets/" in path else path.strip("/").replace("/", "-"))
        return page.get_by_role("main").inner_text()

    def download(self, path: str) -> str:
        """See ConsolePages."""
        self._open(path.rpartition("/export/")[0])
        with self._page.expect_download() as download:
            self._page.locator(f"a[href='{path}']").click()
        return Path(download.value.path()).read_text(encoding="utf-8")

    def close(self) -> None:
        """See ConsolePages."""
        self._stack.close()

    def _open(self, path: str) -> Page:
        self._page.goto(self._base + path)
        return self._page

    def _shoot(self, name: str) -> None:
        if self._pictures is None or (self._pictures / f"{name}.png").exists():
            return
        self._pictures.mkdir(parents=True, exist_ok=True)
        self._page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        self._page.screenshot(path=self._pictures / f"{name}.png")


def _rate(page: Page, chance: random.Random) -> None:
    article = page.locator(".article .text").inner_text()
    sides = {
        side: page.locator(f"fieldset.summary[data-side={side}]") for side in ("left", "right")
    }
    left, right = (one.inner_text() for one in sides.values())
    opinion = opine(article, left, right, chance)
    for side in sides:
        for name, score in getattr(opinion, side).items():
            page.locator(f"[id='{side}.{name}']").press(str(score))
    if opinion.worse:
        sides[opinion.worse].locator("input").last.press("Space")
    page.locator(f"input[name=preference][value={opinion.preference}]").check()
    page.get_by_label("Comment").fill(opinion.comment)
