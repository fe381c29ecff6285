"""How long the end of a synthesis takes, with backup requests and without.

python scripts/bench_backups.py [--ends 40]

The last 64 items of a run, when nothing else is left to do: a teacher writes and a judge grades
each, behind the endpoint that bench_fanout.py describes (64 slots, one call in a hundred hangs,
timeout 15 s). An end lasts until the last item is graded. Ends with and without take turns at
the same endpoints, of which several are asked at once, as they mostly wait.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.seams import Message
from goldbrief.platform.llm.backups import BackupPolicy
from goldbrief.platform.llm.chat import OpenAIChat
from goldbrief.platform.llm.endpoints import Endpoint, EndpointLimits
from goldbrief.testing.loaded_endpoint import MODEL, SLOTS
from goldbrief.testing.loaded_synthesis import ARTICLE, TIMEOUT_S, endpoint

_AT_ONCE = 4
_BEFORE = 5
"""Ends before those that count: their answers tell what is usual."""


@dataclass(frozen=True, slots=True)
class End:
    """What one end took."""

    seconds: float
    failed: int
    """Items that were given up, as too many calls failed."""
    asked_twice: int
    more_answers: int
    """Beyond those that were taken."""


class Roles:
    """Teacher and judge at one endpoint.

    Args:
        url: Of the endpoint, without /v1.
        backups: When a call is asked a second time; None is never.
    """

    def __init__(self, url: str, backups: BackupPolicy | None) -> None:
        self._url = url
        shared = Endpoint(EndpointLimits(in_flight=SLOTS))
        self._teacher, self._judge = (
            OpenAIChat(
                f"{url}/v1",
                MODEL,
                "none",
                read_timeout_s=TIMEOUT_S,
                endpoint=shared,
                backups=backups,
            )
            for _ in range(2)
        )

    def end(self) -> End:
        """Write and grade as many items as there are slots."""
        while self._stats()["in_flight"]:
            time.sleep(0.1)  # what was given up in the end before
        httpx.post(f"{self._url}/reset")
        began = time.monotonic()
        with ThreadPoolExecutor(SLOTS) as pool:
            taken = list(pool.map(self._item, range(SLOTS)))
        seconds, stats = time.monotonic() - began, self._stats()
        more = stats["fates"]["answer"] - sum(taken)
        return End(seconds, SLOTS - taken.count(2), stats["asked_twice"], more)

    def _item(self, n: int) -> int:
        """Returns the number of its answers: two, or fewer where a call failed in the end."""
        taken = 0
        with suppress(GoldbriefError):
            written = self._ask(self._teacher, f"Summarize: {ARTICLE.format(n=n)}")
            taken = 1
            self._ask(self._judge, f"You grade {n}: {written}")
            taken = 2
        return taken

    def _ask(self, chat: OpenAIChat, text: str) -> str:
        return chat.chat([Message("user", text)], max_tokens=1000).text

    def _stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = httpx.get(f"{self._url}/stats").json()
        return stats


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--ends", type=int, default=40, help="with, and as many without")
    options = parser.parse_args()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        lanes = list(pool.map(_lane, range(_AT_ONCE), [options.ends // _AT_ONCE] * _AT_ONCE))
    print(f"{time.strftime('%Y-%m-%d')}, {SLOTS} items an end, seconds\n")
    print("| | ends | median | mean | 9 of 10 in | longest | failed | asked twice | more answers |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, place in (("without", 0), ("with", 1)):
        print(_row(name, [pair[place] for lane in lanes for pair in lane]))
    return 0


def _row(name: str, ends: list[End]) -> str:
    took = sorted(end.seconds for end in ends)
    seconds = (
        statistics.median(took),
        statistics.mean(took),
        took[len(took) * 9 // 10 - 1],
        took[-1],
    )
    counts = [
        sum(getattr(end, field) for end in ends)
        for field in ("failed", "asked_twice", "more_answers")
    ]
    cells = [name, str(len(ends)), *(f"{one:.1f}" for one in seconds), *map(str, counts)]
    return f"| {' | '.join(cells)} |"


def _lane(place: int, ends: int) -> list[tuple[End, End]]:
    """Measure ends at one endpoint, without and with in turn."""
    with tempfile.TemporaryDirectory() as folder, endpoint(Path(folder)) as (url, _):
        without, with_backups = Roles(url, None), Roles(url, BackupPolicy())
        for _ in range(_BEFORE + place):  # another number a lane, for other draws of its endpoint
            with_backups.end()
        return [(without.end(), with_backups.end()) for _ in range(ends)]


if __name__ == "__main__":
    sys.exit(main())
