"""Each family, proven on a tiny random model of its real architecture.

A run lowers the loss; its adapter reloads; merged weights answer as the adapter does; and what
is served, adapter or merged model, answers as the trained model did.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from runs import RUN, losses, make_run
from tiny_families import SERVED_AS_ADAPTER, SERVED_MERGED, edit_config, write_tiny
from transformers import AutoConfig, AutoModelForCausalLM

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.training import (
    AdapterManifest,
    TrainingSpec,
    adapter_prefix,
    merged_prefix,
    spec_key,
)
from goldbrief.inference.adapters import AdapterFolder
from goldbrief.inference.language_model import LanguageModel
from goldbrief_training import base_model, job
from goldbrief_training.families import family_of
from goldbrief_training.model import load_model

# Longer than the window of the tiny MPT.
IDS = torch.tensor([[5, 9, 201, 17, 44, 8, 90, 300, 12, 77, 31, 4, 250, 6, 19, 23, 101, 55, 3, 40]])


@dataclass
class Trained:
    """A finished run in float32, and the model as it was when it ended."""

    folder: Path
    spec: TrainingSpec
    store: Any
    model: Any

    def logits(self) -> torch.Tensor:
        return logits(self.model.peft)

    def fetch(self, prefix: str, folder: Path) -> AdapterManifest:
        """Write an exported folder to disk, checked against its manifest."""
        manifest = AdapterManifest.model_validate_json(self.store.get(prefix + "manifest.json"))
        folder.mkdir(parents=True)
        for name, sha256 in manifest.files.items():
            content = self.store.get(prefix + name)
            assert sha256_bytes(content) == sha256
            (folder / name).write_bytes(content)
        return manifest


def logits(model: Any, ids: torch.Tensor = IDS) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        return model(input_ids=ids, use_cache=False).logits


def assert_same_answers(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_llama, train):
    """Trains a family once."""
    done: dict[str, Trained] = {}

    def run(family: str) -> Trained:
        if family not in done:
            root = tmp_path_factory.mktemp(family)
            folder = write_tiny(family, root / "base", tiny_llama, shard="20KB")
            store = make_run(
                root / "store", folder, levers={"bf16": False}, lora={"rank": 8, "alpha": 16}
            )
            models = []

            def loading(*arguments: Any) -> Any:
                models.append(load_model(*arguments))
                return models[-1]

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(job, "load_model", loading)
                assert train(root / "store") == 0
            spec = TrainingSpec.model_validate_json(store.get(spec_key(RUN)))
            done[family] = Trained(folder, spec, store, models[0])
        return done[family]

    return run


@pytest.mark.parametrize("family", SERVED_AS_ADAPTER + SERVED_MERGED)
def test_training_lowers_the_loss(trained, family):
    series = losses(trained(family).store)
    assert series[12] < 0.7 * series[1]


@pytest.mark.parametrize("family", SERVED_AS_ADAPTER + SERVED_MERGED)
def test_merged_equals_unmerged(trained, family):
    run = trained(family)
    merged = copy.deepcopy(run.model.peft).merge_and_unload()
    assert_same_answers(logits(merged), run.logits())


@pytest.mark.parametrize("family", SERVED_AS_ADAPTER)
def test_a_served_adapter_answers_as_the_trained_model(trained, family, tmp_path):
    run = trained(family)
    run.fetch(adapter_prefix(RUN), tmp_path / "adapter")
    base = AutoModelForCausalLM.from_pretrained(run.folder)
    untuned = logits(base)
    served = PeftModel.from_pretrained(base, tmp_path / "adapter")
    assert_same_answers(logits(served), run.logits())
    assert not torch.allclose(untuned, run.logits(), atol=0.1)
    assert not list(run.store.list(merged_prefix(RUN)))


@pytest.mark.parametrize("family", ["llama", "mistral"])
def test_the_embedded_engine_answers_as_the_trained_model(trained, family, tmp_path):
    run = trained(family)
    run.fetch(adapter_prefix(RUN), tmp_path / "m--1")
    engine = LanguageModel("base", run.folder, AdapterFolder(tmp_path))
    engine.select("m--1")
    with torch.no_grad():
        scores = engine.begin(IDS.tolist(), max_new=1).start()
    assert_same_answers(scores[0], run.logits()[0, -1])


@pytest.mark.parametrize("family", SERVED_MERGED)
def test_a_merged_model_answers_as_the_trained_one(trained, family, tmp_path):
    run = trained(family)
    manifest = run.fetch(merged_prefix(RUN), tmp_path / "merged")
    served = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    assert_same_answers(logits(served), run.logits())
    assert not torch.allclose(logits(AutoModelForCausalLM.from_pretrained(
        run.folder, config=served.config)), run.logits(), atol=0.1)  # fmt: skip
    assert {"config.json", "tokenizer.json", "prompt.json"} < set(manifest.files)
    weights = {name for name in manifest.files if name.startswith("model-")}
    assert len(weights) > 1
    assert all(name.endswith(".safetensors") for name in weights)


@pytest.mark.parametrize("family", SERVED_MERGED)
def test_an_adapter_that_is_served_merged_reloads_all_the_same(trained, family, tmp_path):
    run = trained(family)
    run.fetch(adapter_prefix(RUN), tmp_path / "adapter")
    base = base_model.load_weights(
        run.spec, base_model.read_config(run.spec), dtype=torch.float32, attention=None
    )
    assert_same_answers(logits(PeftModel.from_pretrained(base, tmp_path / "adapter")), run.logits())


def test_mpt_reads_rows_beyond_its_window_as_within(trained):
    run = trained("mpt")
    assert AutoConfig.from_pretrained(run.folder).max_seq_len == 16
    assert run.model.base.config.max_seq_len == run.spec.context_length
    base = run.model.base
    with run.model.peft.disable_adapter():
        expected = logits(AutoModelForCausalLM.from_pretrained(run.folder), IDS[:, :16])
        assert_same_answers(logits(base)[:, :16], expected)


@pytest.mark.parametrize("family", SERVED_AS_ADAPTER + SERVED_MERGED)
def test_padding_on_the_right_needs_no_mask(trained, family):
    model = trained(family).model.peft
    padded = torch.cat([IDS, torch.full((1, 30), 2)], dim=1)
    alone = logits(model)
    assert_same_answers(logits(model, padded)[:, : IDS.shape[1]], alone)


def test_mpt_with_a_table_of_positions_is_refused(tmp_path, tiny_llama):
    folder = write_tiny("mpt", tmp_path / "base", tiny_llama)
    edit_config(folder, attn_config={"alibi": False})
    store = make_run(tmp_path / "store", folder)
    with pytest.raises(InvalidInputError, match="table of positions"):
        job.read_inputs(store, spec_key(RUN))


def test_converted_experts_compute_what_they_did(trained):
    run = trained("dbrx")
    config = base_model.read_config(run.spec)
    plain = AutoModelForCausalLM.from_pretrained(run.folder, config=config)
    before = logits(plain)
    family_of(config).convert(plain)
    torch.testing.assert_close(logits(plain), before, rtol=1e-5, atol=1e-5)


def test_every_expert_is_adapted_and_the_router_is_not(trained):
    names = list(trained("dbrx").model.trainable)
    # Of 2 layers: attention's two matrices, and three of each of 4 experts; A and B of each.
    assert len(names) == 2 * 2 * (2 + 3 * 4)
    assert not any("router" in name for name in names)


def test_the_base_of_dbrxs_rotations_is_the_checkpoints(trained):
    config = base_model.read_config(trained("dbrx").spec)
    assert config.rope_parameters["rope_theta"] == 500_000


def test_the_last_layers_alone_are_told_by_the_layers_number_not_the_experts(
    trained, tmp_path, tiny_llama
):
    lora = {"rank": 8, "last_layers": 1}
    store = make_run(tmp_path, trained("dbrx").folder, lora=lora, levers={"bf16": False})
    inputs = job.read_inputs(store, spec_key(RUN))
    model = load_model(inputs.spec, inputs.tokenizer, torch.device("cpu"))
    assert len(model.trainable) == 2 * (2 + 3 * 4)
    assert all(".blocks.1." in name for name in model.trainable)
