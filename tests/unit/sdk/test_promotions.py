"""A gate that asks for what people said: measured where they rated, else missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from goldbrief.api.registry.v1 import registry_pb2
from goldbrief.api.runs.v1 import runs_pb2
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.evaluation.people import what_people_say
from goldbrief.registry.gates import check_gate, parse_gate, parse_results
from goldbrief.sdk import Client
from goldbrief.sdk.models import PromotionOptions, start_promotion

from ..evaluation.reviews.conftest import House

GATE = {"conditions": [{"metric": "human/overall", "not_below": "base"}]}


class Registry:
    """Keeps the request; knows one version, of a run or of none."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self.asked: Any = None

    def GetModelVersion(self, request: Any) -> Any:  # noqa: N802
        version = registry_pb2.ModelVersion(model="briefs", version="1", run_id=self._run_id)
        return registry_pb2.GetModelVersionResponse(model_version=version)

    def CreatePromotion(self, request: Any) -> Any:  # noqa: N802
        self.asked = request
        return registry_pb2.CreatePromotionResponse()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def client(house: House) -> Iterator[Any]:
    """Reviews are real; the run and its evaluation are told."""
    with house.serving() as address, Client(address) as real:
        phase = runs_pb2.Phase(name="evaluate", resource_id="eval-1")
        run = runs_pb2.Run(id="run-1", phases=[phase], recipe_json=json.dumps({"gate": GATE}))
        yield SimpleNamespace(
            reviews=real.reviews, registry=Registry("run-1"), get_run=lambda _: run,
            evaluation_results=lambda evaluation_id: {
                "systems": {"tuned": {"words": {"mean": 9}}},
                **what_people_say(house.results, evaluation_id),
            },
        )  # fmt: skip


def passes(client: Any, with_simulated: bool = False) -> bool:
    options = PromotionOptions(request_id="once", with_simulated=with_simulated)
    start_promotion(client, "briefs@1", options)
    asked = client.registry.asked
    checks = check_gate(parse_gate(asked.gate_json), parse_results(asked.results_json))
    return all(check.passed for check in checks)


def test_a_gate_that_asks_people_waits_for_people(house: House, client: Any) -> None:
    assert not passes(client), "nobody has rated"
    state = house.shared("ann", raters=1)
    house.accounts.create("sim", "reviewer", is_simulated=True)
    house.sets.assign(state.row.id, 1, ["sim"], 2, 0)
    for sheet in house.desk.sheets("sim"):
        house.submit(sheet, good=5, bad=1)
    assert not passes(client), "programs do not count"
    assert passes(client, with_simulated=True), "unless that is asked for"
    results = json.loads(client.registry.asked.results_json)
    assert results["human_simulated"] is True
    assert results["human_paired"]["tuned-base"]["overall"]["difference"] == 4.0
    for sheet in house.desk.sheets("ann"):
        house.submit(sheet, good=4, bad=2)
    assert passes(client)
    results = json.loads(client.registry.asked.results_json)
    assert results["human"]["tuned"]["coherence"]["mean"] == 4.0
    assert results["systems"]["tuned"]["words"] == {"mean": 9}, "the evaluation's own stay"


def test_a_version_of_no_run_has_no_gate(client: Any) -> None:
    client.registry = Registry("")
    with pytest.raises(FailedPreconditionError, match="No evaluation of briefs@1 is known"):
        start_promotion(client, "briefs@1", PromotionOptions())
