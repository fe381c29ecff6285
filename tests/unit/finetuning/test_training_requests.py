import dataclasses
import json

import pytest

from goldbrief.core.errors import AlreadyExistsError, InvalidInputError
from goldbrief.finetuning.data_paths import AskedSource
from goldbrief.finetuning.runs import FinetuningRuns
from goldbrief.finetuning.training_requests import RequestResolver
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.ledgers import make_ledger

from .samples import DATASET, prompt_format, put_dataset, put_manifest, training_request


@pytest.fixture
def store(tmp_path):
    store = DirectoryStore(tmp_path / "objects")
    put_dataset(store)
    return store


@pytest.fixture
def resolver(store, tmp_path):
    (tmp_path / "models" / "tiny").mkdir(parents=True)
    (tmp_path / "models" / "tiny" / "config.json").touch()
    return RequestResolver(store, tmp_path / "models", "s3://goldbrief")


def test_a_dataset_version_gives_train_and_held_out_rows_and_its_digest(resolver):
    spec = resolver.work_spec(training_request())
    (source,) = spec["training"]["train_data"]
    assert source == {
        "files": [{"key": f"{DATASET}/train.jsonl", "name": "briefs/3f2a/train.jsonl"}],
        "weight": 1.0,
    }
    assert [file["key"] for file in spec["training"]["eval_data"]] == [f"{DATASET}/eval.jsonl"]
    assert spec["training"]["training_duration"] == "1ep"
    assert spec["dataset_digest"] == "3f2a99"


def keys(sources):
    return [file["key"] for source in sources for file in source["files"]]


def test_a_dataset_version_brings_its_prompt_format(resolver, store):
    assert resolver.work_spec(training_request(prompt_json=""))["training"]["prompt"] is None
    store.put(f"{DATASET}/prompt.json", prompt_format().model_dump_json().encode())
    spec = resolver.work_spec(training_request(prompt_json=""))
    assert spec["training"]["prompt"] == prompt_format().model_dump(mode="json")


@pytest.mark.parametrize("path", ["rows/", "rows", "s3://goldbrief/rows/"])
def test_a_prefix_stands_for_the_files_below_it(resolver, store, path):
    for name in ("a.jsonl", "more/b.jsonl.gz", "README.md", ".hidden/c.jsonl"):
        store.put(f"rows/{name}", b"{}")
    spec = resolver.work_spec(training_request(train_data_path=path))
    assert keys(spec["training"]["train_data"]) == ["rows/a.jsonl", "rows/more/b.jsonl.gz"]


@pytest.mark.parametrize(
    "names",
    [
        ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet",
         "data/test-00000-of-00001.parquet"],
        ["dataset_dict.json", "train/data-00000-of-00001.arrow", "train/state.json",
         "test/data-00000-of-00001.arrow"],
    ],
    ids=["hub", "saved"],
)  # fmt: skip
def test_of_a_hugging_face_dataset_the_training_split_is_taken(resolver, store, names):
    for name in names:
        store.put(f"hf/{name}", b"")
    spec = resolver.work_spec(training_request(train_data_path="hf/"))
    expected = [f"hf/{name}" for name in names if "train" in name and "json" not in name]
    assert keys(spec["training"]["train_data"]) == expected


@pytest.mark.parametrize(
    ("names", "words"),
    [(["a.md"], "no training data"), (["a.jsonl", "b.txt"], "mixes jsonl and text"),
     (["test.jsonl", "validation.jsonl"], "no split `train`")],
)  # fmt: skip
def test_a_prefix_that_does_not_tell_what_to_train_on_is_refused(resolver, store, names, words):
    for name in names:
        store.put(f"odd/{name}", b"")
    with pytest.raises(InvalidInputError, match=words):
        resolver.work_spec(training_request(train_data_path="odd/"))


def test_several_sources_keep_their_weights_and_names(resolver, store):
    store.put("uploads/1f", b"{}")
    sources = (AskedSource("briefs/3f2a", 2.0), AskedSource("uploads/1f", name="own.jsonl"))
    spec = resolver.work_spec(training_request(train_data_path="", train_data=sources))
    first, second = spec["training"]["train_data"]
    assert (first["weight"], second["weight"]) == (2.0, 1.0)
    assert second["files"] == [{"key": "uploads/1f", "name": "own.jsonl"}]
    assert spec["dataset_digest"] == "3f2a99"
    assert spec["train_data_path"] == "briefs/3f2a, own.jsonl"


def test_own_weights_must_be_of_the_same_base_and_shape(resolver, store):
    put_manifest(store, "ft-1")
    lora = json.dumps({"lora": {"rank": 16}})
    request = training_request(
        model="acme/tiny", custom_weights_path="runs/ft-1/adapter/", hyperparameters_json=lora
    )
    spec = resolver.work_spec(request)
    assert spec["training"]["custom_weights"] == "runs/ft-1/adapter/"
    for changes, words in (
        ({"model": "acme/other"}, "base model acme/tiny, this run acme/other"),
        ({"hyperparameters_json": '{"lora": {"rank": 8}}'}, "LoRA shape"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            resolver.work_spec(dataclasses.replace(request, **changes))


def test_a_misspelt_hyperparameter_is_told_its_name(resolver):
    request = training_request(hyperparameters_json='{"learning_rat": 1}')
    with pytest.raises(InvalidInputError, match="Did you mean learning_rate"):
        resolver.work_spec(request)


def test_early_stopping_without_held_out_rows_is_refused_at_once(resolver):
    request = training_request(
        train_data_path=f"{DATASET}/train.jsonl", hyperparameters_json='{"early_stopping": {}}'
    )
    with pytest.raises(InvalidInputError, match="needs held-out rows"):
        resolver.work_spec(request)


def test_a_plain_object_is_trained_on_as_it_is(resolver):
    spec = resolver.work_spec(training_request(train_data_path=f"{DATASET}/train.jsonl"))
    assert keys(spec["training"]["train_data"]) == [f"{DATASET}/train.jsonl"]
    assert spec["training"]["eval_data"] == []
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
        ({"budget_hours": -1.0}, "budget_hours"),
        ({"resources": {"gpus": -1}}, "resources.gpus"),
        ({"train_data": (AskedSource("briefs/3f2a"),)}, "train_data"),
        ({"train_data_path": "s3://elsewhere/rows/"}, "train_data_path"),
        ({"custom_weights_path": "briefs@7"}, "custom_weights_path"),
        (
            {"hyperparameters_json": '{"early_stopping": {"patience": 0}}'},
            "hyperparameters_json.early_stopping.patience",
        ),
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


def test_the_same_request_id_starts_one_run(resolver, store, tmp_path):
    runs = FinetuningRuns(make_ledger(tmp_path).works, resolver, store)
    hyperparameters = json.dumps({"learning_rate": 1e-4, "lora": {"rank": 8}})
    request = training_request(hyperparameters_json=hyperparameters)
    assert runs.create(request).id == runs.create(request).id
    with pytest.raises(AlreadyExistsError):
        runs.create(training_request(training_duration="2ep"))
