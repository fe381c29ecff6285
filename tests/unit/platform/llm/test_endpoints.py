"""Calls to one endpoint: within its limits, and sparing it when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from goldbrief.core.errors import (
    InvalidInputError,
    ResourceExhaustedError,
    RestingError,
    TransientError,
)
from goldbrief.platform.llm.endpoints import Endpoint, EndpointLimits


class Meter:
    """Counts what goes on at once."""

    def __init__(self) -> None:
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def work(self, seconds: float = 0.1) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(seconds)
        with self._lock:
            self._now -= 1


def call(endpoint: Endpoint, do: Callable[[], None], longest_wait_s: float = 10) -> None:
    with endpoint.turn(longest_wait_s):
        do()


def fail() -> None:
    raise TransientError("no answer")


def let_fail(endpoint: Endpoint, times: int) -> None:
    for _ in range(times):
        with pytest.raises(TransientError):
            call(endpoint, fail)


def at_once(endpoint: Endpoint, calls: int) -> int:
    meter = Meter()
    with ThreadPoolExecutor(calls) as pool:
        list(pool.map(lambda _: call(endpoint, meter.work), range(calls)))
    return meter.most


@pytest.mark.parametrize(("share", "most"), [(1.0, 6), (0.5, 3), (0.01, 1)])
def test_no_more_calls_at_once_than_this_process_s_share_of_the_limit(
    share: float, most: int
) -> None:
    endpoint = Endpoint(EndpointLimits(in_flight=6))
    endpoint.grant(share)
    assert at_once(endpoint, 12) == most


def test_without_a_share_a_call_waits_for_one() -> None:
    endpoint = Endpoint()
    endpoint.grant(0.0)
    with pytest.raises(ResourceExhaustedError, match="took all turns"):
        call(endpoint, lambda: None, longest_wait_s=0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(call, endpoint, lambda: None)
        endpoint.grant(0.1)
        waiting.result(timeout=5)


def test_a_larger_share_is_used_at_once_by_calls_that_wait() -> None:
    endpoint = Endpoint(EndpointLimits(in_flight=4))
    endpoint.grant(0.25)
    release, started = threading.Event(), threading.Barrier(5)

    def hold() -> None:
        started.wait(timeout=5)
        release.wait(timeout=5)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(call, endpoint, hold)
        endpoint.grant(1.0)
        started.wait(timeout=5)  # breaks unless all four are in flight
        release.set()


@pytest.mark.parametrize(("limit", "demand"), [(64, 5), (2, 2)])
def test_demand_is_what_was_wanted_at_once_since_last_asked(limit: int, demand: int) -> None:
    endpoint = Endpoint(EndpointLimits(in_flight=limit))
    at_once(endpoint, 5)
    assert endpoint.demand() == demand
    assert endpoint.demand() == 0


def test_calls_keep_the_pace() -> None:
    endpoint = Endpoint(EndpointLimits(requests_per_minute=60 * 50))
    began = time.monotonic()
    for _ in range(6):
        call(endpoint, lambda: None)
    assert time.monotonic() - began >= 5 / 50


def test_who_gets_no_turn_in_time_is_told_what_to_allow() -> None:
    endpoint = Endpoint(EndpointLimits(requests_per_minute=1))
    call(endpoint, lambda: None)
    with pytest.raises(ResourceExhaustedError) as caught:
        call(endpoint, lambda: None, longest_wait_s=0.01)
    assert caught.value.reason == "LLM_NO_TURN"
    assert "in a minute" in caught.value.remedy


def test_after_failures_in_a_row_one_call_probes_and_the_others_wait_for_it() -> None:
    endpoint = Endpoint(EndpointLimits(failures=3, first_rest_s=0.05))
    let_fail(endpoint, 3)
    assert at_once(endpoint, 8) > 1  # the probe succeeded, and let the rest in
    let_fail(endpoint, 3)
    meter = Meter()

    def probe() -> None:
        meter.work(0.1)
        fail()

    with ThreadPoolExecutor(4) as pool:
        outcomes = [pool.submit(call, endpoint, probe, 0.12) for _ in range(4)]
    errors = [outcome.exception() for outcome in outcomes]
    assert meter.most == 1
    assert [type(error) for error in errors].count(RestingError) == 3


def test_a_rest_says_why_and_for_how_long_and_doubles() -> None:
    endpoint = Endpoint(EndpointLimits(failures=2, first_rest_s=0.05, longest_rest_s=60))
    let_fail(endpoint, 2)
    rests = []
    for _ in range(2):
        with pytest.raises(RestingError) as caught:
            call(endpoint, lambda: None, longest_wait_s=0)
        rests.append(endpoint._rests_until - time.monotonic())
        time.sleep(max(0.0, rests[-1]))
        let_fail(endpoint, 1)
    assert caught.value.reason == "LLM_RESTING"
    assert "no answer" in caught.value.message
    assert caught.value.retry_after_s is not None
    assert rests[1] > rests[0]


def test_a_rest_lasts_as_long_as_the_server_asks() -> None:
    endpoint = Endpoint(EndpointLimits(failures=1, first_rest_s=0.01))
    with pytest.raises(ResourceExhaustedError), endpoint.turn(1):
        raise ResourceExhaustedError("slow down", retry_after_s=30)
    with pytest.raises(RestingError) as caught:
        call(endpoint, lambda: None, longest_wait_s=0)
    assert caught.value.retry_after_s == pytest.approx(30, abs=2)


def test_an_answer_that_refuses_is_no_failure_of_the_endpoint() -> None:
    endpoint = Endpoint(EndpointLimits(failures=1))
    for _ in range(3):
        with pytest.raises(InvalidInputError), endpoint.turn(0):
            raise InvalidInputError("too long")


def test_retries_are_a_share_of_the_calls() -> None:
    endpoint = Endpoint()
    allowed = [endpoint.may_retry() for _ in range(30)].count(True)
    assert allowed == 10
    for _ in range(10):
        call(endpoint, lambda: None)
    assert [endpoint.may_retry() for _ in range(5)].count(True) == 2
