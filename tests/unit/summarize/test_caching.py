"""Equal requests are paid for once: kept texts, and one writer for all who ask at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from goldbrief.core.errors import TransientError
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.writing import SummaryWriter

from .samples import (
    ARTICLE,
    FORMLESS,
    RIGHT,
    SUMMARY,
    FakeEngine,
    served_model,
    wait_for,
)


@pytest.fixture
def make_writer(engine, registry):
    def make(max_bytes=1_000_000):
        # a directory that asks the registry each time, so that versions change at once
        directory = ModelDirectory(registry)
        directory.find = lambda name: registry(name).version
        return SummaryWriter(engine, directory, cache=CompletionCache(max_bytes))

    return make


@pytest.fixture
def writer(make_writer):
    return make_writer()


def write(writer, article=ARTICLE, persona="", **options):
    *steps, answer = writer.write(Assignment(article, "briefs", persona, **options), 60.0)
    return "".join(step or "" for step in steps), answer


def test_an_equal_request_gets_the_kept_text_with_the_same_checks(writer, engine):
    _, first = write(writer)
    streamed, second = write(writer)
    assert (len(engine.calls), streamed) == (1, SUMMARY)
    assert (first.cached, first.calls, second.cached, second.calls) == (False, 1, True, 0)
    assert second.figures == first.figures
    assert second.completion.prompt_tokens == first.completion.prompt_tokens
    assert second.completion.latency_s == 0


def test_what_normalising_makes_equal_is_equal_and_keeps_its_own_places(writer, engine):
    _, first = write(writer)
    _, second = write(writer, "\n\n" + ARTICLE.replace("\n", "\r\n"))
    assert len(engine.calls) == 1
    moved = {
        b.article_spans[0][0] - a.article_spans[0][0]
        for a, b in zip(first.figures, second.figures, strict=True)
        if a.article_spans
    }
    assert moved == {2, 4}  # the second paragraph has lost two characters more


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        ({"max_new_tokens": 100}, {}),
        ({"article_tokens": 60}, {}),
        ({"wrap": "chatml"}, {}),
        ({}, {"version": "3", "served_name": "briefs--3"}),
        ({}, {"base_model": "acme/tiny@other"}),
    ],
)
def test_whatever_determines_the_text_is_part_of_the_key(writer, engine, registry, prompt, fields):
    write(writer)
    registry.model = replace(served_model(**prompt), **fields)
    _, answer = write(writer)
    assert (len(engine.calls), answer.cached) == (2, False)


def test_another_persona_and_another_article_are_written(writer, engine):
    write(writer)
    assert not write(writer, persona="CEO")[1].cached
    assert not write(writer, ARTICLE + " Sales fell.")[1].cached
    assert len(engine.calls) == 3


def test_who_asks_for_a_fresh_text_gets_one_and_leaves_it_to_the_others(writer, engine):
    write(writer)
    engine.text = SUMMARY.replace("fuel", "energy")
    assert write(writer, fresh=True)[1].completion.text == engine.text
    _, kept = write(writer)
    assert (kept.cached, kept.completion.text) == (True, engine.text)


def test_a_second_text_is_sampled_and_never_kept(writer, engine):
    engine.text, engine.again = FORMLESS, RIGHT
    assert write(writer)[1].completion.text == RIGHT
    _, answer = write(writer)
    assert (answer.cached, answer.calls) == (True, 1)
    assert [temperature > 0 for *_, temperature in engine.calls] == [False, True, True]


def test_a_text_that_was_not_finished_is_not_kept(writer, engine):
    engine.error = TransientError("gone")
    with pytest.raises(TransientError):
        write(writer)
    engine.error = None
    assert not write(writer)[1].cached


def test_equal_requests_at_a_time_are_written_once(writer, engine):
    engine.go.clear()
    with ThreadPoolExecutor(5) as threads:
        answers = [threads.submit(write, writer) for _ in range(5)]
        wait_for(lambda: engine.calls)
        engine.go.set()
        answers = [answer.result(20)[1] for answer in answers]
    assert len(engine.calls) == 1
    assert sorted(answer.cached for answer in answers) == [False, True, True, True, True]
    assert {answer.completion.text for answer in answers} == {SUMMARY}


def test_when_the_one_who_writes_leaves_or_fails_the_next_one_writes(writer, engine):
    for end in ("leaves", "fails"):
        engine.calls.clear()
        engine.go.clear()
        leader = writer.write(Assignment(f"{ARTICLE} {end}", "briefs", ""), 60.0)
        engine.go.set()
        next(leader)
        engine.go.clear()
        with ThreadPoolExecutor(1) as threads:
            follower = threads.submit(write, writer, f"{ARTICLE} {end}")
            assert len(engine.calls) == 1
            if end == "leaves":
                leader.close()
                engine.go.set()
            else:
                with pytest.raises(RuntimeError):
                    leader.throw(RuntimeError("gone"))
                engine.go.set()
            _, answer = follower.result(20)
        assert (answer.cached, answer.completion.text, len(engine.calls)) == (False, SUMMARY, 2)


def test_who_waits_for_another_can_leave(writer, engine):
    leader = writer.write(Assignment(ARTICLE, "briefs", ""), 60.0)
    next(leader)
    follower = writer.write(Assignment(ARTICLE, "briefs", ""), 60.0)
    assert next(follower) is None
    follower.close()
    assert list(leader)[-1].completion.text == SUMMARY


def test_memory_is_bounded_and_what_was_asked_for_longest_ago_leaves(make_writer, engine):
    two = 2 * (len(SUMMARY.encode()) + 500)
    writer = make_writer(two)
    for article in ("first", "second"):
        write(writer, f"{ARTICLE} {article}")
    assert write(writer, f"{ARTICLE} first")[1].cached
    write(writer, f"{ARTICLE} third")  # the second leaves: the first was asked for after it
    assert write(writer, f"{ARTICLE} first")[1].cached
    assert not write(writer, f"{ARTICLE} second")[1].cached


def test_many_threads_keep_the_books_right():
    cache = CompletionCache(20_000)
    engine = FakeEngine("word " * 50)
    threads_before = threading.active_count()

    def ask(number):
        key = str(number % 60)
        return list(cache.stream(key, lambda: engine.stream("p", adapter=None, max_tokens=9)))[-1]

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda n: ask(n).text, range(600)))) == 1
    kept = cache._kept.values()
    assert cache._bytes == sum(500 + len(one.text.encode()) for one in kept) <= 20_000
    assert cache._under_way == {}
    assert threading.active_count() < threads_before + 50  # of 600 asks


def test_both_interfaces_tell_that_a_text_was_kept(make_gateway):
    gateway = make_gateway(FakeEngine(), "annotate", CompletionCache(100_000))
    assert not gateway.summarize().usage.cached
    assert gateway.summarize().usage.cached
    assert gateway.post().json()["usage"]["cached"]
    assert not gateway.post(fresh=True).json()["usage"]["cached"]
