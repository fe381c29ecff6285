"""`goldbrief reviews`, from an evaluation to files, over a real server."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldbrief.cli.main import cli
from goldbrief.core.errors import AlreadyExistsError, FailedPreconditionError
from goldbrief.sdk.calibration import read_ratings
from goldbrief.sdk.inputs import golden_inputs
from goldbrief.text.golden_files import read_goldens

from ..evaluation.reviews.conftest import House, rating


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with house.serving() as address:
        yield address


def run(address: str, *arguments: object) -> str:
    command = ["reviews", *map(str, arguments), "--address", address]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def rated(house: House, address: str) -> str:
    """A set that ann and a simulated reviewer rated, made by the commands."""
    made = run(address, "create", "eval-1", "--title", "First", "--system", "base",
               "--system", "tuned")  # fmt: skip
    set_id = made.split()[0]
    run(address, "invite", "ann")
    run(address, "invite", "sim one", "--simulated")
    assigned = run(address, "assign", set_id, "ann", "sim one", "--repeats", "1")
    assert "0 of 8 ratings  3 pairs of base, tuned" in assigned
    for name in ("ann", "sim one"):
        for sheet in house.desk.sheets(name):
            house.submit(sheet, good=5, bad=2)
    return set_id


def test_a_link_is_printed_and_can_be_made_void(house: House, address: str) -> None:
    link = run(address, "invite", "ann", "--role", "lead", "--console", "https://c.example/")
    assert link.startswith("https://c.example/sign-in?token=")
    assert house.accounts.sign_in(link.strip().partition("token=")[2]).role == "lead"
    assert "void" in run(address, "revoke", "ann")


def test_ratings_become_a_table_that_says_who_is_simulated(
    address: str, rated: str, tmp_path: Path
) -> None:
    assert "16 rows" in run(address, "export", rated, tmp_path / "ratings.csv")
    with (tmp_path / "ratings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert {row["simulated"] for row in rows if row["reviewer"] == "sim one"} == {"True"}
    assert {row["coherence"] for row in rows if row["system"] == "tuned"} == {"5"}
    assert {row["preference"] for row in rows if row["system"] == "base"} == {"other"}
    run(address, "export", rated, tmp_path / "ratings.jsonl", "--form", "jsonl")
    lines = (tmp_path / "ratings.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["review_set"] == rated


def test_a_comment_never_becomes_a_formula(house: House, address: str, tmp_path: Path) -> None:
    state = house.shared("ann", raters=1)
    sheet = house.desk.sheets("ann")[0]
    evil = rating(3, 4, comment='=HYPERLINK("http://elsewhere")')
    house.desk.save(sheet.assignment.id, "ann", 0, evil, "SUBMIT")
    run(address, "export", state.row.id, tmp_path / "ratings.csv")
    with (tmp_path / "ratings.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["comment"].startswith("'=HYPERLINK")


def test_ratings_calibrate_the_judge(address: str, rated: str, tmp_path: Path) -> None:
    run(address, "export", rated, tmp_path / "ratings.csv", "--form", "calibration")
    assert "(simulated)" not in (tmp_path / "ratings.csv").read_text(), "a program is no person"
    run(address, "export", rated, tmp_path / "ratings.csv", "--form", "calibration", "--simulated")
    dimensions = ["faithfulness", "coverage", "conciseness", "coherence", "style", "usefulness"]
    cases = read_ratings(tmp_path / "ratings.csv", dimensions)
    assert len(cases) == 6, "repeats are left out"
    assert {(one.rater, one.simulated) for case in cases for one in case.ratings} == {
        ("ann", False), ("sim one (simulated)", True),
    }  # fmt: skip
    assert {case.author for case in cases} == {"base", "tuned"}
    scores = [one.scores for case in cases if case.author == "tuned" for one in case.ratings]
    assert scores[0] == {"overall": 5.0, "coverage": 5.0, "conciseness": 5.0, "coherence": 5.0}


def test_who_met_a_summary_in_two_pairs_counts_once_with_the_mean(
    house: House, address: str, tmp_path: Path
) -> None:
    house.people("ann")
    made = house.make_set(["v1", "base", "tuned"])
    house.sets.assign(made.row.id, 0, ["ann"], 1, 0)
    for score, sheet in enumerate(house.desk.sheets("ann")):
        given = rating(1 + score % 5, 1 + score % 5, "tie")
        house.desk.save(sheet.assignment.id, "ann", 0, given, "SUBMIT")
    run(address, "export", made.row.id, tmp_path / "ratings.csv", "--form", "calibration")
    with (tmp_path / "ratings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9, "three systems on three articles"
    assert any(float(row["overall"]) % 1 for row in rows)


def test_programs_alone_calibrate_no_judge(house: House, address: str, tmp_path: Path) -> None:
    house.accounts.create("sim", "reviewer", is_simulated=True)
    made = house.make_set()
    house.sets.assign(made.row.id, 0, ["sim"], 1, 0)
    house.submit(house.desk.sheets("sim")[0], good=5, bad=1)
    with pytest.raises(FailedPreconditionError, match="No person has rated"):
        run(address, "export", made.row.id, tmp_path / "ratings.csv", "--form", "calibration")


def test_preferences_become_pairs_and_a_correction_is_chosen_over_the_winner(
    house: House, address: str, rated: str, tmp_path: Path
) -> None:
    house.results.adjudicate(rated, 1, 0, "lea", "second", corrected="## Overview\n\nCorrected.")
    house.results.adjudicate(rated, 2, 0, "lea", "tie")
    run(address, "export", rated, tmp_path / "dpo.jsonl", "--form", "preferences")
    rows = [json.loads(line) for line in (tmp_path / "dpo.jsonl").read_text().splitlines()]
    assert [(row["pair"], row["chosen_system"], row["rejected_system"]) for row in rows] == [
        (1, "tuned", "base"), (1, "lea", "tuned"), (3, "tuned", "base"),
    ]  # fmt: skip
    assert rows[1]["chosen"] == "## Overview\n\nCorrected."
    assert rows[0]["simulated"] is True
    assert house.articles[0].text[:80] in rows[0]["prompt"]
    assert rows[2]["margin"] == 1.0


def test_corrections_become_goldens_that_a_run_reads(
    house: House, address: str, rated: str, tmp_path: Path
) -> None:
    with pytest.raises(FailedPreconditionError, match="No person has corrected"):
        run(address, "export", rated, tmp_path / "goldens", "--form", "goldens")
    for number in (1, 2, 3):
        house.results.adjudicate(rated, number, 0, "lea", "second", corrected=f"Text {number}.")
    run(address, "export", rated, tmp_path / "goldens", "--form", "goldens")
    files = golden_inputs(tmp_path / "goldens")
    by_role = {
        role: {one.name: one.path.read_bytes() for one in files if one.role == role}
        for role in ("GOLDEN", "GOLDEN_ARTICLE")
    }
    goldens = read_goldens(by_role["GOLDEN"], by_role["GOLDEN_ARTICLE"])
    assert [golden.summary for golden in goldens] == ["Text 1.", "Text 2.", "Text 3."]
    assert all(golden.article_text for golden in goldens)
    with pytest.raises(AlreadyExistsError):
        run(address, "export", rated, tmp_path / "goldens", "--form", "goldens")


def test_what_a_program_corrected_is_no_golden_unless_asked_for(
    house: House, address: str, rated: str, tmp_path: Path
) -> None:
    house.accounts.create("sim lea", "lead", is_simulated=True)
    house.results.adjudicate(rated, 1, 0, "sim lea", "second", corrected="Text.")
    with pytest.raises(FailedPreconditionError, match="No person has corrected"):
        run(address, "export", rated, tmp_path / "goldens", "--form", "goldens")
    run(address, "export", rated, tmp_path / "goldens", "--form", "goldens", "--simulated")
    assert [path.name for path in (tmp_path / "goldens").glob("*.md")] == [
        f"{rated}-001-simulated.md"
    ]
    run(address, "export", rated, tmp_path / "dpo.jsonl", "--form", "preferences")
    chosen = json.loads((tmp_path / "dpo.jsonl").read_text().splitlines()[1])
    assert (chosen["chosen_system"], chosen["simulated"]) == ("sim lea (simulated)", True)


def test_means_of_what_people_said_leave_programs_out(
    house: House, address: str, rated: str, tmp_path: Path
) -> None:
    house.people("ben")
    house.sets.assign(rated, 1, ["ben"], 3, 0)
    for sheet in house.desk.sheets("ben"):
        house.submit(sheet, good=3, bad=1)
    run(address, "export", rated, tmp_path / "people.json", "--form", "measures")
    people = json.loads((tmp_path / "people.json").read_text())
    assert people["tuned"]["overall"]["mean"] == 4.0, "ann 5 and ben 3"
    assert people["base"]["overall"]["n"] == 3


def test_findings_are_shown(address: str, rated: str) -> None:
    found = json.loads(run(address, "show", rated))
    assert found["systems"]["tuned"]["overall"]["mean"] == 5.0
    assert rated in run(address, "list")
