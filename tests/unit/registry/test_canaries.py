"""A canary is rolled back for what it does, and not for noise."""

import math
import random
from functools import reduce
from operator import add

import pytest

from goldbrief.registry.canaries import (
    FIRST_LOOK,
    Outcomes,
    Tolerance,
    look_at,
    look_sizes,
    share_difference_low,
)
from goldbrief.registry.canary_watch import CanaryWatch
from goldbrief.registry.tables import Canary
from goldbrief.testing.ledgers import make_ledger

STRICT = Tolerance(errors=0.0, unsupported=0.0, slower=1.0)


def answered(count, seconds=1.0, spread=1.1, unsupported=0, errors=0):
    """`count` requests, of which some failed; half of the answers took longer than the others."""
    logs = [math.log(seconds * spread ** (1 if i % 2 else -1)) for i in range(count - errors)]
    return Outcomes(count, errors, unsupported, sum(logs), sum(log * log for log in logs))


def drawn(rng, errors=0.1, unsupported=0.3, seconds=1.0):
    if rng.random() < errors:
        return Outcomes(1, 1)
    log = rng.gauss(math.log(seconds), 0.5)
    return Outcomes(1, 0, rng.random() < unsupported, log, log * log)


def course(rng, tolerance, requests=200, **canary):
    """How a canary with a tenth of the traffic ends."""
    tried, served, looks = Outcomes(), Outcomes(), 0
    while True:
        tried += drawn(rng, **canary)
        served = reduce(add, (drawn(rng) for _ in range(9)), served)
        verdict = look_at(tried, served, requests, looks, tolerance)
        looks = verdict.looks
        if verdict.action != "wait":
            return verdict.action, tried.requests


def test_a_canary_is_looked_at_seldom_and_at_its_end():
    assert look_sizes(200) == [25, 50, 100, 200]
    assert look_sizes(FIRST_LOOK) == [FIRST_LOOK]
    assert look_sizes(60) == [25, 50, 60]
    assert look_at(answered(24, errors=24), answered(200), 200, 0, Tolerance()).action == "wait"
    between = look_at(answered(49, errors=24), answered(200), 200, 1, Tolerance())
    assert (between.action, between.looks) == ("wait", 1)


@pytest.mark.parametrize(
    ("canary", "told"),
    [
        (answered(25, errors=6), "6 of 25 fail, of the served version's 0 of 225"),
        (answered(25, unsupported=15), "15 of 25 have a figure that the article does not support"),
        (answered(25, seconds=2.0), "2.0 times as long as the served version"),
    ],
)
def test_what_is_plainly_worse_is_rolled_back_at_the_first_look(canary, told):
    verdict = look_at(canary, answered(225), 200, 0, Tolerance())
    assert verdict.action == "roll back"
    assert told in verdict.reason


@pytest.mark.parametrize(
    "canary",
    [
        answered(25, errors=1),
        answered(25, unsupported=2),
        answered(25, seconds=1.15),
        answered(25, seconds=1.5, spread=6.0),
    ],
)
def test_what_few_requests_do_not_show_is_waited_for(canary):
    verdict = look_at(canary, answered(225, spread=2.0), 200, 0, Tolerance())
    assert (verdict.action, verdict.looks) == ("wait", 1)


def test_a_canary_that_held_out_is_promoted():
    verdict = look_at(answered(200), answered(1800), 200, 3, Tolerance())
    assert verdict.action == "promote"


def test_equal_requests_all_in_the_canary_do_not_hide_that_they_fail():
    assert look_at(answered(25, errors=25), Outcomes(), 200, 0, Tolerance()).action == "roll back"


def test_noise_rolls_back_no_more_than_one_equal_canary_in_twenty():
    """At no tolerance at all, which is the worst case, over 400 drawn canaries."""
    rng = random.Random(7)
    ends = [course(rng, STRICT)[0] for _ in range(400)]
    rolled_back = ends.count("roll back")
    assert rolled_back <= 0.05 * 400
    assert ends.count("promote") == 400 - rolled_back


@pytest.mark.parametrize("worse", [{"errors": 0.5}, {"unsupported": 0.8}, {"seconds": 2.0}])
def test_a_bad_canary_hardly_ever_gets_through(worse):
    rng = random.Random(11)
    ends = [course(rng, Tolerance(), **worse) for _ in range(100)]
    assert sum(action == "promote" for action, _ in ends) <= 1
    assert sorted(requests for _, requests in ends)[50] <= 100


def test_the_interval_is_newcombes():
    """Of 56/70 and 48/80, his own example: 0.0428 is printed there (table II, method 11)."""
    low = share_difference_low(56, 70, 48, 80, 1.959964)
    assert low == pytest.approx(0.0428, abs=5e-5)


@pytest.fixture
def watch(tmp_path):
    database = make_ledger(tmp_path).database
    with database.transaction() as session:
        session.add(
            Canary(id="p-1", model="briefs", version=2, percent=10, requests=50, looks=0,
                   state="RUNNING", reason="", started_at=0.0)
        )  # fmt: skip
    return CanaryWatch(database, Tolerance())


def test_gateways_tell_all_that_they_counted_so_that_nothing_counts_twice(watch):
    watch.count("p-1", "one", [(1, answered(9)), (2, answered(1))])
    for _ in range(2):  # the second time, since the answer was lost
        watch.count("p-1", "one", [(1, answered(20)), (2, answered(2, errors=1))])
    watch.count("p-1", "other", [(2, answered(5))])
    found = watch.compare("p-1")
    assert (found.tried.requests, found.tried.errors) == (7, 1)
    assert found.served.requests == 20
    assert watch.compare("p-2") is None
    watch.count("p-2", "one", [(2, answered(5))])  # of a canary that nobody knows


def test_a_look_is_remembered(watch):
    watch.count("p-1", "one", [(1, answered(200)), (2, answered(30))])
    assert watch.look(watch.compare("p-1").canary).looks == 1
    assert watch.compare("p-1").canary.looks == 1
