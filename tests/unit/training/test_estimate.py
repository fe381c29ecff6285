"""Estimates agree with published sizes, with hand counts, and with what autograd really keeps."""

import copy
from pathlib import Path

import pytest
import torch
import yaml
from peft import get_peft_model
from real_models import REAL
from tiny_families import tiny_config
from transformers import AutoModelForCausalLM

from goldbrief_training import counting
from goldbrief_training.adapter import lora_config
from goldbrief_training.estimate import (
    H100,
    Dataset,
    largest_micro_batch,
    main,
    minutes,
    report,
    spec_of_recipe,
    tokens_per_s,
)
from goldbrief_training.families import family_of

RECIPES = Path(__file__).parents[3] / "training-job" / "recipes"
GIGA = 1e9
ROWS = {"row_tokens": 3900, "completion_share": 0.11}


def ready(name, context_length):
    """A real configuration as `read_config` gives it."""
    config = copy.deepcopy(REAL[name])
    for field, value in family_of(config).fields(config, context_length).items():
        setattr(config, field, value)
    return config


@pytest.fixture(scope="module")
def subjects():
    """A real model's size, built once."""
    built = {}

    def build(name, full=False):
        if (name, full) not in built:
            recipe = {"context_length": 4096, "method": "full" if full else "lora"}
            spec = spec_of_recipe(recipe, name)
            built[name, full] = counting.subject(ready(name, 4096), spec)
        return built[name, full]

    return build


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [("llama-3-8b", 8.03, 8.03), ("mistral-7b", 7.24, 7.24), ("mpt-7b", 6.65, 6.65),
     ("dbrx", 131.6, 36.5)],
)  # fmt: skip
def test_parameters_are_those_that_were_published(subjects, name, total, active):
    counted = counting.parameters(subjects(name))
    assert counted.total / GIGA == pytest.approx(total, rel=2e-3)
    assert counted.active / GIGA == pytest.approx(active, rel=2e-3)


def test_flops_of_mistral_are_those_of_the_hand_count(subjects):
    """32 layers of 218.1 M weights, each weight 4; 6 for each of the adapter's 41.9 M."""
    flops = counting.flops_per_token(subjects("mistral-7b"), **ROWS)
    assert flops.linears / GIGA == pytest.approx(27.9, rel=5e-3)
    assert flops.attention / GIGA == pytest.approx(3.07, rel=5e-3)
    assert flops.adapter / GIGA == pytest.approx(0.25, rel=1e-2)
    assert flops.head / GIGA == pytest.approx(0.06, rel=5e-2)
    assert flops.model / GIGA == pytest.approx(31.3, rel=5e-3)
    full = counting.flops_per_token(subjects("mistral-7b", full=True), **ROWS)
    assert full.model / GIGA == pytest.approx(45.0, rel=5e-3)


def test_flops_of_a_mixture_count_the_experts_that_a_token_passes(subjects):
    flops = counting.flops_per_token(subjects("dbrx"), **ROWS)
    assert flops.model / GIGA == pytest.approx(147, rel=1e-2)


def test_layers_below_the_adapter_need_no_backward():
    config = REAL["mistral-7b"]
    whole = spec_of_recipe({}, "m")
    upper = spec_of_recipe({"lora": {"last_layers": 16}}, "m")
    all_layers, last_layers = (
        counting.flops_per_token(counting.subject(config, spec), **ROWS) for spec in (whole, upper)
    )
    assert last_layers.linears == pytest.approx(0.75 * all_layers.linears, rel=1e-2)
    assert last_layers.attention == pytest.approx(2 / 3 * all_layers.attention, rel=1e-2)
    assert last_layers.adapter == pytest.approx(0.5 * all_layers.adapter)


def kept_by_autograd(model, ids):
    """Bytes that a real forward pass keeps for the backward."""
    own = {p.untyped_storage().data_ptr() for p in (*model.parameters(), *model.buffers())}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model(input_ids=ids, use_cache=False, logits_to_keep=1)
    del output
    return sum(storage.nbytes() for storage in kept.values())


@pytest.mark.parametrize("family", ["llama", "mpt", "dbrx", "gpt_neox"])
def test_counted_activations_are_those_of_a_real_pass(family):
    config = tiny_config(family)
    config.max_seq_len = 64  # the MPT's; others have no such field
    spec = spec_of_recipe({"lora": {"rank": 8}, "levers": {"fused_lora": False}}, "m")
    with torch.random.fork_rng(devices=[]):
        model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        family_of(config).convert(model)
        get_peft_model(model, lora_config(spec.lora, config), autocast_adapter_dtype=False)
    real = kept_by_autograd(model.train(), torch.arange(64)[None])
    counted = counting.activations(counting.subject(config, spec), 64)
    assert counted == pytest.approx(real, rel=0.15)


def test_memory_of_mistral_is_that_of_weights_optimizer_and_activations(subjects):
    memory = counting.memory(subjects("mistral-7b"), **ROWS)
    assert memory.weights == pytest.approx(2 * 7.24 * GIGA, rel=2e-3)
    assert memory.trained == pytest.approx(16 * 41.9e6, rel=1e-2)
    # Some 6 MB a token; by hand (18 x 4096 + 4 x 1024 + 8 x 14336) bytes in each of 32 layers.
    assert memory.row / 3900 == pytest.approx(6.2e6, rel=0.15)


def test_checkpointing_trades_memory_for_a_second_forward_pass(subjects):
    plain = subjects("mistral-7b")
    levers = {"activation_checkpointing": "on"}
    spec = spec_of_recipe({"context_length": 4096, "levers": levers}, "m")
    thrifty = counting.Subject(plain.model, spec)
    # What enters each of 32 blocks, and one block with its gradients.
    inputs = 32 * 3900 * 4096 * 2
    block = counting.activations(plain, 3900) / 32
    assert counting.memory(thrifty, **ROWS).row == pytest.approx(inputs + 2 * block)
    flops = counting.flops_per_token(thrifty, **ROWS)
    assert flops.recomputed == pytest.approx(flops.model / 2, rel=0.05)


def test_full_fine_tuning_needs_sixteen_bytes_more_a_parameter(subjects):
    memory = counting.memory(subjects("mistral-7b", full=True), **ROWS)
    assert memory.weights + memory.trained == pytest.approx(18 * 7.24 * GIGA, rel=2e-3)


def test_dbrx_needs_more_than_one_card(subjects):
    one = counting.memory(subjects("dbrx"), **ROWS)
    eight = counting.memory(subjects("dbrx"), **ROWS, cards=8)
    assert one.weights == pytest.approx(263 * GIGA, rel=1e-2)
    assert largest_micro_batch(one, H100.memory_gib) == 0
    assert eight.weights < 263 * GIGA / 4


def test_time_follows_from_the_assumed_share_of_the_peak(subjects):
    flops = counting.flops_per_token(subjects("mistral-7b"), **ROWS)
    rate = tokens_per_s(flops, H100)
    # Public: 12,473 tokens/s for Llama-3-8B on one H100, whence the assumed share.
    assert rate == pytest.approx(12_900, rel=0.02)
    assert minutes(Dataset().tokens, rate) == pytest.approx(22.6, rel=0.02)


def test_the_report_tells_what_does_not_fit(subjects):
    lines = list(report(subjects("dbrx"), Dataset()))
    assert "131.60 B parameters, 36.4" in lines[0]
    assert lines[3].startswith("1 x H100 80 GB")
    assert lines[3].endswith("does not fit")
    assert len(lines) == 7
    assert lines[5].startswith("8 x H100 80 GB *")


def test_cards_that_hold_the_model_each_hold_all_of_it(subjects):
    one, eight = (
        line.split()[5:] for line in list(report(subjects("mistral-7b"), Dataset()))[3::2]
    )
    assert one[:3] == eight[:3]  # fixed, a row, micro-batch
    rates = [float(line[3].replace(",", "")) for line in (one, eight)]
    assert rates[1] == pytest.approx(8 * rates[0], rel=1e-3)


@pytest.mark.parametrize("name", REAL)
def test_a_recipe_tells_its_estimate(name):
    recipe = (RECIPES / f"{name}.yaml").read_text()
    spec = spec_of_recipe(yaml.safe_load(recipe), name)
    subject = counting.subject(ready(name, spec.context_length), spec)
    told = "".join(f"#   {line}\n" for line in report(subject, Dataset()))
    assert told in recipe


def test_the_command_needs_a_configuration_only(tmp_path, capsys):
    REAL["mistral-7b"].save_pretrained(tmp_path)
    main([str(tmp_path), str(RECIPES / "mistral-7b.yaml"), "--rows", "900"])
    told = capsys.readouterr().out
    assert "31.3 GFLOPs a token" in told
    assert "900 rows of 3,900 tokens" in told
