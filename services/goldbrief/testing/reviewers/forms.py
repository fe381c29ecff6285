"""The console over plain HTTP: the same pages and forms, as a browser without scripts has them."""

from __future__ import annotations

import random
from typing import Any

import httpx
from lxml import html

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.testing.reviewers.opinions import correct, opine

_SIDES = ("left", "right")


class FormPages:
    """See ConsolePages.

    Args:
        link: Signs in.
        http: Reaches the console; None makes one.
    """

    def __init__(self, link: str, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(trust_env=False, timeout=60)
        self._base = link.partition("/sign-in")[0]
        self._send(self._open(link.removeprefix(self._base)), "token")

    def invite(self, name: str, role: str) -> str:
        """See ConsolePages."""
        page = self._open("/lead/people")
        page = self._send(page, "hours", name=name, role=role, simulated="yes")
        return str(page.get_element_by_id("link").text_content())

    def make_set(self, title: str, systems: str = "") -> str:
        """See ConsolePages."""
        page = self._open("/lead")
        newest = page.xpath("//select[@name='evaluation']/option/@value")[0]
        page = self._send(page, "evaluation", evaluation=newest, title=title, systems=systems)
        return str(page.base_url.rpartition("/")[2])

    def assign(self, set_id: str, names: list[str]) -> None:
        """See ConsolePages."""
        page = self._open(f"/lead/sets/{set_id}")
        self._send(page, "raters", reviewer=names, raters=str(len(names)))

    def rate_all(self, chance: random.Random) -> int:
        """See ConsolePages."""
        begin = self._open("/review").xpath("//a[@class='button']/@href")[-1]  # of the newest set
        page, count = self._open(begin), 0
        while page.xpath("//form[@id='rating']"):
            page = self._rate(page, chance)
            count += 1
        return count

    def correct(self, set_id: str, number: int) -> None:
        """See ConsolePages."""
        page = self._open(f"/lead/sets/{set_id}/pairs/{number}")
        first = page.xpath("//input[@name='preference']/@value")[0]
        self._send(page, "corrected", preference=first, corrected=correct(_article(page)))

    def read(self, path: str) -> str:
        """See ConsolePages."""
        return str(self._open(path).get_element_by_id("main").text_content())

    def download(self, path: str) -> str:
        """See ConsolePages."""
        return self._http.get(self._base + path).raise_for_status().text

    def close(self) -> None:
        """See ConsolePages."""
        self._http.close()

    def _open(self, path: str) -> Any:
        return _page(self._http.get(self._base + path))

    def _send(self, page: Any, field: str, **values: str | list[str]) -> Any:
        """Send the form that has a field, as it stands but for these values."""
        (form,) = page.xpath(f"//form[.//*[@name='{field}']]")
        fields: dict[str, str | list[str]] = {**dict(form.form_values()), **values}
        where = form.get("action") or page.base_url.removeprefix(self._base)
        return _page(self._http.post(self._base + where, data=fields, follow_redirects=True))

    def _rate(self, page: Any, chance: random.Random) -> Any:
        left, right = (
            "\n".join(_texts(page, f"//fieldset[@data-side='{side}']//label")) for side in _SIDES
        )
        opinion = opine(_article(page), left, right, chance)
        values: dict[str, str | list[str]] = {
            f"{side}.{name}": str(score)
            for side in _SIDES
            for name, score in getattr(opinion, side).items()
        }
        if opinion.worse:
            sentences = page.xpath(f"//input[@name='{opinion.worse}.wrong']/@value")
            values[f"{opinion.worse}.wrong"] = sentences[-1:]
        return self._send(
            page, "comment", **values, preference=opinion.preference, comment=opinion.comment,
            action="SUBMIT",
        )  # fmt: skip


def _page(answer: httpx.Response) -> Any:
    page = html.fromstring(answer.text, base_url=str(answer.url))
    problems = [text for text in _texts(page, "//*[@role='alert']") if text]
    if answer.is_error or problems:
        raise FailedPreconditionError(
            f"{answer.url} answered {answer.status_code}: {'; '.join(problems)}."
        )
    return page


def _texts(page: Any, where: str) -> list[str]:
    return [one.text_content().strip() for one in page.xpath(where)]


def _article(page: Any) -> str:
    return "\n".join(_texts(page, "//div[@aria-label='Text of the article']/p"))
