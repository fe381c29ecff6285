"""Each mistake in naming a model or its layers has its own message and its own way out."""

import json
import shutil

import pytest
from huggingface_hub.errors import LocalEntryNotFoundError
from runs import RUN, events, make_run
from tiny_families import edit_config

from goldbrief.core.errors import InvalidInputError, TransientError
from goldbrief.core.training import ExitCode, spec_key
from goldbrief_training import base_model, job


@pytest.fixture
def folder(tmp_path, tiny_llama):
    """A model of one's own to spoil."""
    return shutil.copytree(tiny_llama, tmp_path / "base")


def refusal(tmp_path, model, **changes):
    store = make_run(tmp_path / "store", model, **changes)
    with pytest.raises(InvalidInputError) as caught:
        job.read_inputs(store, spec_key(RUN))
    assert caught.value.remedy
    return caught.value


def test_a_folder_without_a_model(tmp_path):
    (tmp_path / "empty").mkdir()
    error = refusal(tmp_path, tmp_path / "empty")
    assert error.reason == "MODEL_NOT_FOUND"
    assert str(tmp_path / "empty") in error.message


def test_a_name_that_is_no_model(tmp_path):
    error = refusal(tmp_path, "no/such/model")
    assert error.reason == "MODEL_NOT_FOUND"
    assert "no/such/model" in error.message


@pytest.mark.parametrize("model_type", ["quantum", "t5"])
def test_a_family_that_is_no_causal_language_model(tmp_path, folder, model_type):
    edit_config(folder, model_type=model_type)
    error = refusal(tmp_path, folder)
    assert error.reason == "UNKNOWN_FAMILY"
    assert model_type in error.message


def test_a_context_beyond_the_models(tmp_path, folder):
    error = refusal(tmp_path, folder, context_length=2049)
    assert error.reason == "CONTEXT_TOO_LONG"
    assert "2049" in error.message
    assert "2048" in error.remedy


@pytest.mark.parametrize("targets", ["nothing", "q_proj,nothing"])
def test_a_target_that_matches_nothing(tmp_path, folder, targets):
    error = refusal(tmp_path, folder, lora={"rank": 8, "target_modules": targets})
    assert error.reason == "BAD_TARGET_MODULES"
    assert "'nothing'" in error.message
    assert "down_proj, gate_proj" in error.remedy


def test_a_target_that_cannot_be_adapted(tmp_path, folder):
    error = refusal(tmp_path, folder, lora={"rank": 8, "target_modules": "self_attn"})
    assert error.reason == "BAD_TARGET_MODULES"


def test_a_folder_without_a_tokenizer(tmp_path, folder):
    for path in folder.glob("*token*"):
        path.unlink()
    assert refusal(tmp_path, folder).reason == "NO_TOKENIZER"


def test_a_tokenizer_without_an_end_token(tmp_path, folder):
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"eos_token": None}))
    store = make_run(tmp_path / "store", folder)
    with pytest.raises(InvalidInputError, match="no end-of-text token"):
        job.read_inputs(store, spec_key(RUN))


def without(folder, name):
    (folder / name).unlink()


def truncated(folder, name):
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1000])


@pytest.mark.parametrize(
    ("spoil", "message"), [(without, "holds no weights"), (truncated, "is damaged")]
)
def test_a_folder_whose_weights_are_no_use(tmp_path, folder, train, spoil, message):
    spoil(folder, "model.safetensors")
    store = make_run(tmp_path / "store", folder)
    assert train(tmp_path / "store") == ExitCode.BAD_SPEC
    last = events(store)[-1]
    assert last.data["reason"] == "NO_WEIGHTS"
    assert message in last.message


def test_weights_of_another_model_are_not_filled_up_at_random(tmp_path, folder, train):
    edit_config(folder, num_hidden_layers=3)
    store = make_run(tmp_path / "store", folder)
    assert train(tmp_path / "store") == ExitCode.BAD_SPEC
    last = events(store)[-1]
    assert last.data["reason"] == "NO_WEIGHTS"
    assert "model.layers.2" in last.message


def test_a_hub_that_cannot_be_reached_is_no_fault_of_the_spec():
    error = OSError("We couldn't connect.\nCheck your connection.")
    error.__cause__ = LocalEntryNotFoundError("offline")
    found = base_model.not_readable("owner/name", error, "MODEL_NOT_FOUND")
    assert isinstance(found, TransientError)
    assert found.reason == "MODEL_HUB_UNREACHABLE"
