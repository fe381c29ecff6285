"""Processes divide a limit by what each has to do, and never exceed it together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from goldbrief.platform.ledger import Database
from goldbrief.platform.ledger.shares import Share
from goldbrief.testing.ledgers import make_ledger


class Process:
    """Wants so many turns, and notes its share."""

    def __init__(self, database: Database, demand: int, beat_s: float = 60) -> None:
        self.wanted = demand
        self.share = 0.0
        self.in_use = 0.0
        self.keeper = Share(database, "an endpoint", self, beat_s)

    def demand(self) -> int:
        return self.wanted

    def held(self) -> float:
        return self.in_use

    def grant(self, share: float) -> None:
        self.share = share

    def beat(self) -> float:
        self.keeper.beat()
        return self.share


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return make_ledger(tmp_path).database


def test_a_process_alone_has_the_whole_at_once(database: Database) -> None:
    assert Process(database, 0).beat() == 1


def test_shares_follow_demand(database: Database) -> None:
    busy, idle = Process(database, 30), Process(database, 0)
    for process in (busy, idle, busy):
        process.beat()
    assert (busy.share, idle.share) == (1, 0)
    idle.wanted = 10
    for process in (idle, busy, idle, busy):
        process.beat()
    assert (busy.share, idle.share) == (0.75, 0.25)


def test_a_share_grows_only_when_the_others_have_had_time_to_see_it(database: Database) -> None:
    first, newcomer = Process(database, 8), Process(database, 8)
    assert first.beat() == 1
    assert newcomer.beat() == 0
    assert first.beat() == 0.5
    assert newcomer.beat() == 0.5


def test_what_others_began_while_they_had_more_counts_until_it_ends(database: Database) -> None:
    first, newcomer = Process(database, 8), Process(database, 8)
    first.beat()
    newcomer.beat()
    first.in_use = 0.75
    assert first.beat() == 0.5
    assert newcomer.beat() == 0.25
    first.in_use = 0.5
    assert first.beat() == 0.5
    assert newcomer.beat() == 0.5


def test_the_share_of_a_process_that_leaves_goes_to_the_others(database: Database) -> None:
    first, second = Process(database, 8), Process(database, 8)
    for process in (first, second, first):
        process.beat()
    second.keeper.leave()
    assert first.beat() == 1


def test_the_share_of_a_process_that_falls_silent_goes_to_the_others(database: Database) -> None:
    silent, first = Process(database, 8, beat_s=0.01), Process(database, 8)
    silent.beat()
    assert first.beat() == 0
    _until(lambda: first.beat() == 1)


def test_a_kept_share_is_left_when_the_process_ends(database: Database) -> None:
    other, kept = Process(database, 8), Process(database, 8)
    stop = threading.Event()
    thread = threading.Thread(target=kept.keeper.keep, args=(stop,))
    thread.start()
    _until(lambda: kept.share == 1)
    assert other.beat() == 0
    stop.set()
    thread.join()
    assert other.beat() == 1


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
