"""Which trials a grid makes."""

import json

import pytest

from goldbrief.core.errors import InvalidInputError
from goldbrief.finetuning.sweeps.grid import (
    MAX_TRIALS,
    combinations,
    default_grid,
    read_grid,
    with_values,
)

from ..samples import training_request


def test_every_combination_is_a_trial():
    grid = read_grid('{"learning_rate": [1e-4, 2e-4], "training_duration": ["1ep", "2ep"]}')
    assert combinations(grid) == [
        {"learning_rate": 1e-4, "training_duration": "1ep"},
        {"learning_rate": 1e-4, "training_duration": "2ep"},
        {"learning_rate": 2e-4, "training_duration": "1ep"},
        {"learning_rate": 2e-4, "training_duration": "2ep"},
    ]


def test_without_a_grid_the_method_decides():
    assert [one["learning_rate"] for one in combinations(default_grid("lora"))] == [
        1e-4, 2e-4, 4e-4, 8e-4,
    ]  # fmt: skip
    assert len(combinations(default_grid("full"))) == 12


@pytest.mark.parametrize(
    ("grid", "field", "words"),
    [
        ("[1e-4]", "grid_json", "no JSON object"),
        ("{1e-4}", "grid_json", "not JSON"),
        ('{"seed": []}', "grid_json.seed", "no list of values"),
        ('{"seed": 1}', "grid_json.seed", "no list of values"),
        ('{"seed": [1, 2, 1]}', "grid_json.seed", "1 twice"),
        (json.dumps({"seed": list(range(MAX_TRIALS + 1))}), "grid_json", "65 trials"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused_by_name(grid, field, words):
    with pytest.raises(InvalidInputError, match=words) as caught:
        combinations(read_grid(grid))
    assert caught.value.metadata["field"] == field


def test_values_take_the_place_of_the_requests_own_and_dots_lead_into_parts():
    request = training_request(
        training_duration="1ep", hyperparameters_json='{"seed": 3, "lora": {"alpha": 8, "rank": 4}}'
    )
    trial = with_values(request, {"training_duration": "2ep", "lora.rank": 16})
    assert trial.training_duration == "2ep"
    assert json.loads(trial.hyperparameters_json) == {"seed": 3, "lora": {"alpha": 8, "rank": 16}}
