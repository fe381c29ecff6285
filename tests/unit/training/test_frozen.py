"""Layers below the adapter are computed once, and nothing shows that they were not."""

from functools import partial

import pytest
import torch
from peft import get_peft_model
from runs import losses, make_run
from transformers import AutoConfig, AutoModelForCausalLM

from goldbrief.core.training import LoraSpec
from goldbrief_training import attention, model
from goldbrief_training.adapter import lora_config
from goldbrief_training.frozen import FrozenLayers

IDS = torch.tensor([[5, 9, 201, 17, 44, 8, 90]])


class Adapted:
    """A tiny model whose last layer has an adapter, and how often its first layer ran."""

    def __init__(self, folder, most_bytes=1 << 20):
        config = AutoConfig.from_pretrained(folder)
        self.base = AutoModelForCausalLM.from_pretrained(
            folder, attn_implementation=attention.install(config)
        )
        torch.manual_seed(0)
        self.peft = get_peft_model(self.base, lora_config(LoraSpec(rank=8, last_layers=1), config))
        for name, parameter in self.peft.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(parameter)
        self.frozen = FrozenLayers(self.base, 1, most_bytes)
        self.first_layer_runs = 0
        self.base.model.layers[0].register_forward_hook(self.count)

    def count(self, *_):
        self.first_layer_runs += 1

    def pass_through(self, ids):
        """Logits and the adapter's gradients."""
        self.peft.zero_grad()
        logits = self.frozen(ids, use_cache=False).logits
        torch.autograd.backward(logits.square().sum())
        return [logits, *(p.grad for p in self.peft.parameters() if p.grad is not None)]


def test_known_tokens_skip_the_layers_and_give_the_same_bits(tiny_llama):
    adapted = Adapted(tiny_llama)
    first, second = adapted.pass_through(IDS), adapted.pass_through(IDS)
    assert adapted.first_layer_runs == 1
    assert len(first) > 1
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    adapted.pass_through(IDS + 1)
    assert adapted.first_layer_runs == 2
    assert len(adapted.base.model.layers) == 2


def test_what_memory_does_not_hold_is_computed_again(tiny_llama):
    adapted = Adapted(tiny_llama, most_bytes=IDS.numel() * 64 * 4)
    for ids in (IDS, IDS + 1) * 2:
        adapted.pass_through(ids)
    assert adapted.first_layer_runs == 3


@pytest.mark.parametrize("size", [1, 2])
def test_training_takes_the_same_steps_with_and_without(
    tmp_path, tiny_llama, train, monkeypatch, size
):
    found = []
    for most_bytes in (0, 1 << 20):
        monkeypatch.setattr(model, "FrozenLayers", partial(FrozenLayers, most_bytes=most_bytes))
        root = tmp_path / str(most_bytes)
        lora = {"rank": 8, "dropout": 0.1, "last_layers": 1}
        store = make_run(root, tiny_llama, lora=lora, micro_batch_size=size)
        assert train(root) == 0
        found.append(losses(store))
    assert found[0] == found[1]
    assert len(found[0]) == 12
