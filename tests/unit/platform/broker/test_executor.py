"""Messages are taken in only when a thread is free for them."""

from __future__ import annotations

import threading
import time

from goldbrief.platform.broker.executor import BoundedExecutor


def test_who_hands_over_waits_while_all_threads_are_busy() -> None:
    executor, release, done = BoundedExecutor(2), threading.Event(), []

    def work(argument: str) -> None:
        release.wait(timeout=5)
        done.append(argument)

    for argument in ("1", "2"):
        assert executor.hand_over(work, argument)
    waiting = threading.Thread(target=executor.hand_over, args=(work, "3"))
    waiting.start()
    waiting.join(timeout=0.2)
    assert waiting.is_alive()
    release.set()
    waiting.join(timeout=5)
    executor.close()
    assert sorted(done) == ["1", "2", "3"]


def test_a_failure_takes_no_thread_away() -> None:
    executor, done = BoundedExecutor(1), []

    def work(argument: str) -> None:
        if argument == "bad":
            raise ValueError(argument)
        done.append(argument)

    for argument in ("bad", "good"):
        assert executor.hand_over(work, argument)
    executor.close()
    assert done == ["good"]


def test_closing_waits_for_what_runs_and_takes_in_nothing_more() -> None:
    executor, began, done = BoundedExecutor(1), threading.Event(), []

    def work(argument: str) -> None:
        began.set()
        time.sleep(0.2)
        done.append(argument)

    assert executor.hand_over(work, "1")
    began.wait(timeout=5)
    outcome = []
    waiting = threading.Thread(target=lambda: outcome.append(executor.hand_over(work, "2")))
    waiting.start()
    executor.close()
    waiting.join(timeout=5)
    assert (done, outcome) == (["1"], [False])
