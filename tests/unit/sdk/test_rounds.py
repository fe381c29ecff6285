"""A further round: corrections become goldens, ratings calibrate the judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.api.judge.v1.judge_pb2_grpc import add_JudgeServiceServicer_to_server
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.recipe import Recipe
from goldbrief.judge.judging import Judging
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.platform.rpc.server import Service
from goldbrief.sdk import Client
from goldbrief.sdk.rounds import NextRound, RoundOptions, prepare_round

from ..evaluation.reviews.conftest import House
from ..quickstart import WordEmbedder

NEW = "## Overview\n\nNew."


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    judge = JudgeServicer(Judging(house.store, OfflineJudge(WordEmbedder())))
    service = Service("judge", lambda s: add_JudgeServiceServicer_to_server(judge, s))
    with house.serving(service) as address, Client(address) as client:
        yield client


def prepare(
    client: Client, folder: Path, number: int = 2, recipe: Recipe | None = None, **options: bool
) -> NextRound:
    wanted = RoundOptions(number, **options)  # type: ignore[arg-type]
    return prepare_round(client, recipe or Recipe(), [], wanted, folder)


def rated_set(house: House, request_id: str) -> str:
    """A set that ann rated, and of which lea corrected the second pair."""
    made = house.sets.create(request_id, "eval-1", request_id, ["base", "tuned"])
    house.sets.assign(made.row.id, 0, ["ann"], 1, 0)
    for sheet in house.desk.sheets("ann"):
        if sheet.assignment.state == "OPEN":
            house.submit(sheet, good=5, bad=1)
    house.results.adjudicate(made.row.id, 2, 0, "lea", "second", corrected=NEW)
    return made.row.id


def test_what_people_said_goes_into_the_next_round(
    house: House, client: Client, tmp_path: Path
) -> None:
    house.people("ann")
    with pytest.raises(FailedPreconditionError, match="Nobody has rated round 1 of the model"):
        prepare(client, tmp_path / "none")
    set_id = rated_set(house, "r1")

    made = prepare(client, tmp_path / "round")
    assert [(one.role, one.name) for one in made.inputs] == [
        ("GOLDEN", f"{set_id}-002.md"), ("GOLDEN_ARTICLE", f"{set_id}-002.md"),
    ]  # fmt: skip
    assert made.made_of == runs_pb2.Round(number=2, review_set_ids=[set_id])
    assert "1 corrected summaries" in made.told[0]
    assert "uncalibrated" in made.told[1], "six rated summaries are too few to tell"
    assert made.recipe == Recipe(), "so that its threshold is not taken"
    assert "ann" in (tmp_path / "round" / "ratings.csv").read_text()


def test_a_round_has_what_people_said_of_all_rounds_before(
    house: House, client: Client, tmp_path: Path
) -> None:
    house.people("ann")
    first = rated_set(house, "r1")
    house.run.round.CopyFrom(runs_pb2.Round(number=2, review_set_ids=[first]))
    second = rated_set(house, "r2")
    made = prepare(client, tmp_path / "round", 3)
    assert list(made.made_of.review_set_ids) == [second, first]
    assert sorted(one.name for one in made.inputs if one.role == "GOLDEN") == sorted(
        f"{set_id}-002.md" for set_id in (first, second)
    )


def test_what_was_said_of_another_model_or_round_is_left_alone(
    house: House, client: Client, tmp_path: Path
) -> None:
    house.people("ann")
    rated_set(house, "r1")
    other = Recipe.parse("finetuning: {register_to: others}")
    with pytest.raises(FailedPreconditionError, match="round 1 of the model others"):
        prepare(client, tmp_path / "others", recipe=other)
    with pytest.raises(FailedPreconditionError, match="round 2 of the model briefs"):
        prepare(client, tmp_path / "third", 3)


def test_programs_calibrate_and_correct_nothing_unless_asked(
    house: House, client: Client, tmp_path: Path
) -> None:
    for name, role in (("sim", "reviewer"), ("sim lea", "lead")):
        house.accounts.create(name, role, is_simulated=True)
    made = house.make_set()
    house.sets.assign(made.row.id, 0, ["sim"], 1, 0)
    for sheet in house.desk.sheets("sim"):
        house.submit(sheet, good=5, bad=1)
    house.results.adjudicate(made.row.id, 2, 0, "sim lea", "second", corrected=NEW)
    following = prepare(client, tmp_path / "round")
    assert following.inputs == []
    assert "No person has rated" in following.told[1]

    asked = prepare(client, tmp_path / "asked", with_simulated=True)
    assert asked.inputs[0].name == f"{made.row.id}-002-simulated.md"
    assert "agrees with simulated raters" in asked.told[1]
