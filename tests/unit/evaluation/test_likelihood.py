"""How probable systems find the summaries that articles come with."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldbrief.evaluation.evaluations import read_plan
from goldbrief.evaluation.likelihood import measure_likelihood
from goldbrief.evaluation.models import LiveModels

from .samples import (
    ADAPTER,
    PLAN_KEY,
    SUMMARIES,
    SYSTEMS,
    LikelyScorer,
    ScriptedEngine,
    put_dataset,
)
from .test_evaluations import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    put_dataset(house.store)
    plan = read_plan(house.store, PLAN_KEY).model_copy(update={"likelihood": True})
    house.store.put(PLAN_KEY, plan.model_dump_json().encode())
    return house


def test_the_measures_are_of_the_tokens_that_the_engine_tells() -> None:
    models = LiveModels(ScriptedEngine(), scorer=LikelyScorer())
    found = measure_likelihood(models, "prompt", "12345678", ADAPTER).metrics
    assert found == {
        "bits_per_byte": pytest.approx(1.0), "perplexity": pytest.approx(2.0),
        "token_accuracy": 1.0,
    }  # fmt: skip


def test_what_an_engine_finds_impossible_is_no_number(house: House) -> None:
    house.scorer.log_prob = -9999.0
    results = house.results(house.run(SYSTEMS[2:]))
    assert "perplexity" not in results["systems"]["tuned"]
    assert results["unmeasured"]["tuned"]["perplexity"] == {"n": 3, "why": "It came out as inf."}


def test_base_and_adapter_are_measured_on_the_prompt_that_they_complete(
    house: House,
) -> None:
    work = house.run()
    systems = house.results(work)["systems"]
    assert systems["base"]["perplexity"]["mean"] == pytest.approx(4.0)
    assert systems["base"]["token_accuracy"]["mean"] == 0.5
    assert systems["tuned"]["perplexity"]["mean"] == pytest.approx(2.0)
    assert "perplexity" not in systems["v1"], "a chain of prompts has no one prompt"
    assert {text for _, text, _ in house.scorer.asked} == set(SUMMARIES)
    assert {context for context, *_ in house.scorer.asked} <= set(house.engine.prompts)
    html = house.reports.file(work.id, "report.html").decode()
    assert "How probable a system finds these summaries" in html


def test_an_engine_that_does_not_tell_is_named(house: House) -> None:
    house.scorer.refusal = "it gives none."
    work = house.run(SYSTEMS[1:])
    unmeasured = house.results(work)["unmeasured"]["base"]["bits_per_byte"]
    assert unmeasured == {"n": 3, "why": "Not offered by this engine: it gives none."}
    assert "Not offered by this engine" in house.reports.file(work.id, "report.html").decode()


def test_an_engine_without_a_scorer_does_not_tell() -> None:
    models = LiveModels(ScriptedEngine())
    found = measure_likelihood(models, "prompt", "summary", None)
    assert found.problem.startswith("Not offered by this engine")


def test_the_summary_need_not_be_there_for_the_reference_to_be_weighed(
    house: House,
) -> None:
    house.engine.answers[ADAPTER] = " "
    results = house.results(house.run(SYSTEMS[2:]))
    assert results["systems"]["tuned"]["perplexity"]["n"] == 3
