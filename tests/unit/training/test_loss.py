"""Our shortcuts change nothing: loss and gradients equal the plain computation."""

import copy

import pytest
import torch
from peft import get_peft_model
from runs import encoded, rows
from transformers import AutoModelForCausalLM, AutoTokenizer

from goldbrief.core.training import LoraSpec
from goldbrief_training import attention, head
from goldbrief_training.adapter import lora_config
from goldbrief_training.batches import micro_batches
from goldbrief_training.frozen import FrozenLayers
from goldbrief_training.model import completion_nll

CPU = torch.device("cpu")


@pytest.fixture
def tokenizer(tiny_llama):
    return AutoTokenizer.from_pretrained(tiny_llama)


@pytest.fixture
def samples(tokenizer):
    return encoded(rows(5), tokenizer)


def adapted(tiny_llama, implementation):
    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(tiny_llama, attn_implementation=implementation)
    model = get_peft_model(base, lora_config(LoraSpec(rank=8), base.config))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # zero at the start, which would hide errors in lora_A's gradient
            torch.nn.init.normal_(parameter, std=0.1)
    return model


def test_an_adapter_may_sit_on_the_last_layers_alone(tiny_llama):
    base = AutoModelForCausalLM.from_pretrained(tiny_llama)
    model = get_peft_model(base, lora_config(LoraSpec(rank=8, last_layers=1), base.config))
    adapted = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert adapted
    assert all(".layers.1." in name for name in adapted)


def gradients(model):
    return {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("ours", [False, True])
def test_loss_and_gradients_equal_those_of_transformers_with_mask_and_labels(
    tiny_llama, tokenizer, samples, ours
):
    plain = adapted(tiny_llama, "eager")
    length = max(map(len, samples))
    ids, mask, labels = (torch.zeros(len(samples), length, dtype=torch.long) for _ in range(3))
    labels.fill_(-100)
    for i, sample in enumerate(samples):
        ids[i, : len(sample)] = torch.tensor(sample.token_ids)
        mask[i, : len(sample)] = 1
        start = sample.completion_start
        labels[i, start : len(sample)] = ids[i, start : len(sample)]
    expected = plain(input_ids=ids, attention_mask=mask, labels=labels).loss
    expected.backward()

    implementation = attention.install(plain.get_base_model().config) if ours else "sdpa"
    model = adapted(tiny_llama, implementation)
    tokens = sum(sample.completion_tokens for sample in samples)
    loss = 0.0
    frozen = FrozenLayers(model.get_base_model(), 0)
    for batch in micro_batches(samples, 2, tokenizer.eos_token_id, CPU):
        part = completion_nll(frozen, batch) / tokens
        part.backward()
        loss += part.item()

    assert loss == pytest.approx(expected.item(), rel=1e-5)
    for name, gradient in gradients(plain).items():
        torch.testing.assert_close(gradients(model)[name], gradient, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("positions", [1, 128, 300])
def test_the_head_in_chunks_has_the_loss_and_gradient_of_cross_entropy(positions):
    torch.manual_seed(0)
    hidden = torch.randn(positions, 16, requires_grad=True)
    weight = torch.randn(500, 16)
    target = torch.randint(500, (positions,))
    expected = torch.nn.functional.cross_entropy(hidden @ weight.t(), target, reduction="sum")
    (wanted,) = torch.autograd.grad(expected / 7, hidden)

    loss = head.nll(hidden, weight, target)
    (found,) = torch.autograd.grad(loss / 7, hidden)

    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(found, wanted)


def test_heads_that_are_more_than_a_product_keep_their_logits(tiny_llama):
    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    assert head.plain_head(model) is None  # trained itself
    model.requires_grad_(False)
    assert head.plain_head(model) is model.lm_head
    model.lm_head = torch.nn.Linear(64, 512).requires_grad_(False)  # with a bias
    assert head.plain_head(model) is None


@pytest.mark.parametrize("length", [1, 127, 128, 300])
@pytest.mark.parametrize("kept", [True, False])
def test_blockwise_attention_equals_scaled_dot_product_attention(length, kept, monkeypatch):
    if not kept:
        monkeypatch.setattr(attention, "_KEEP_UP_TO", 0)
    torch.manual_seed(0)
    q = torch.randn(2, 6, length, 16, dtype=torch.float64, requires_grad=True)
    k = torch.randn(2, 3, length, 16, dtype=torch.float64, requires_grad=True)
    v = torch.randn(2, 3, length, 16, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn_like(q)
    expected = torch.nn.functional.scaled_dot_product_attention(
        q, k, v, is_causal=True, scale=0.3, enable_gqa=True
    )
    wanted = torch.autograd.grad(expected, (q, k, v), upstream)

    out = attention.causal_attention(q, k, v, 0.3)
    found = torch.autograd.grad(out, (q, k, v), upstream)

    torch.testing.assert_close(out, expected)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_models_with_other_attention_keep_their_own(tiny_llama):
    config = AutoModelForCausalLM.from_pretrained(tiny_llama).config
    for name, value in (
        ("model_type", "gemma2"),
        ("sliding_window", 64),
        ("attention_dropout", 0.1),
    ):
        other = copy.deepcopy(config)
        setattr(other, name, value)
        assert attention.install(other) is None
