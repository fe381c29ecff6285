"""What is measured of a summary, and what is not."""

from __future__ import annotations

import math
import runpy
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from goldbrief.core.documents import Candidate
from goldbrief.evaluation import user_metrics
from goldbrief.evaluation.measuring import Measurement, Target, measure
from goldbrief.evaluation.user_metrics import MetricRow

from .samples import ARTICLES, SUMMARIES, HashEmbedder, make_style

GOLDEN = Target(text=SUMMARIES[0], origin="golden")


def _measure(text: str, target: Target = GOLDEN) -> Measurement:
    candidate = Candidate(article_sha256="a", persona="CFO", text=text, author="tuned")
    return measure(candidate, ARTICLES[0], make_style(), target, None, HashEmbedder())


@pytest.fixture
def own_metrics(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    entries = [
        metadata.EntryPoint(name, f"{__name__}:{function}", user_metrics.GROUP)
        for name, function in (
            ("shouting", "_shouting"), ("nan", "_nan"), ("raises", "_raises"), ("gone", "_gone"),
            ("words", "_nan"),
        )
    ]  # fmt: skip
    monkeypatch.setattr(user_metrics, "entry_points", lambda group: entries)
    monkeypatch.setattr(metadata.EntryPoint, "load", lambda entry: globals()[entry.attr])
    user_metrics.user_metrics.cache_clear()
    yield
    user_metrics.user_metrics.cache_clear()


def _shouting(row: MetricRow) -> float:
    return row.summary.count("!")


def _nan(row: MetricRow) -> float:
    return math.nan


def _raises(row: MetricRow) -> float:
    raise ValueError(f"no score for {row.persona}")


def test_the_golden_summary_is_its_own_equal() -> None:
    found = _measure(SUMMARIES[0]).metrics
    for name in ("rouge1", "rouge2", "rougeLsum", "token_overlap", "similarity"):
        assert found[name] == pytest.approx(1.0)
    assert found["length_fit"] == 1.0
    assert 0 < found["figure_coverage"] <= 1
    assert 0 < found["novelty"] < 1


def test_without_a_reference_likeness_is_not_scored_and_it_is_said() -> None:
    found = _measure(SUMMARIES[0], Target())
    assert not {"rouge1", "similarity", "token_overlap"} & found.metrics.keys()
    assert "no summary to compare with" in found.unmeasured["similarity"]
    assert found.metrics["figures_supported"] > 0


def test_an_empty_summary_has_no_likeness_and_no_length() -> None:
    found = _measure("")
    assert found.metrics["structure_valid"] == 0.0
    assert found.metrics["length_fit"] == 0.0
    assert found.metrics["novelty"] == 0.0
    assert found.unmeasured["rouge1"] == "The summary is empty."


def test_a_copy_of_the_article_has_nothing_new_and_is_too_long() -> None:
    found = _measure(ARTICLES[0]).metrics
    assert found["novelty"] == 0.0
    assert found["length_fit"] < 1.0
    assert found["figures_supported"] == 1.0


@pytest.mark.usefixtures("own_metrics")
def test_metrics_of_the_users_own_are_measured() -> None:
    found = _measure("Profit!! It rose!")
    assert found.metrics["shouting"] == 3.0
    assert "nan" in found.unmeasured["nan"]
    assert found.unmeasured["raises"] == "ValueError: no score for CFO"
    assert "cannot be loaded" in found.unmeasured["gone"]
    assert found.metrics["words"] == 3.0, "a built-in metric keeps its name"


def test_the_example_of_a_metric_is_one() -> None:
    path = Path(__file__).parents[3] / "examples" / "custom-metric" / "hedging.py"
    firmness = runpy.run_path(str(path))["firmness"]
    assert firmness(MetricRow("", "Profit may rise.", "CFO", "")) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="tone"):
        firmness(MetricRow("", "", "CFO", ""))
