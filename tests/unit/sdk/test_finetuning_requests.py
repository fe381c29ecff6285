"""What `ft` sends for its arguments."""

import json
from types import SimpleNamespace

import pytest

from goldbrief import ft
from goldbrief.api.finetuning.v1 import finetuning_pb2 as pb


class Server:
    """Notes what it is sent."""

    def __init__(self):
        self.finetuning = self

    def CreateFinetuningRun(self, request):  # noqa: N802 - the name is the API's
        self.request = request
        return pb.CreateFinetuningRunResponse()

    def CreateSweep(self, request):  # noqa: N802
        self.request = request
        trials = [pb.SweepTrial(index=0, values_json='{"seed": 1}')]
        return SimpleNamespace(sweep=pb.Sweep(trials=trials))


@pytest.fixture
def server():
    return Server()


def test_arguments_that_are_not_given_are_left_to_the_server(server):
    ft.create("tiny", "briefs/1", "notes", client=server)
    request = server.request
    assert [source.path for source in request.train_data] == ["briefs/1"]
    assert (request.model, request.register_to) == ("tiny", "notes")
    assert (request.training_duration, request.task_type) == ("1ep", "INSTRUCTION_FINETUNE")
    assert json.loads(request.hyperparameters_json) == {}
    assert not request.skip_validation
    assert not request.resources.HasField("gpus")
    assert request.request_id


def test_arguments_become_hyperparameters_and_resources(server):
    ft.create(
        "tiny", "briefs/1", "notes", "2ep", eval_data_path="held/out", learning_rate=1e-4,
        lora_rank=8, rslora=True, early_stopping=True, hyperparameters={"grad_clip": 0.5},
        validate_inputs=False, gpus=0, resources={"queue": "night"}, priority="low",
        request_id="r-1", client=server,
    )  # fmt: skip
    request = server.request
    assert json.loads(request.hyperparameters_json) == {
        "learning_rate": 1e-4,
        "lora": {"rank": 8, "rslora": True},
        "early_stopping": {},
        "grad_clip": 0.5,
    }
    assert (request.training_duration, request.request_id) == ("2ep", "r-1")
    assert [source.path for source in request.eval_data] == ["held/out"]
    assert request.skip_validation
    assert (request.resources.queue, request.resources.priority_class) == ("night", "low")
    assert request.resources.gpus == 0
    assert request.resources.HasField("gpus")


def test_an_unknown_argument_is_refused(server):
    with pytest.raises(TypeError, match="lerning_rate"):
        ft.create("tiny", "briefs/1", "notes", lerning_rate=1e-4, client=server)


def test_a_sweep_takes_the_same_arguments_and_values_to_try(server):
    sweep = ft.sweep(
        "tiny", "briefs/1", "notes", learning_rates=(1e-4, 2e-4), training_durations=["1ep"],
        grid={"lora.rank": (8, 16)}, max_parallel=2, eval_rows=5, budget_judge_tokens=1000,
        batch_size=4, budget_hours=3.0, client=server,
    )  # fmt: skip
    request = server.request
    assert json.loads(request.grid_json) == {
        "lora.rank": [8, 16], "learning_rate": [1e-4, 2e-4], "training_duration": ["1ep"],
    }  # fmt: skip
    assert json.loads(request.run.hyperparameters_json) == {"batch_size": 4}
    assert request.run.budget_hours == 3.0
    assert (request.max_parallel, request.eval_rows, request.budget_judge_tokens) == (2, 5, 1000)
    assert [(trial.values, trial.score, trial.state) for trial in sweep.trials] == [
        ({"seed": 1}, None, "")
    ]
    assert sweep.winner is None


def test_a_sweep_without_values_leaves_the_grid_to_the_server(server):
    ft.sweep("tiny", "briefs/1", "notes", client=server)
    assert server.request.grid_json == "{}"
