import json

import pytest

from goldbrief.core.errors import AlreadyExistsError, InvalidInputError
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_ledger

from .samples import DATASET, put_dataset, training_request


@pytest.fixture
def resolver(tmp_path):
    store = DirectoryStore(tmp_path / "objects")
    put_dataset(store)
    (tmp_path / "models" / "tiny").mkdir(parents=True)
    (tmp_path / "models" / "tiny" / "config.json").touch()
    return RequestResolver(store, tmp_path / "models")


def test_a_dataset_version_gives_train_and_held_out_rows_and_its_digest(resolver):
    spec = resolver.work_spec(training_request())
    assert spec["training"]["train_data"] == f"{DATASET}/train.jsonl"
    assert spec["training"]["eval_data"] == f"{DATASET}/eval.jsonl"
    assert spec["training"]["training_duration"] == "1ep"
    assert spec["dataset_digest"] == "3f2a99"


def test_a_plain_object_is_trained_on_as_it_is(resolver):
    spec = resolver.work_spec(training_request(train_data_path=f"{DATASET}/train.jsonl"))
    assert spec["training"]["eval_data"] == ""
    assert spec["dataset_digest"] == ""


@pytest.mark.parametrize(
    ("model", "resolved"),
    [
        ("tiny", "{tmp}/models/tiny"),
        ("{tmp}/models/tiny", "{tmp}/models/tiny"),
        ("acme/tiny-1.5B", "acme/tiny-1.5B"),
    ],
)
def test_a_model_is_a_kept_name_a_folder_or_a_hub_id(resolver, tmp_path, model, resolved):
    spec = resolver.work_spec(training_request(model=model.format(tmp=tmp_path)))
    assert spec["training"]["model"] == resolved.format(tmp=tmp_path)


@pytest.mark.parametrize("model", ["", "huge", "..", "/not/here", "a/b/c"])
def test_an_unknown_model_is_refused_with_those_that_are_known(resolver, model):
    with pytest.raises(InvalidInputError, match=r"kept here \(tiny\)") as caught:
        resolver.work_spec(training_request(model=model))
    assert caught.value.metadata["field"] == "model"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"request_id": ""}, "request_id"),
        ({"register_to": "My Model"}, "register_to"),
        ({"train_data_path": ""}, "train_data_path"),
        ({"train_data_path": "briefs/none"}, "train_data_path"),
        ({"eval_data_path": "none.jsonl"}, "eval_data_path"),
        ({"training_duration": "1 week"}, "training_duration"),
        ({"task_type": "DREAM"}, "task_type"),
        ({"prompt_json": ""}, "prompt_json"),
        ({"prompt_json": "[]"}, "prompt_json"),
        ({"prompt_json": "{}"}, "prompt_json.template"),
        ({"hyperparameters_json": "{"}, "hyperparameters_json"),
        ({"hyperparameters_json": '{"learning_rate": 0}'}, "hyperparameters_json.learning_rate"),
        ({"hyperparameters_json": '{"lora": {"rank": 0}}'}, "hyperparameters_json.lora.rank"),
        ({"hyperparameters_json": '{"lerning": 1}'}, "hyperparameters_json.lerning"),
        ({"hyperparameters_json": '{"model": "x"}'}, "hyperparameters_json.model"),
    ],
)
def test_what_cannot_work_is_refused_with_the_field(resolver, changes, field):
    with pytest.raises(InvalidInputError) as caught:
        resolver.work_spec(training_request(**changes))
    assert caught.value.metadata["field"] == field


def test_the_same_request_id_starts_one_run(resolver, tmp_path):
    runs = FinetuningRuns(make_ledger(tmp_path).works, resolver)
    hyperparameters = json.dumps({"learning_rate": 1e-4, "lora": {"rank": 8}})
    request = training_request(hyperparameters_json=hyperparameters)
    assert runs.create(request).id == runs.create(request).id
    with pytest.raises(AlreadyExistsError):
        runs.create(training_request(training_duration="2ep"))
