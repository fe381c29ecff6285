import threading
import time

import pytest

from goldbrief.core.errors import DeadlineError, InvalidInputError, TransientError
from goldbrief.summarize.assignments import Assignment
from goldbrief.summarize.caching import CompletionCache
from goldbrief.summarize.models import ModelDirectory
from goldbrief.summarize.writing import SummaryWriter

from .long_articles import LONG, PARAGRAPHS, REVENUES, ReadingEngine, articles_of
from .samples import FakeRegistry, events, served_model, wait_for

ROOMY = {"strategy": "full", "article_tokens": 4000, "max_new_tokens": 200}
"""Trained on articles longer than the engine's window: what a model of 2,048 tokens meets."""


def writer(engine, cache=None, **prompt):
    registry = FakeRegistry()
    registry.model = served_model(**{**ROOMY, **prompt})
    return SummaryWriter(engine, ModelDirectory(registry), cache=cache)


def write(engine, article=LONG, timeout_s=60.0, **prompt):
    *_, answer = writer(engine, **prompt).write(Assignment(article, "briefs", ""), timeout_s)
    return answer


def test_an_article_that_the_engine_can_take_is_read_in_one_pass():
    engine = ReadingEngine(window=4096)
    answer = write(engine)
    assert (answer.strategy, answer.chunks, answer.calls) == ("full", 1, 1)
    assert articles_of(engine.prompts) == [LONG]


def test_an_article_longer_than_the_window_is_read_in_parts_to_its_end():
    engine = ReadingEngine()
    answer = write(engine)
    *parts, last = articles_of(engine.prompts)
    assert (answer.strategy, answer.chunks, answer.calls) == (
        "map_reduce",
        len(parts),
        len(parts) + 1,
    )
    assert answer.chunks > 1
    assert all(any(revenue in part for part in parts) for revenue in REVENUES)
    assert "\n\n".join(sorted(parts, key=LONG.index)) == LONG
    assert (answer.article_share, answer.model.prompt.strategy) == (1.0, "full")
    assert "A depot earned" in last
    assert answer.completion.prompt_tokens == sum(len(prompt) // 4 for prompt in engine.prompts)


def test_a_window_of_2048_tokens_takes_an_article_of_2500_words():
    article = "\n\n".join([LONG] * 3)
    assert len(article.split()) > 2500
    engine = ReadingEngine(window=2048)
    answer = write(engine, article, max_new_tokens=420)
    assert (answer.strategy, answer.article_share) == ("map_reduce", 1.0)
    assert all(len(prompt) // 4 + 420 <= 2048 for prompt in engine.prompts)
    parts = articles_of(engine.prompts)[: answer.chunks]
    assert sum(len(part.split()) for part in parts) == len(article.split())


def test_the_engines_tokenizer_decides_and_not_the_estimate():
    fits = write(ReadingEngine(window=4096), article_tokens=1400)
    assert fits.chunks == 1  # the estimate is above 1,400, and the engine counts fewer
    overflows = write(ReadingEngine(window=1024), article_tokens=100_000)
    assert overflows.chunks > 1  # the estimate was below


def test_without_a_tokenizer_the_estimate_decides():
    assert write(ReadingEngine(window=99_999, counts=False), article_tokens=500).chunks > 1


def test_summaries_that_do_not_fit_either_are_summarized_in_turn():
    engine = ReadingEngine(window=500)
    engine.verbose = True
    answer = write(engine, max_new_tokens=150)
    assert answer.calls > answer.chunks + 1
    assert answer.chunks >= 6


def test_parts_are_written_at_once_but_not_all_of_them():
    engine = ReadingEngine(window=500)
    answer = write(engine, max_new_tokens=150)
    assert answer.chunks > 4
    assert engine.most_at_once == 4


def test_a_part_that_is_denser_than_the_article_is_cut_again():
    class Dense(ReadingEngine):
        def stream(self, prompt, **options):
            if "Depot A" in prompt and "Depot D" in prompt:  # as if it were all figures
                raise InvalidInputError("The prompt is too long.", reason="CONTEXT_OVERFLOW")
            return super().stream(prompt, **options)

    engine = Dense()
    write(engine)
    assert all(any(revenue in part for part in articles_of(engine.prompts)) for revenue in REVENUES)


def test_what_a_part_invents_is_not_passed_on_and_the_whole_article_is_checked():
    engine = ReadingEngine()
    engine.invents = True
    answer = write(engine)
    assert "$77.7 billion" not in engine.prompts[-1]
    assert "Review the depots" not in engine.prompts[-1].split("<article>")[1]  # nor is advice
    assert [one.text for one in answer.figures if one.support == "unsupported"] == ["$77.7 billion"]


def test_an_article_is_refused_where_no_part_fits_beside_the_instructions():
    with pytest.raises(InvalidInputError) as caught:
        write(ReadingEngine(window=300))
    assert caught.value.reason == "ARTICLE_TOO_LONG"


def test_an_article_is_refused_where_summaries_do_not_become_shorter():
    class Repeating(ReadingEngine):
        def _summary(self, prompt):
            return super()._summary(prompt).replace("as they did", "again and " * 200)

    with pytest.raises(InvalidInputError) as caught:
        write(Repeating(window=500), max_new_tokens=150)
    assert caught.value.reason == "ARTICLE_TOO_LONG"


def test_only_the_last_text_is_streamed():
    *pieces, answer = writer(ReadingEngine()).write(Assignment(LONG, "briefs", ""), 60.0)
    assert "".join(piece or "" for piece in pieces) == answer.completion.text
    assert None in pieces  # so that whoever leaves is noticed


def test_leaving_stops_every_part():
    engine = ReadingEngine()
    engine.gate.clear()
    steps = writer(engine).write(Assignment(LONG, "briefs", ""), 60.0)
    threading.Thread(target=lambda: next(steps)).start()
    wait_for(lambda: engine.pieces > 5 and engine.at_once > 1)
    wait_for(lambda: not steps.gi_running)
    steps.close()
    wait_for(lambda: engine.at_once == 0)
    assert len(engine.prompts) < PARAGRAPHS


def test_the_deadline_is_that_of_all_parts_together():
    class Slow(ReadingEngine):
        def stream(self, prompt, *, timeout_s, **options):
            time.sleep(min(0.2, max(timeout_s, 0)))
            if timeout_s < 0.2:
                raise DeadlineError("too late")
            return super().stream(prompt, timeout_s=timeout_s, **options)

    with pytest.raises(DeadlineError):
        write(Slow(window=500), timeout_s=0.5, max_new_tokens=150)


def test_a_part_that_fails_fails_the_summary_and_stops_the_others():
    class Failing(ReadingEngine):
        def stream(self, prompt, **options):
            if "Depot d" in prompt:
                raise TransientError("gone", reason="ENGINE_UNREACHABLE")
            return super().stream(prompt, **options)

    engine = Failing()
    with pytest.raises(TransientError):
        write(engine)
    wait_for(lambda: engine.at_once == 0)


def test_parts_of_an_equal_request_are_kept():
    engine = ReadingEngine()
    writing = writer(engine, CompletionCache(1_000_000))
    for calls in (True, False):
        *_, answer = writing.write(Assignment(LONG, "briefs", ""), 60.0)
        assert bool(answer.calls) is calls
    assert len(engine.prompts) == answer.chunks + 1


def test_a_model_trained_on_selected_passages_gets_them_as_ever():
    engine = ReadingEngine()
    answer = write(engine, strategy="select", article_tokens=300)
    assert (answer.strategy, answer.chunks) == ("select", 1)
    assert answer.article_share < 1


def test_answers_tell_in_how_many_parts_an_article_was_read(make_gateway):
    gateway = make_gateway(ReadingEngine())
    gateway.registry.model = served_model(**ROOMY)
    answer = gateway.summarize(LONG)
    assert (answer.strategy, answer.truncated, answer.usage.calls) == (
        "map_reduce", False, answer.chunks + 1,
    )  # fmt: skip
    assert answer.chunks > 1
    body = gateway.post(LONG).json()
    assert (body["strategy"], body["chunks"]) == ("map_reduce", answer.chunks)
    name, last = events(gateway.post(LONG, stream=True))[-1]
    assert (name, last["final"]["chunks"]) == ("final", answer.chunks)
