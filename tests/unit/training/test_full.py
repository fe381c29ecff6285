"""All weights are trained: a model comes out, and any number of ranks goes on from a checkpoint."""

import json
import signal

import pytest
import safetensors.torch
import torch
from pydantic import ValidationError
from runs import RUN, events, losses, make_run
from test_ranks import run, wait_for_step
from test_ranks import start as start_ranks
from tiny_families import write_tiny
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.training import (
    AdapterManifest,
    ExitCode,
    TrainingSpec,
    adapter_prefix,
    merged_prefix,
)

pytestmark = pytest.mark.training

FULL = {"method": "full", "learning_rate": 1e-3, "levers": {"bf16": False}}


def weights(store):
    return safetensors.torch.load(store.get(merged_prefix(RUN) + "model.safetensors"))


@pytest.fixture(scope="module")
def alone(tmp_path_factory, tiny_llama, train):
    store = make_run(tmp_path_factory.mktemp("alone"), tiny_llama, **FULL)
    assert train(store.root) == ExitCode.DONE
    return store


def test_a_model_that_transformers_loads_comes_out_and_answers_as_it_was_trained(
    alone, tiny_llama, tmp_path
):
    manifest = AdapterManifest.model_validate_json(alone.get(merged_prefix(RUN) + "manifest.json"))
    assert manifest.lora is None
    assert {"model.safetensors", "config.json", "tokenizer.json", "prompt.json"} <= set(
        manifest.files
    )
    for name, sha256 in manifest.files.items():
        content = alone.get(merged_prefix(RUN) + name)
        assert sha256_bytes(content) == sha256
        (tmp_path / name).write_bytes(content)
    assert not list(alone.list(adapter_prefix(RUN)))
    assert (tmp_path / "config.json").read_text() == (tiny_llama / "config.json").read_text()
    model = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    (canary,) = json.loads(alone.get(f"runs/{RUN}/canaries.json"))
    assert canary["base_text"] != canary["tuned_text"]
    ids = tokenizer(canary["prompt"], return_tensors="pt")
    found = model.generate(**ids, do_sample=False, max_new_tokens=8)
    assert found[0, ids["input_ids"].shape[1] :].tolist() == canary["tuned_token_ids"]


def test_held_out_rows_are_measured_before_and_after(alone):
    told = losses(alone)
    assert told[12] < told[1]
    result = json.loads(alone.get(f"runs/{RUN}/eval.json"))
    assert result["tuned_perplexity"] < result["base_perplexity"]


@pytest.mark.parametrize("family", ["llama", "mpt"])
def test_products_and_shared_weights_may_be_in_bfloat16(family, tmp_path, tiny_llama, train):
    base = write_tiny(family, tmp_path / family, tiny_llama)
    exact = make_run(tmp_path / "exact", base, **FULL)
    one = make_run(tmp_path / "one", base, **FULL | {"levers": {}})
    assert train(exact.root) == train(one.root) == ExitCode.DONE
    two = make_run(tmp_path / "two", base, **FULL | {"levers": {}})
    code, log = run(two, 2)
    assert code == ExitCode.DONE, log
    for store in (one, two):
        assert losses(store) == pytest.approx(losses(exact), rel=0.02)


@pytest.mark.parametrize(("family", "ranks"), [("llama", 2), ("llama", 3), ("mpt", 2)])
def test_ranks_that_share_all_weights_learn_what_one_learns_alone(
    family, ranks, tmp_path, tiny_llama, train
):
    base = write_tiny(family, tmp_path / family, tiny_llama)
    one = make_run(tmp_path / "one", base, **FULL)
    assert train(one.root) == ExitCode.DONE
    together = make_run(tmp_path / "together", base, **FULL)
    code, log = run(together, ranks)
    assert code == ExitCode.DONE, log
    assert losses(together) == pytest.approx(losses(one), rel=1e-4)
    for name, tensor in weights(one).items():
        torch.testing.assert_close(weights(together)[name], tensor, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 2), (2, 1), (1, 2), (3, 2)])
def test_any_number_of_ranks_goes_on_from_a_checkpoint_of_any_other(
    before, after, alone, tmp_path, tiny_llama
):
    store = make_run(tmp_path, tiny_llama, **FULL)
    process = start_ranks(store, before)
    wait_for_step(store, 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    code, log = run(store, after)
    assert code == ExitCode.DONE, log
    assert "RESUMED" in [event.type for event in events(store)]
    if before == after == 1:
        assert losses(store) == losses(alone)
    assert losses(store) == pytest.approx(losses(alone), rel=1e-4)


def test_its_default_learning_rate_is_lower():
    fields = {"run_id": RUN, "model": "m", "register_to": "m",
              "train_data": [{"files": [{"key": "k", "name": "k"}]}]}  # fmt: skip
    full = TrainingSpec.model_validate({**fields, "method": "full"})
    assert full.learning_rate < TrainingSpec.model_validate(fields).learning_rate
    asked = TrainingSpec.model_validate({**fields, "method": "full", "learning_rate": 1e-4})
    assert asked.learning_rate == 1e-4


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"custom_weights": "adapters/m/1/"}, "name its folder as the model"),
     ({"levers": {"fp8_base": True}}, "frozen weights")],
)  # fmt: skip
def test_what_needs_an_adapter_is_refused(tmp_path, tiny_llama, change, problem):
    with pytest.raises(ValidationError, match=problem):
        make_run(tmp_path, tiny_llama, **FULL | change)


def test_a_converted_family_is_refused_before_weights_are_read(tmp_path, tiny_llama, train):
    store = make_run(tmp_path, write_tiny("dbrx", tmp_path / "dbrx", tiny_llama), **FULL)
    assert train(store.root, "--validate") == ExitCode.BAD_SPEC
    (failed,) = events(store)
    assert failed.data["reason"] == "METHOD_NOT_SUPPORTED"
