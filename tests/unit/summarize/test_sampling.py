"""Answers that are drawn to be judged: no request waits for it, or fails by it."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY

from goldbrief.core.errors import ResourceExhaustedError, TransientError
from goldbrief.summarize.admission import Admission
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.gateway import Gateway
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.sampling import Sampler, live_answer
from goldbrief.summarize.writing import SummaryWriter

from .samples import ARTICLE, SUMMARY, FakeEngine, FakeRegistry, wait_for


@dataclass
class Judging:
    """Stands for what judges; it takes its time until `go` is set."""

    samples: list = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def __call__(self, sample):
        self.go.wait(30)
        self.samples.append(sample)
        if self.error is not None:
            raise self.error


@pytest.fixture
def judging():
    return Judging()


@pytest.fixture
def start(judging):
    """Makes a gateway that draws, and the thread that has what was drawn judged."""
    stop, threads = threading.Event(), []

    def make(share=1.0, cache=None):
        sampler = Sampler(share, judging)
        threads.append(threading.Thread(target=sampler.run, args=(stop,)))
        threads[-1].start()
        writer = SummaryWriter(FakeEngine(), ModelDirectory(FakeRegistry()), "annotate", cache)
        return Gateway(writer, Admission(concurrency=1, waiting=1), sampler)

    yield make
    stop.set()
    judging.go.set()
    for thread in threads:
        thread.join()


def ask(gateway, policy=None):
    return asyncio.run(gateway.answer(Assignment(ARTICLE, "briefs", "CFO", policy), 30))


def counted(outcome):
    return REGISTRY.get_sample_value("goldbrief_summary_samples_total", {"outcome": outcome}) or 0


def test_an_answer_that_is_drawn_is_judged_as_it_was_given(start, judging):
    judging.go.set()
    answer = ask(start())
    wait_for(lambda: judging.samples)
    (sample,) = judging.samples
    message = live_answer(sample.answer, sample.article_text)
    assert (message.article_text, message.summary) == (ARTICLE, SUMMARY)
    assert (message.model, message.version, message.persona) == ("briefs", "2", "CFO")
    assert message.request_id == answer.request_id


def test_requests_go_on_while_the_judge_hangs_and_what_is_too_much_is_dropped(start, judging):
    gateway, before = start(), {name: counted(name) for name in ("taken", "dropped")}
    for _ in range(30):
        ask(gateway)
    taken, dropped = (counted(name) - before[name] for name in ("taken", "dropped"))
    assert taken + dropped == 30
    assert 10 <= dropped <= 14  # 16 wait, and one or none is with the judge
    judging.go.set()
    wait_for(lambda: len(judging.samples) == taken)


@pytest.mark.parametrize(
    "error", [TransientError("It is away."), ResourceExhaustedError("It is full."), ValueError()]
)
def test_a_judge_that_fails_loses_that_sample_alone(start, judging, error):
    judging.error, before = error, counted("lost")
    judging.go.set()
    gateway = start()
    for _ in range(2):
        ask(gateway)
    wait_for(lambda: counted("lost") == before + 2)


def test_the_log_says_why_and_quotes_nothing(start, judging, caplog):
    judging.error = TransientError("It refused: 'Revenue rose'", reason="JUDGE_AWAY")
    judging.go.set()
    answer = ask(start())
    wait_for(lambda: "JUDGE_AWAY" in caplog.text)
    assert answer.request_id in caplog.text
    assert "Revenue" not in caplog.text


def test_a_budget_that_is_spent_is_no_failure(start, judging):
    judging.error, before = (
        ResourceExhaustedError("It is spent.", reason="LIVE_BUDGET_SPENT"),
        counted("over_budget"),
    )
    judging.go.set()
    ask(start())
    wait_for(lambda: counted("over_budget") == before + 1)


def test_what_is_not_new_or_not_shown_is_not_drawn(start, judging):
    judging.go.set()
    gateway = start(cache=CompletionCache(1_000_000))
    first = ask(gateway)
    assert (ask(gateway)).cached
    assert (ask(gateway, "withhold")).withheld
    wait_for(lambda: judging.samples)
    assert [sample.answer.request_id for sample in judging.samples] == [first.request_id]


def test_a_share_of_answers_is_drawn(start, judging):
    judging.go.set()
    gateway, before = start(share=0.5), counted("taken")
    for _ in range(60):
        ask(gateway)
    assert 10 < counted("taken") - before < 50
