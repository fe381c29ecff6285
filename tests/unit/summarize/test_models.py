"""Which version answers a request: by the registry's word, and by the canary's share."""

from dataclasses import replace

import pytest

from goldbrief.core.errors import NotFoundError, TransientError
from goldbrief.summarize.models import ModelDirectory, Served

from .samples import served_model

CANARY = replace(served_model(), version="3", served_name="briefs--3", canary_id="prom-1")
SERVED = replace(served_model(), canary_id="prom-1")


def test_a_canary_has_the_share_that_it_was_given_and_keeps_its_requests():
    served = Served(SERVED, CANARY, 10)
    first = [served.of(f"request {number}").version for number in range(2000)]
    assert 0.08 < first.count("3") / 2000 < 0.12
    assert [served.of(f"request {number}").version for number in range(2000)] == first
    assert {served.of("x").version for served in (Served(SERVED), Served(SERVED, CANARY, 0))} == {
        "2"
    }


def test_the_next_canary_gets_other_requests():
    other = Served(replace(SERVED, canary_id="prom-2"), replace(CANARY, canary_id="prom-2"), 50)
    served = Served(SERVED, CANARY, 50)
    requests = [f"request {number}" for number in range(200)]
    assert [served.of(r).version for r in requests] != [other.of(r).version for r in requests]


def test_a_promotion_shows_at_once_and_a_registry_that_is_away_stops_nobody(monkeypatch):
    answers = [Served(SERVED), TransientError("away"), Served(CANARY)]
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def resolve(name):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    directory = ModelDirectory(resolve)
    found = []
    for _ in range(3):
        now[0] += 1.0
        found.append(directory.find("briefs").version)
        found.append(directory.find("briefs").version)  # it is fresh
    assert found == ["2", "2", "2", "2", "3", "3"]


@pytest.mark.parametrize("error", [TransientError("away"), NotFoundError("none")])
def test_an_error_before_the_first_answer_is_told(error):
    def resolve(name):
        raise error

    with pytest.raises(type(error)):
        ModelDirectory(resolve).find("briefs")
