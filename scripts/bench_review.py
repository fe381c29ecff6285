"""Time the console under fifty reviewers at once, on loopback.

python scripts/bench_review.py     prints a Markdown table for docs/benchmarks/.
Each reviewer opens pairs, lets eight drafts of each be saved, and submits it, without a pause: some
hundred times faster than a person. Console and reviews have a process of their own, on SQLite; the
clients have another. Asks also for what may never happen: a draft that is lost.
"""

from __future__ import annotations

import multiprocessing
import re
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from goldbrief.console.config import ConsoleSettings
from goldbrief.console.server import make_server
from goldbrief.core.review_criteria import CRITERIA
from goldbrief.sdk import Client
from goldbrief.testing.reviewing import ReviewWorkplace

REVIEWERS, PAIRS, DRAFTS = 50, 6, 8
_ARTICLE = "Revenue of the segment rose by 5% to $12 million in the year. " * 10
_SUMMARY = "## Overview\n\nRevenue rose 5%.\n\n## Key Takeaways\n\n- It came to $12 million.\n" * 3


class Reviewers:
    """Fifty of them, and how long each of their requests took.

    Args:
        url: Of the console.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.refused = 0

    def work(self, token: str) -> None:
        """Rate everything that one reviewer has."""
        with httpx.Client(base_url=self._url, trust_env=False, timeout=60) as browser:
            browser.post("/sign-in", data={"token": token})
            page = browser.get("/review").text
            csrf = _found(r'name="csrf" value="(\w+)"', page)
            for number in re.findall(r'<li><a href="/review/(\w+)"', page):
                self._rate(browser, number, {"X-CSRF-Token": csrf})

    def _rate(self, browser: httpx.Client, number: str, headers: dict[str, str]) -> None:
        self._timed("open a pair", browser, "GET", f"/review/{number}")
        side = {"scores": dict.fromkeys(CRITERIA, 4), "wrong": [1]}
        for version in range(DRAFTS + 1):
            body = {
                "version": version, "action": "SUBMIT" if version == DRAFTS else "DRAFT",
                "rating": {
                    "left": side, "right": side, "preference": "tie", "comment": "x" * version,
                },
            }  # fmt: skip
            name = "submit" if version == DRAFTS else "save a draft"
            path = f"/review/{number}/save.json"
            self._timed(name, browser, "POST", path, json=body, headers=headers)

    def _timed(
        self, name: str, browser: httpx.Client, method: str, path: str, **options: object
    ) -> None:
        while True:
            began = time.perf_counter()
            answer = browser.request(method, path, **options)  # type: ignore[arg-type]
            took = time.perf_counter() - began
            if answer.status_code != 429:
                break
            with self._lock:
                self.refused += 1
            time.sleep(float(answer.headers["Retry-After"]))
        answer.raise_for_status()
        with self._lock:
            self.seconds[name].append(took)


def main() -> None:
    """Let fifty reviewers work at once and print the table."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    server.start()
    url, tokens = ours.recv()
    reviewers = Reviewers(url)
    threads = [threading.Thread(target=reviewers.work, args=(token,)) for token in tokens]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    ours.send("count")
    submitted, changes = ours.recv()
    server.join()
    count = sum(map(len, reviewers.seconds.values()))
    print(f"{REVIEWERS} reviewers, {PAIRS} pairs each: {count} requests in {took:.1f} s.\n")
    print("| request | number | median, ms | 95th percentile, ms |")
    print("|---|---|---|---|")
    for name, seconds in reviewers.seconds.items():
        middle, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
        print(f"| {name} | {len(seconds)} | {1e3 * middle:.0f} | {1e3 * p95:.0f} |")
    print(f"\nRefused by the rate limit, and sent again: {reviewers.refused}.")
    print(f"Submitted: {submitted} of {REVIEWERS * PAIRS}. Changes kept: {changes} of "
          f"{REVIEWERS * PAIRS * (DRAFTS + 1)}.")  # fmt: skip


def _serve(pipe: Connection) -> None:
    from sqlalchemy import func, select  # noqa: PLC0415 - this process alone has the tables

    from goldbrief.evaluation.reviews.tables import (  # noqa: PLC0415
        ReviewAssignment,
        ReviewChange,
    )

    with tempfile.TemporaryDirectory() as folder:
        articles = {f"Article {n}": f"{_ARTICLE} Number {n}." for n in range(PAIRS)}
        texts = {"base": [f"{_SUMMARY} b"] * PAIRS, "tuned": [f"{_SUMMARY} t"] * PAIRS}
        workplace = ReviewWorkplace(Path(folder), articles, texts)
        names = [f"Simulated {n}" for n in range(REVIEWERS)]
        tokens = [workplace.accounts.create(name, "reviewer", True)[1] for name in names]
        made = workplace.sets.create("r", "eval-1")
        workplace.sets.assign(made.row.id, 0, names, REVIEWERS, 0)
        with workplace.serving() as address, Client(address) as client:
            settings = ConsoleSettings(secret="s" * 32, http_port=0)
            console = make_server("127.0.0.1", settings, client)
            console.start()
            pipe.send((console.url, tokens))
            pipe.recv()
            with workplace.database.transaction() as session:
                done = select(func.count()).where(ReviewAssignment.state == "SUBMITTED")
                submitted = session.scalar(done)
                pipe.send((submitted, session.scalar(select(func.count(ReviewChange.version)))))
            console.stop()


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"{pattern} is not in the page")
    return found[1]


if __name__ == "__main__":
    main()
