"""Every family's export gives the same logits on transformers 4, as TGI and converters have it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from peft import PeftModel
from runs import RUN, make_run
from tiny_families import edit_config, write_tiny
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.training import ExitCode, adapter_prefix, merged_prefix
from goldbrief_training.merging import companions
from goldbrief_training.transformers4 import config_for_both, tokenizer_config_for_both

FOLDER = Path(__file__).parents[3] / ".cache/transformers4"
TEXT = "Revenue grew 12% to $4.5 billion while operating margin fell to 18.3%."
FLOAT32 = {"levers": {"bf16": False}}
LLAMA_3 = {
    "rope_type": "llama3", "rope_theta": 500_000.0, "factor": 8.0, "low_freq_factor": 1.0,
    "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
}  # fmt: skip

_READ = """
import sys, json, torch, safetensors.torch, transformers
assert transformers.__version__.startswith("4."), transformers.__version__
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, adapter, out, text, asked = sys.argv[1:]
ids = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")["input_ids"]
model = AutoModelForCausalLM.from_pretrained(folder).eval()
if adapter:
    config = json.load(open(adapter + "/adapter_config.json"))
    scale = config["lora_alpha"] / config["r"]
    tensors = safetensors.torch.load_file(adapter + "/adapter_model.safetensors")
    for key, a in tensors.items():
        module, side, _ = key.removeprefix("base_model.model.").rpartition(".lora_A.weight")
        if side:
            layer = model.get_submodule(module)
            layer.weight.data += scale * (tensors[key.replace(".lora_A.", ".lora_B.")] @ a)
with torch.no_grad():
    logits = model(torch.tensor(json.loads(asked))).logits
safetensors.torch.save_file({"ids": ids, "logits": logits.float()}, out)
"""


def read_by_4(folder, out, expected, adapter=""):
    """Ids of the text, and logits of the expected ids, as transformers 4 has them."""
    if not (FOLDER / ".ready").exists():
        pytest.skip("transformers 4 is not installed: run scripts/install_transformers4.sh")
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    asked = json.dumps(expected["ids"].tolist())
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(folder), str(adapter), str(out), TEXT, asked],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return safetensors.torch.load_file(out)


def read_by_5(folder, adapter=""):
    """The same as transformers 5 has it, which trained it."""
    ids = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")["input_ids"]
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    if adapter:
        model = PeftModel.from_pretrained(model, adapter).eval()
    with torch.no_grad():
        return {"ids": ids, "logits": model(ids).logits.float()}


def exported(store, prefix, folder):
    folder.mkdir()
    for key in store.list(prefix):
        (folder / key.removeprefix(prefix)).write_bytes(store.get(key))
    return folder


def assert_same_on_4(folder, out, adapter="", *, has_own_tokenizer=True):
    expected = read_by_5(folder, adapter)
    found = read_by_4(folder, out, expected, adapter)
    if has_own_tokenizer:
        assert torch.equal(found["ids"], expected["ids"])
    torch.testing.assert_close(found["logits"], expected["logits"], rtol=1e-4, atol=1e-4)


def has_own_tokenizer(family):
    # our tiny tokenizer is none of Qwen's, and transformers 5 takes any for one in such a folder
    return family != "qwen2"


@pytest.mark.transformers4
@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "gpt_neox"])
def test_a_model_trained_whole_is_the_same_on_4(family, tmp_path, tiny_llama, train):
    base = write_tiny(family, tmp_path / "base", tiny_llama)
    rope = json.loads((base / "config.json").read_text())["rope_parameters"]
    edit_config(base, rope_parameters={**rope, "rope_theta": 1_000_000.0})
    store = make_run(tmp_path / "store", base, method="full", learning_rate=1e-3, **FLOAT32)
    assert train(store.root) == ExitCode.DONE
    model = exported(store, merged_prefix(RUN), tmp_path / "model")
    assert_same_on_4(model, tmp_path / "out", has_own_tokenizer=has_own_tokenizer(family))


@pytest.mark.transformers4
def test_without_the_names_of_4_the_logits_would_be_others(tmp_path, tiny_llama):
    """That the comparison can fail: what transformers 5 writes is misread without an error."""
    base = write_tiny("mistral", tmp_path / "base", tiny_llama)
    edit_config(base, rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0})
    (base / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    expected = read_by_5(base)
    found = read_by_4(base, tmp_path / "out", expected)
    assert not torch.allclose(found["logits"], expected["logits"], rtol=1e-2, atol=1e-2)


@pytest.mark.transformers4
@pytest.mark.parametrize("family", ["mpt", "dbrx"])
def test_merged_weights_are_the_same_on_4(family, tmp_path, tiny_llama, train):
    base = write_tiny(family, tmp_path / "base", tiny_llama)
    store = make_run(tmp_path / "store", base, **FLOAT32)
    assert train(store.root) == ExitCode.DONE
    merged = exported(store, merged_prefix(RUN), tmp_path / "merged")
    assert_same_on_4(merged, tmp_path / "out")


@pytest.mark.transformers4
@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2"])
def test_an_adapter_is_the_same_on_4(family, tmp_path, tiny_llama, train):
    saved = write_tiny(family, tmp_path / "saved", tiny_llama)
    base = tmp_path / "base"
    base.mkdir()
    list(companions(saved, base, {}))  # as hubs have it: with the names of 4
    (base / "model.safetensors").write_bytes((saved / "model.safetensors").read_bytes())
    store = make_run(tmp_path / "store", base, **FLOAT32)
    assert train(store.root) == ExitCode.DONE
    adapter = exported(store, adapter_prefix(RUN), tmp_path / "adapter")
    tuned, untuned = read_by_5(base, adapter), read_by_5(base)
    assert not torch.allclose(tuned["logits"], untuned["logits"], atol=1e-3)
    own = has_own_tokenizer(family)
    assert_same_on_4(base, tmp_path / "out", adapter, has_own_tokenizer=own)


@pytest.mark.transformers4
def test_scaled_positions_and_the_type_of_weights_are_read_by_4(tmp_path, tiny_llama):
    base = write_tiny("llama", tmp_path / "base", tiny_llama)
    AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16).save_pretrained(base)
    edit_config(base, rope_parameters=LLAMA_3)
    model = tmp_path / "model"
    model.mkdir()
    list(companions(base, model, {}))
    (model / "model.safetensors").write_bytes((base / "model.safetensors").read_bytes())
    edit_config(model, torch_dtype="float32", dtype="float32")  # logits to compare
    assert_same_on_4(model, tmp_path / "out")
    assert json.loads((model / "config.json").read_text())["rope_scaling"]["factor"] == 8.0


def test_the_names_of_both_versions_say_the_same():
    plain = config_for_both(
        {"dtype": "bfloat16", "rope_parameters": {"rope_type": "default", "rope_theta": 1e6}}
    )
    assert (plain["torch_dtype"], plain["rope_theta"]) == ("bfloat16", 1e6)
    assert "rope_scaling" not in plain
    stale = {"rope_scaling": {"type": "linear"}, "rope_parameters": {"rope_theta": 1e6}}
    assert config_for_both(stale)["rope_scaling"] is None
    scaled = config_for_both({"rope_parameters": LLAMA_3})
    assert scaled["rope_theta"] == 500_000.0
    assert "rope_theta" not in scaled["rope_scaling"]
    assert scaled["rope_scaling"]["rope_type"] == "llama3"
    dbrx = config_for_both(
        {
            "model_type": "dbrx", "rope_parameters": {"rope_theta": 5e5},
            "attn_config": {"clip_qkv": 8, "is_encoder_decoder": False},
            "ffn_config": {"moe_top_k": 2, "return_dict": True},
        }
    )  # fmt: skip
    assert dbrx["attn_config"] == {"clip_qkv": 8, "rope_theta": 5e5}
    assert dbrx["ffn_config"] == {"moe_top_k": 2}
    per_layer = {"rope_parameters": {"full_attention": {"rope_theta": 1e6}}}
    assert config_for_both(per_layer) == per_layer
    old = {"torch_dtype": "float16", "rope_theta": 5e5, "rope_scaling": None}
    assert config_for_both(old) == old


def test_a_tokenizer_is_named_by_a_class_that_both_have():
    assert tokenizer_config_for_both({"tokenizer_class": "TokenizersBackend", "a": 1}) == {
        "tokenizer_class": "PreTrainedTokenizerFast", "a": 1,
    }  # fmt: skip
    own = {"tokenizer_class": "LlamaTokenizerFast"}
    assert tokenizer_config_for_both(own) == own
