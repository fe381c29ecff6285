"""Merged weights keep the checkpoint's layout, and nothing executable."""

import json

import pytest
import safetensors.torch
import torch
from peft import LoraConfig, get_peft_model
from tiny_families import edit_config, tiny_config, write_tiny
from transformers import AutoModelForCausalLM

from goldbrief.core.errors import InvalidInputError
from goldbrief_training.families import family_of
from goldbrief_training.merging import merge

FAMILY = family_of(tiny_config("mpt"))
IDS = torch.arange(16)[None]


@pytest.fixture
def base(tmp_path, tiny_llama):
    folder = write_tiny("mpt", tmp_path / "base", tiny_llama)
    edit_config(folder, auto_map={"AutoConfig": "code.Config"})
    for name in ("code.py", "LICENSE", "training_args.bin"):
        (folder / name).write_text("#")
    return folder


def write_adapter(base, folder, **options):
    """An adapter that is not the identity; returns the model with it."""
    model = AutoModelForCausalLM.from_pretrained(base)
    names = ["Wqkv", "out_proj", "up_proj", "down_proj"]
    config = LoraConfig(
        task_type="CAUSAL_LM", r=4, lora_alpha=12, target_modules=names,
        init_lora_weights=False, **options,
    )  # fmt: skip
    peft = get_peft_model(model, config).eval()
    peft.save_pretrained(folder)
    return peft


def merged(base, adapter, out, **fields):
    out.mkdir()
    return [path.name for path in merge(base, adapter, out, FAMILY, fields)]


def assert_same_answers(out, peft):
    with torch.no_grad():
        found = AutoModelForCausalLM.from_pretrained(out).eval()(IDS).logits
        torch.testing.assert_close(found, peft(IDS).logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("use_rslora", [False, True])
def test_the_adapters_scale_is_pefts(base, tmp_path, use_rslora):
    peft = write_adapter(base, tmp_path / "adapter", use_rslora=use_rslora)
    merged(base, tmp_path / "adapter", tmp_path / "out")
    assert_same_answers(tmp_path / "out", peft)


def test_what_is_not_adapted_stays_bit_for_bit(base, tmp_path):
    write_adapter(base, tmp_path / "adapter", layers_to_transform=[1])
    merged(base, tmp_path / "adapter", tmp_path / "out")
    before = safetensors.torch.load_file(base / "model.safetensors")
    after = safetensors.torch.load_file(tmp_path / "out" / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert list(before) == list(after)
    assert changed == {
        f"transformer.blocks.1.{name}.weight"
        for name in ("attn.Wqkv", "attn.out_proj", "ffn.up_proj", "ffn.down_proj")
    }


def test_the_type_of_the_weights_stays(base, tmp_path):
    AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16).save_pretrained(base)
    write_adapter(base, tmp_path / "adapter")
    merged(base, tmp_path / "adapter", tmp_path / "out")
    after = safetensors.torch.load_file(tmp_path / "out" / "model.safetensors")
    assert {tensor.dtype for tensor in after.values()} == {torch.bfloat16}


def test_code_and_pickles_are_left_behind(base, tmp_path):
    write_adapter(base, tmp_path / "adapter")
    files = merged(base, tmp_path / "adapter", tmp_path / "out", max_seq_len=99)
    assert set(files) == {
        "model.safetensors", "config.json", "generation_config.json", "tokenizer.json",
        "tokenizer_config.json", "LICENSE",
    }  # fmt: skip
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert "auto_map" not in config
    assert config["max_seq_len"] == 99


def test_pickled_weights_become_safetensors(base, tmp_path):
    weights = safetensors.torch.load_file(base / "model.safetensors")
    peft = write_adapter(base, tmp_path / "adapter")
    (base / "model.safetensors").unlink()
    halves = [dict(list(weights.items())[i::2]) for i in range(2)]
    for number, half in enumerate(halves, start=1):
        torch.save(half, base / f"pytorch_model-{number:05d}-of-00002.bin")
    files = merged(base, tmp_path / "adapter", tmp_path / "out")
    assert files[:3] == [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]
    assert_same_answers(tmp_path / "out", peft)


def test_files_may_be_moved_away_one_by_one(base, tmp_path):
    AutoModelForCausalLM.from_pretrained(base).save_pretrained(base, max_shard_size="20KB")
    (base / "model.safetensors").unlink()
    write_adapter(base, tmp_path / "adapter")
    out = tmp_path / "out"
    out.mkdir()
    for path in merge(base, tmp_path / "adapter", out, FAMILY, {}):
        assert list(out.iterdir()) == [path]
        path.unlink()


def test_a_checkpoint_that_names_its_tensors_otherwise_is_refused(base, tmp_path):
    write_adapter(base, tmp_path / "adapter")
    weights = safetensors.torch.load_file(base / "model.safetensors")
    renamed = {name.removeprefix("transformer."): tensor for name, tensor in weights.items()}
    safetensors.torch.save_file(renamed, base / "model.safetensors", {"format": "pt"})
    with pytest.raises(InvalidInputError, match=r"no tensor transformer\.blocks\.0") as caught:
        merged(base, tmp_path / "adapter", tmp_path / "out")
    assert caught.value.reason == "CANNOT_MERGE"
