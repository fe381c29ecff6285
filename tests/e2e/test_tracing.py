"""One run is one trace: from the command through RPCs, work and model calls to the training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goldbrief import Client
from goldbrief.testing.collector import Collector, ReceivedSpan
from goldbrief.testing.fake_openai import FakeOpenAI
from goldbrief.testing.laptop import Laptop, fill_with_examples, last_event, make_laptop
from goldbrief.testing.loaded_endpoint import GRADES

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.timeout(600)]

ARTICLES = 10
_WORDS_OF_A_QUOTE = 6


@dataclass(frozen=True)
class Traced:
    """A run that has ended, and what the collector got of it."""

    laptop: Laptop
    run_id: str
    collector: Collector
    log: list[dict[str, Any]]

    @property
    def trace_id(self) -> str:
        """As docs/monitoring.md tells to find it."""
        return hashlib.sha256(self.run_id.encode()).hexdigest()[:32]

    def path_of(self, name: str) -> list[str]:
        """Names of the spans from the first of the run's trace to one of a name."""
        by_id = {span.span_id: span for span in self.collector.spans}
        span: ReceivedSpan | None = next(
            one for one in self.collector.named(name) if one.trace_id == self.trace_id
        )
        names: list[str] = []
        while span is not None:
            names.insert(0, span.name)
            span = by_id[span.parent_id] if span.parent_id else None
        return names


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Iterator[Traced]:
    laptop = make_laptop(tmp_path_factory.mktemp("traced"))
    fill_with_examples(laptop, examples, ARTICLES)
    recipe = laptop.folder / "recipe.yaml"
    # the judge below grades summaries, and knows nothing else
    plain = recipe.read_text().replace(
        "evaluation: {", "evaluation: {answer_metrics: false, pairwise: false, "
    )
    recipe.write_text(plain)
    with FakeOpenAI(lambda _: GRADES) as judge, Collector() as collector:
        laptop.environment.update(
            GOLDBRIEF_JUDGE_URL=judge.url,
            GOLDBRIEF_JUDGE_MODEL=judge.models[0],
            GOLDBRIEF_JUDGE_API_KEY=judge.api_key,
            GOLDBRIEF_LOG_FORMAT="json",
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        )
        result = laptop.run(["run", "recipe.yaml", "--json"], timeout_s=540)
        assert result.returncode == 0, result.stderr + result.stdout
        lines = (laptop.home / "goldbrief.log").read_text(encoding="utf-8").splitlines()
        run_id = last_event(result.stdout)["run"]
        yield Traced(laptop, run_id, collector, [json.loads(line) for line in lines])


def test_the_trace_of_a_run_is_found_by_its_id(traced: Traced) -> None:
    of_run = [
        span
        for span in traced.collector.spans
        if span.attributes.get("goldbrief.run_id") == traced.run_id and "Service/" not in span.name
    ]
    assert {span.trace_id for span in of_run} == {traced.trace_id}
    assert {span.service for span in of_run} == {"goldbrief", "goldbrief-training"}


def test_the_command_has_a_trace_that_leads_to_the_run(traced: Traced) -> None:
    (command,) = traced.collector.named("goldbrief run")
    (create,) = traced.collector.named("create run")
    assert create.links == [command.trace_id]
    assert create.parent_id == ""
    asked = [
        span
        for span in traced.collector.named("goldbrief.api.runs.v1.RunsService/CreateRun")
        if span.attributes.get("goldbrief.run_id") == traced.run_id
    ]
    assert [span.trace_id for span in asked] == [command.trace_id]


def test_parents_are_who_caused_it(traced: Traced) -> None:
    create = "goldbrief.api.synthesis.v1.SynthesisService/CreateSynthesis"
    begin = ["create run", "run.advance", create, create, "create synthesis"]
    embed = ["embeddings all-minilm-l6-v2", "POST /v1/embeddings"]
    assert traced.path_of("teacher") == [*begin, "synthesis.write", "teacher"]
    assert traced.path_of("POST /v1/embeddings")[-2:] == embed
    assert traced.path_of("chat fake-model") == [
        *begin, "synthesis.judge", "judge", "chat fake-model",
    ]  # fmt: skip
    finetuning = "goldbrief.api.finetuning.v1.FinetuningService/CreateFinetuningRun"
    assert traced.path_of("training.steps") == [
        "create run", "run.advance", finetuning, finetuning, "create finetuning", "training",
        "training.steps",
    ]  # fmt: skip
    known = {span.span_id for span in traced.collector.spans}
    assert all(span.parent_id in known for span in traced.collector.spans if span.parent_id)


def test_calls_of_models_tell_what_they_took(traced: Traced) -> None:
    call = traced.collector.named("chat fake-model")[0].attributes
    assert call["gen_ai.operation.name"] == "chat"
    assert call["gen_ai.request.model"] == "fake-model"
    assert call["gen_ai.response.finish_reasons"] == ["stop"]
    assert call["gen_ai.usage.input_tokens"] > 0
    assert call["gen_ai.usage.output_tokens"] > 0


def test_no_text_of_anybody_is_in_a_span_or_a_line_of_the_log(traced: Traced) -> None:
    told = b"".join(traced.collector.bodies).decode(errors="replace") + json.dumps(traced.log)
    texts = [
        *sorted((traced.laptop.folder / "articles").glob("*.md")),
        *sorted((traced.laptop.folder / "goldens").glob("*.md")),
    ]
    assert len(texts) > ARTICLES
    for path in texts:
        words = path.read_text(encoding="utf-8").split()
        for first in range(len(words) - _WORDS_OF_A_QUOTE):
            assert " ".join(words[first : first + _WORDS_OF_A_QUOTE]) not in told
    assert "Every figure is the article's" not in told, "what the judge said"


def test_looks_that_find_nothing_to_do_are_left_out(traced: Traced) -> None:
    parents = {span.parent_id for span in traced.collector.spans}
    assert all(span.span_id in parents for span in traced.collector.named("run.advance")[:-1])
    assert len(traced.collector.named("finetuning.train")) == 1


def test_the_log_tells_run_item_and_trace(traced: Traced) -> None:
    training = [
        json.loads(line)
        for log in (traced.laptop.home).rglob("log")
        for line in log.read_text(encoding="utf-8").splitlines()
        if line.startswith("{")
    ]
    assert training
    assert {entry.get("run") for entry in training} == {traced.run_id}
    assert {entry["trace_id"] for entry in training} == {traced.trace_id}


def test_the_command_that_finds_the_run_again_tells_which(traced: Traced) -> None:
    again = traced.laptop.run(["run", "recipe.yaml", "--json"])
    assert again.returncode == 0, again.stderr
    *_, command = traced.collector.named("goldbrief run")
    asked = [
        span
        for span in traced.collector.named("goldbrief.api.runs.v1.RunsService/CreateRun")
        if span.trace_id == command.trace_id
    ]
    assert traced.run_id in {span.attributes.get("goldbrief.run_id") for span in asked}
    assert len(traced.collector.named("create run")) == 1


def test_a_summary_is_traced_to_the_engine(traced: Traced) -> None:
    with running(traced.laptop) as client:
        article = next((traced.laptop.folder / "articles").iterdir()).read_text(encoding="utf-8")
        client.summarize(article, model="tiny")
    summarize = "goldbrief.api.summarize.v1.SummarizeService/Summarize"
    (rpc,) = traced.collector.named(summarize)
    engine = [
        span
        for span in traced.collector.spans
        if span.trace_id == rpc.trace_id and span.name == "POST /v1/completions"
    ]
    (call,) = [s for s in traced.collector.spans if s.span_id == engine[0].parent_id]
    assert call.name == "text_completion tiny--1"
    assert call.parent_id == rpc.span_id


@contextmanager
def running(laptop: Laptop) -> Iterator[Client]:
    """`goldbrief up`, and a client of it that traces nothing."""
    process = laptop.start(["up"])
    try:
        with Client(laptop.environment["GOLDBRIEF_ADDRESS"]) as client:
            assert client.is_up(timeout_s=90, wait=True)
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=60)
