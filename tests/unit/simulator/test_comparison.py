"""Collections of texts are measured alike, wherever they come from."""

import gzip
import json

import pytest

from goldbrief.core.errors import InvalidInputError, NotFoundError
from goldbrief.simulator.comparison import describe, read_articles
from goldbrief.simulator.simulating import SimulationSettings, simulate


def test_simulated_articles_are_varied():
    statistics = describe(
        article.content.text for article in simulate(SimulationSettings(count=40))
    )
    assert statistics.duplicates == 0
    assert statistics.nearest < 0.2
    assert statistics.distinct[2] > 0.3
    assert 2 < statistics.figures_per_100_words < 14


def test_copies_are_noticed():
    (article,) = simulate(SimulationSettings(count=1))
    assert describe([article.content.text] * 3).duplicates == 3


def test_articles_are_read_from_files(tmp_path):
    (tmp_path / "a.md").write_text("First.")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as out:
        out.write(json.dumps({"text": "Second."}) + "\n")
    assert list(read_articles(tmp_path)) == ["First.", "Second."]


def test_too_little_to_compare_is_refused(tmp_path):
    with pytest.raises(InvalidInputError):
        describe(["one"])
    with pytest.raises(NotFoundError):
        list(read_articles(tmp_path))
