"""An adapted layer that computes as one operation gives what PEFT gives."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from goldbrief_training.lora import DenseWeight, adapted_linear, fuse

IDS = torch.tensor([[5, 9, 201, 17, 44, 8, 90], [7, 7, 2, 1, 30, 30, 4]])
LINEARS = 7


def adapted(folder, **options):
    """The tiny model with an adapter that is not the identity; always the same one."""
    base = AutoModelForCausalLM.from_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = LoraConfig(
            task_type="CAUSAL_LM",
            init_lora_weights=False,
            **{"r": 4, "lora_alpha": 12, "target_modules": "all-linear"} | options,
        )
        return get_peft_model(base, config)


def pass_through(model):
    """Logits and all gradients."""
    logits = model(input_ids=IDS, use_cache=False).logits
    torch.autograd.backward(logits.square().mean())
    gradients = {n: p.grad for n, p in model.named_parameters() if p.requires_grad}
    return logits, gradients


def test_logits_and_gradients_are_those_of_peft(tiny_llama):
    logits, gradients = pass_through(adapted(tiny_llama))
    model = adapted(tiny_llama)
    layers = model.get_base_model().config.num_hidden_layers
    assert fuse(model) == LINEARS * layers
    fused_logits, fused_gradients = pass_through(model)
    torch.testing.assert_close(fused_logits, logits)
    assert len(gradients) == 2 * LINEARS * layers
    torch.testing.assert_close(fused_gradients, gradients)


def test_the_backward_is_that_of_its_formula():
    torch.manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, dtype=torch.float64, requires_grad=True)

    weight = random(5, 3).detach()
    inputs = random(2, 4, 3), random(2, 3), random(5, 2)
    assert torch.autograd.gradcheck(
        lambda x, a, b: adapted_linear(x, DenseWeight(weight), a, b, 1.5),
        inputs,
        check_batched_grad=False,
    )


def test_without_the_adapter_the_base_answers(tiny_llama):
    model = adapted(tiny_llama)
    base = AutoModelForCausalLM.from_pretrained(tiny_llama)
    fuse(model)
    with torch.no_grad(), model.disable_adapter():
        assert torch.equal(model(input_ids=IDS).logits, base(input_ids=IDS).logits)


@pytest.mark.parametrize("options", [{"lora_dropout": 0.1}, {"use_dora": True}])
def test_other_kinds_of_adapter_stay_with_peft(tiny_llama, options):
    assert fuse(adapted(tiny_llama, **options)) == 0


def test_layers_that_are_not_plain_stay_with_peft(tmp_path):
    config = GPT2Config(vocab_size=512, n_positions=64, n_embd=32, n_layer=2, n_head=4)
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    assert fuse(adapted(tmp_path, target_modules=["c_attn"], fan_in_fan_out=True)) == 0
