"""From ratings in the pages to a calibrated judge, a promotion and a second round: all real."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(1800)]

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "demo_review.py"
REVIEWERS = {f"Simulated {name} (simulated)" for name in ("Ann", "Ben", "Cem")}


@pytest.fixture(scope="module")
def played(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demonstration has left."""
    out = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--out", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NO CHROMIUM" not in done.stderr
    return out


def test_every_rating_is_named_as_simulated(played: Path) -> None:
    lead = (played / "lead.txt").read_text()
    assert "24 of 24 ratings" in lead
    assert "Agreement (alpha)" in lead
    assert "3 of the 3 reviewers are simulated" in lead
    assert "Simulated Lea (simulated), with a correction" in lead
    with (played / "csv.csv").open(newline="") as file:
        assert {row["simulated"] for row in csv.DictReader(file)} == {"True"}
    with (played / "ratings.csv").open(newline="") as file:
        assert {row["rater"] for row in csv.DictReader(file)} == REVIEWERS


def test_their_ratings_are_on_the_judges_card_and_make_it_no_calibrated_one(played: Path) -> None:
    card = (played / "card.md").read_text()
    assert "14 summaries rated" in card
    assert "3 of the raters are simulated" in card
    assert ": calibrated" not in card.splitlines()[0]


def test_the_gate_reads_what_was_said_with_its_interval(played: Path) -> None:
    refused = (played / "promotion-by-people.txt").read_text()
    assert "FAIL human/overall is at least 1 over its whole interval: not measured" in refused
    passed = (played / "promotion.txt").read_text()
    assert "ok   human/overall is at least 1 over its whole interval: tuned" in passed
    assert "ok   human/overall is not below that of base by more than 2 over its whole" in passed
    assert "n=7" in passed
    assert "human: 7 articles rated, simulated" in passed
    assert "tiny@1 is served now (demonstration)" in passed


def test_the_second_round_leads_back_to_the_review_of_the_first(played: Path) -> None:
    back = (played / "lineage.txt").read_text()
    assert back.startswith("model tiny@2")
    for told in ("review review-", "raters 3 simulated", "evaluation eval-", "model tiny@1"):
        assert told in back
    onwards = (played / "lineage-onwards.txt").read_text()
    assert onwards.startswith("model tiny@1")
    assert "model tiny@2" in onwards.partition("made into:")[2]


def test_mlflow_has_what_was_said_and_does_not_take_it_for_people_s(played: Path) -> None:
    lines = (played / "mlflow.txt").read_text().splitlines()
    found = dict(line.split(": ") for line in lines)
    assert found["simulated/ratings"] == "21.0", "three of seven pairs"
    assert {"simulated/tuned/coherence", "simulated/base/preferred"} - found.keys() == set()
    assert not any(name.startswith("human/") for name in found)
