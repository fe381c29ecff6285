"""Plays three simulated reviewers through the real pages of a console, to a calibrated judge.

    goldbrief up &                      # prints the console's link
    python scripts/demo_review.py --link LINK [--screenshots docs/images] [--out demo-review]

Everything happens in a real Chromium (scripts/install_browser.sh): an operator invites three
reviewers, named and marked as simulated everywhere, makes a review set of the newest evaluation
and assigns it; each reviewer rates every pair; the ratings are exported for `goldbrief judge
calibrate`. The reviewers do not read: they look up the figures of a summary in its article, which
is enough to play the loop, and no more than that.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

REVIEWERS = ("Simulated Ann", "Simulated Ben", "Simulated Cem")
_SECTIONS = ("overview", "takeaways", "action")
_FIGURE = re.compile(r"\d[\d.,]*\d|\d")


def main() -> int:
    """Play the whole; returns the exit code."""
    options = _options()
    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no chromium here: run scripts/install_browser.sh.", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        lead = _open(browser, options.link)
        base = options.link.partition("/sign-in")[0]
        links = {name: _invite(lead, base, name) for name in REVIEWERS}
        lead.goto(f"{base}/lead")
        lead.get_by_label("Title").fill("Demonstration with simulated reviewers")
        lead.get_by_role("button", name="Make it").click()
        where = lead.url
        for name in REVIEWERS:
            lead.get_by_label(f"{name} (simulated)").check()
        lead.get_by_label("Reviewers a pair").fill(str(len(REVIEWERS)))
        lead.get_by_role("button", name="Assign").click()
        for name, link in links.items():
            page = _open(browser, link)
            print(f"{name} rated {_rate_all(page, random.Random(name), options)} pairs")
            page.context.close()
        lead.goto(where)
        _shoot(lead, options, "lead")
        for form in ("csv", "preferences"):
            with lead.expect_download() as download:
                lead.locator(f"a[href$='/export/{form}']").click()
            saved = options.out / download.value.suggested_filename
            download.value.save_as(saved)
            print(f"saved {saved}")
        browser.close()
    ratings = options.out / "ratings.csv"
    set_id = where.rpartition("/")[2]
    print(f"now: goldbrief reviews export {set_id} {ratings} --form calibration --simulated")
    print(f"     goldbrief judge calibrate --ratings {ratings}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--link", required=True, help="what `goldbrief up` printed")
    parser.add_argument("--out", type=Path, default=Path("demo-review"), help="folder for exports")
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of the pages")
    return parser.parse_args()


def _open(browser: Browser, link: str) -> Page:
    page = browser.new_context(viewport={"width": 1360, "height": 850}).new_page()
    page.goto(link)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    return page


def _invite(lead: Page, base: str, name: str) -> str:
    lead.goto(f"{base}/lead/people")
    lead.get_by_label("Name").fill(name)
    lead.get_by_label("simulated: a program").check()
    lead.get_by_role("button", name="Make the link").click()
    return str(lead.locator("#link").text_content())


def _rate_all(page: Page, chance: random.Random, options: argparse.Namespace) -> int:
    """Rate pair after pair, until the page leads back to the list; returns how many."""
    page.get_by_role("link", name=re.compile("Begin|Go on")).last.click()  # of the newest set
    count = 0
    while "/review/" in page.url:
        here = page.url
        _rate(page, chance)
        if count == 0:
            _shoot(page, options, "review")
            page.set_viewport_size({"width": 360, "height": 740})
            _shoot(page, options, "review-phone")
            page.set_viewport_size({"width": 1360, "height": 850})
        page.get_by_role("button", name="Submit").click()
        page.wait_for_function("url => location.href !== url", arg=here)
        count += 1
    return count


def _rate(page: Page, chance: random.Random) -> None:
    article = page.locator(".article .text").inner_text()
    scores = {}
    for side in ("left", "right"):
        summary = page.locator(f"fieldset.summary[data-side={side}]").inner_text()
        scores[side] = _score(article, summary)
        for slider in page.locator(f"input[type=range][data-side={side}]").all():
            noisy = scores[side] + chance.choice((-1, 0, 0, 0, 1))
            slider.press(str(min(5, max(1, noisy))))
    better = "left" if scores["left"] > scores["right"] else "right"
    if scores["left"] < scores["right"]:
        page.locator("fieldset.summary[data-side=left] input").last.press("Space")
    value = "tie" if scores["left"] == scores["right"] else better
    page.locator(f"input[name=preference][value={value}]").check()
    page.get_by_label("Comment").fill("Simulated: figures looked up, nothing read.")


def _score(article: str, summary: str) -> int:
    """From 1 to 5: two points for figures that the article has, two for the usual sections."""
    figures = _FIGURE.findall(summary)
    found = sum(figure in article for figure in figures) / len(figures) if figures else 0.0
    sections = sum(name in summary.lower() for name in _SECTIONS) / len(_SECTIONS)
    return 1 + round(2 * found + 2 * sections)


def _shoot(page: Page, options: argparse.Namespace, name: str) -> None:
    """Take a picture, once, where one is asked for."""
    if options.screenshots is None or (options.screenshots / f"{name}.png").exists():
        return
    options.screenshots.mkdir(parents=True, exist_ok=True)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.screenshot(path=options.screenshots / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
