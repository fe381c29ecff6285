"""`goldbrief lineage`: a tree for people, JSON and OpenLineage for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldbrief.cli.main import cli

from ..governed import Governed, govern


@pytest.fixture
def governed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Governed]:
    with govern(tmp_path) as governed:
        monkeypatch.setenv("GOLDBRIEF_ADDRESS", governed.address)
        yield governed


def show(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["lineage", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_tree_goes_both_ways(governed: Governed) -> None:
    lines = show("briefs@1").splitlines()
    assert lines[0].startswith("model briefs@1  by fine-tuning fine-1 of run-179eb074dcfb")
    assert lines[1] == "made of:"
    assert lines[2].startswith(f"└ dataset {governed.dataset}  by curation ")
    assert "rows 2 eval, 0 golden, 5 train" in lines[2]
    assert sum("pair " in line for line in lines) == 7
    assert sum("article " in line for line in lines) == 7
    assert lines[-2] == "made into:"
    assert lines[-1].startswith("└ evaluation eval-1  by evaluation eval-1")


def test_machines_get_all_of_it(governed: Governed) -> None:
    found = json.loads(show("briefs@1", "--json"))
    assert found["subject"] == {"kind": "model", "id": "briefs@1"}
    assert {node["kind"] for node in found["nodes"]} == {
        "model", "dataset", "pair", "article", "evaluation",
    }  # fmt: skip
    events = [json.loads(line) for line in show("briefs@1", "--openlineage").splitlines()]
    assert {event["eventType"] for event in events} == {"COMPLETE"}
