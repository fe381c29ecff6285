"""A further round: corrections become goldens, ratings calibrate the judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldbrief.api.judge.v1.judge_pb2_grpc import add_JudgeServiceServicer_to_server
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.recipe import Recipe
from goldbrief.judge.judging import Judging
from goldbrief.judge.offline import OfflineJudge
from goldbrief.judge.server import JudgeServicer
from goldbrief.platform.rpc.server import Service
from goldbrief.sdk import Client
from goldbrief.sdk.rounds import newest_rated_set, prepare_round

from ..evaluation.reviews.conftest import House
from ..quickstart import WordEmbedder


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def client(house: House) -> Iterator[Client]:
    judge = JudgeServicer(Judging(house.store, OfflineJudge(WordEmbedder())))
    service = Service("judge", lambda s: add_JudgeServiceServicer_to_server(judge, s))
    with house.serving(service) as address, Client(address) as client:
        yield client


def test_what_people_said_goes_into_the_next_round(
    house: House, client: Client, tmp_path: Path
) -> None:
    with pytest.raises(FailedPreconditionError, match="Nobody has rated"):
        newest_rated_set(client)
    state = house.shared("ann", raters=1)
    for sheet in house.desk.sheets("ann"):
        house.submit(sheet, good=5, bad=1)
    house.results.adjudicate(state.row.id, 2, 0, "lea", "second", corrected="## Overview\n\nNew.")
    assert newest_rated_set(client) == state.row.id

    made = prepare_round(client, Recipe(), [], state.row.id, tmp_path / "round")
    assert [(one.role, one.name) for one in made.inputs] == [
        ("GOLDEN", f"{state.row.id}-002.md"), ("GOLDEN_ARTICLE", f"{state.row.id}-002.md"),
    ]  # fmt: skip
    assert "1 corrected summaries" in made.told[0]
    assert "uncalibrated" in made.told[1], "six rated summaries are too few to tell"
    assert made.recipe == Recipe(), "so that its threshold is not taken"
    assert "ann" in (tmp_path / "round" / "ratings.csv").read_text()


def test_programs_calibrate_nothing(house: House, client: Client, tmp_path: Path) -> None:
    house.accounts.create("sim", "reviewer", is_simulated=True)
    made = house.make_set()
    house.sets.assign(made.row.id, 0, ["sim"], 1, 0)
    house.submit(house.desk.sheets("sim")[0], good=5, bad=1)
    following = prepare_round(client, Recipe(), [], made.row.id, tmp_path / "round")
    assert following.inputs == []
    assert "No person has rated" in following.told[1]
