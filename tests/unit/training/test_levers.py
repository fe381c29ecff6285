"""Each lever can be switched off, and none changes what is computed."""

import json
import math
import os
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from peft import get_peft_model
from runs import RUN, encoded, losses, make_run, rows
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import ExitCode, Levers, TrainingSpec, spec_key
from goldbrief_training import fp8, levers
from goldbrief_training.adapter import lora_config
from goldbrief_training.batches import micro_batches
from goldbrief_training.model import completion_nll, load_model

CPU = torch.device("cpu")
EXACT = {"bf16": False, "compile": "off", "activation_checkpointing": "off"}
VARIANTS = [
    {},
    {"fused_lora": False},
    {"chunked_head": False},
    {"block_attention": False},
    {"frozen_prefix": False},
    {"activation_checkpointing": "on"},
    {"compile": "on"},
    {"fused_lora": False, "chunked_head": False, "block_attention": False, "frozen_prefix": False},
]
COMPILER = any(map(shutil.which, ("cc", "gcc", "clang")))
GOLDEN = Path(__file__).parents[2] / "golden" / "training-losses.json"


def make_spec(tmp_path, base, **changes):
    store = make_run(tmp_path, base, **{"lora": {"rank": 8, "last_layers": 1}, **changes})
    return TrainingSpec.model_validate_json(store.get(spec_key(RUN)))


def randomised(peft):
    """Give lora_B values: zeros, as at the start, would hide errors in lora_A's gradient."""
    torch.manual_seed(1)
    for name, parameter in peft.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return peft


def loss_and_gradients(nll, parameters):
    loss = nll()
    loss.backward()
    return loss.item(), {name: parameter.grad for name, parameter in parameters}


def plain(spec, batch):
    """What transformers and PEFT compute, with mask and labels."""
    base = AutoModelForCausalLM.from_pretrained(spec.model, attn_implementation="eager")
    torch.manual_seed(spec.seed)
    peft = randomised(get_peft_model(base, lora_config(spec.lora, base.config)))
    mask = torch.ones_like(batch.token_ids_bt)
    labels = torch.full_like(batch.token_ids_bt, -100)
    positions = batch.positions_p[batch.column_c] + 1
    labels[batch.row_c, positions] = batch.target_c
    trained = [(n, p) for n, p in peft.named_parameters() if p.requires_grad]
    return loss_and_gradients(
        lambda: peft(input_ids=batch.token_ids_bt, attention_mask=mask, labels=labels).loss, trained
    )


@pytest.mark.parametrize("off", VARIANTS, ids=lambda off: ",".join(off) or "all")
def test_loss_and_gradients_are_those_of_transformers_and_peft(tmp_path, tiny_llama, off):
    if off.get("compile") == "on" and not COMPILER:
        pytest.skip("there is no C compiler, which torch.compile needs on a CPU")
    spec = make_spec(tmp_path, tiny_llama, levers={**EXACT, **off})
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    (batch,) = micro_batches(encoded(rows(3), tokenizer), 3, tokenizer.eos_token_id, CPU)
    expected, wanted = plain(spec, batch)

    model = load_model(spec, tokenizer, CPU)
    randomised(model.peft)
    found, gradients = loss_and_gradients(
        lambda: (
            completion_nll(model.without_frozen, batch, model.levers.chunked_head)
            / len(batch.target_c)
        ),
        model.trainable.items(),
    )

    assert found == pytest.approx(expected, rel=1e-5)
    assert gradients.keys() == wanted.keys()
    for name, gradient in wanted.items():
        torch.testing.assert_close(gradients[name], gradient, rtol=1e-3, atol=1e-5)


def test_a_lever_that_the_device_lacks_has_no_effect_unless_it_was_asked_for():
    effect = levers.in_effect(Levers(), CPU)
    assert (effect.cudnn_attention, effect.compile, effect.fp8_base) == (False, "off", False)
    assert effect.activation_checkpointing == "off"
    with pytest.raises(InvalidInputError, match="FP8") as caught:
        levers.in_effect(Levers(fp8_base=True), CPU)
    assert caught.value.reason == "FP8_UNSUPPORTED"


def test_compiling_without_a_compiler_is_refused_when_asked_for(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert levers.in_effect(Levers(compile="auto"), CPU).compile == "off"
    with pytest.raises(InvalidInputError, match="no C compiler"):
        levers.in_effect(Levers(compile="on"), CPU)


def test_fp8_rounds_a_matrix_row_by_row_to_within_the_format():
    torch.manual_seed(0)
    matrix = torch.randn(64, 48) * torch.logspace(-3, 3, 64)[:, None]
    values, scale = fp8.quantised(matrix)
    assert values.dtype == torch.float8_e4m3fn
    back = values.float() * scale
    # Three bits of mantissa: half a unit in the last place is 1/16 of a value at most. Values
    # near zero are rounded to steps that are tiny beside the row's largest value.
    smallest = matrix.abs().amax(dim=1, keepdim=True) * 2**-17
    assert ((back - matrix).abs() <= matrix.abs() / 16 + smallest).all()


def test_products_in_fp8_are_those_of_the_rounded_factors_in_both_directions():
    torch.manual_seed(0)
    x_ni, weight_oi = torch.randn(7, 64), torch.randn(48, 64)
    weight = fp8.Fp8Weight(weight_oi)

    def rounded(matrix):
        values, scale = fp8.quantised(matrix)
        return values.float() * scale

    torch.testing.assert_close(weight.product(x_ni), rounded(x_ni) @ rounded(weight_oi).t())
    dy_no = torch.randn(7, 48)
    wanted = rounded(dy_no) @ rounded(weight_oi.t().contiguous()).t()
    torch.testing.assert_close(weight.transposed_product(dy_no), wanted)


def test_over_an_fp8_base_the_held_out_loss_falls_as_over_bfloat16(
    tmp_path, tiny_llama, train, monkeypatch
):
    """A CPU computes the same roundings, at no gain in speed."""
    monkeypatch.setattr(fp8, "is_supported", lambda device: True)
    falls = []
    for name, changes in (("bf16", {}), ("fp8", {"fp8_base": True})):
        store = make_run(tmp_path / name, tiny_llama, levers=changes, lora={"rank": 8})
        assert train(store.root) == ExitCode.DONE
        result = json.loads(store.get(f"runs/{RUN}/eval.json"))
        falls.append(math.log(result["base_perplexity"] / result["tuned_perplexity"]))
    assert falls[1] == pytest.approx(falls[0], rel=0.05)


def test_the_losses_of_a_tiny_model_are_those_of_the_golden_file(tmp_path, tiny_llama, train):
    """To renew after a change that is meant: GOLDBRIEF_RENEW_GOLDENS=1 pytest -k golden_file."""
    store = make_run(
        tmp_path, tiny_llama, levers=EXACT, learning_rate=2e-3, lora={"rank": 8},
        training_duration="8ba",
    )  # fmt: skip
    assert train(tmp_path) == ExitCode.DONE
    found = [loss for _, loss in sorted(losses(store).items())]
    if os.environ.get("GOLDBRIEF_RENEW_GOLDENS"):
        made_with = {name: version(name) for name in ("torch", "transformers", "peft")}
        GOLDEN.write_text(json.dumps({"made_with": made_with, "losses": found}, indent=2) + "\n")
    golden = json.loads(GOLDEN.read_text())
    assert found == pytest.approx(golden["losses"], rel=1e-5), f"made with {golden['made_with']}"
