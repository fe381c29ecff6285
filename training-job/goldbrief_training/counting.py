"""What training a model takes, counted on the model without its weights: no GPU, no download.

The model is built on torch's `meta` device, where tensors have shapes but no data, and given
its adapter as for training. Parameters are read off it, and what its forward pass keeps for the
backward is counted as autograd keeps it, so that any family is counted by its own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from peft import get_peft_model
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from goldbrief.core.training import TrainingSpec
from goldbrief_training import lora
from goldbrief_training.adapter import lora_config
from goldbrief_training.base_model import skeleton
from goldbrief_training.families import is_plain

_COUNTED = "goldbrief_counted"
_BF16, _FLOAT32 = 2, 4
_TRAINED = 4 * _FLOAT32
"""Bytes of a trained parameter: itself, its gradient and AdamW's two moments."""
_LOGIT = 3 * _FLOAT32 + _BF16
"""Bytes of a logit in whole: as the head gives it, as float32, as log-probability, its gradient."""
_CHUNK = 128
"""Positions whose logits exist at once where head and loss are one operation (`head.py`)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model without weights, as it is trained."""

    model: Any
    """On the `meta` device, with the layers of its adapter."""
    spec: TrainingSpec

    @property
    def full(self) -> bool:
        """Whether all weights are trained, and there is no adapter."""
        return self.spec.method == "full"


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many parameters a model has."""

    total: int
    """Of the base model."""
    active: int
    """Of the base model, that one token passes: fewer in a mixture of experts."""
    trained: int


@dataclass(frozen=True, slots=True)
class Flops:
    """Floating-point operations of training on one token, forward and backward.

    Attention counts each token's products with half of the row, though MPT's computes all of
    them; a sliding window is not taken into account.
    """

    linears: float
    attention: float
    adapter: float
    head: float
    """On the completion's tokens only."""
    recomputed: float
    """A second forward pass; 0 without activation checkpointing."""

    @property
    def model(self) -> float:
        """What the model needs, however it is computed: by this count achieved rates are told."""
        return self.linears + self.attention + self.adapter + self.head


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on one card."""

    weights: float
    """Of the base model in bfloat16; of a sharded one its share and two blocks gathered."""
    trained: float
    """The trained parameters in float32, with gradients and optimizer."""
    head: float
    """Logits of what is computed at once, for one row."""
    row: float
    """What the forward pass of one row keeps for the backward, and one block's gradients."""


def subject(config: Any, spec: TrainingSpec) -> Subject:
    """Build the model that is counted.

    Args:
        config: From `base_model.read_config`.
        spec: Gives the method, the adapter's shape and the levers.

    Returns:
        The model.
    """
    model = skeleton(config)
    if spec.method == "lora":
        peft = get_peft_model(model, lora_config(spec.lora, config))
        if spec.levers.fused_lora:
            lora.fuse(peft)
        # As autocast will have it; the float32 of the trained weights is in `Memory.trained`.
        model.to(torch.bfloat16)
    return Subject(model.train(), spec)


def parameters(subject: Subject) -> Parameters:
    """Count the parameters."""
    share = _expert_share(subject.model.config)
    total = active = trained = 0
    for name, parameter in subject.model.named_parameters():
        if parameter.requires_grad:
            trained += parameter.numel()
        if subject.full or not parameter.requires_grad:
            total += parameter.numel()
            active += int(parameter.numel() * (share if _is_expert(name) else 1))
    return Parameters(total, active, trained)


def flops_per_token(subject: Subject, *, row_tokens: int, completion_share: float) -> Flops:
    """Count the operations of training on one token.

    A product with a matrix of n weights takes 2n in the forward pass, and 2n in the backward
    for each of: the gradient of its input, unless nothing below is trained; the gradient of the
    weights, where they are trained.

    Args:
        subject: The model.
        row_tokens: Length of a row, padding included.
        completion_share: Part of the tokens that the loss covers.

    Returns:
        The operations by part.
    """
    model, spec = subject.model, subject.spec
    head, embedding = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    share = _expert_share(model.config)
    linears = forward = adapter = 0.0
    below = True
    for name, parameter in model.named_parameters():
        if parameter.ndim < 2 or parameter is head or parameter is embedding:
            continue
        weights = parameter.numel() * (share if _is_expert(name) else 1)
        below = below and not parameter.requires_grad
        if not parameter.requires_grad:
            linears += weights * (2 if below else 4)
        elif subject.full:
            linears += weights * 6
        else:
            adapter += weights * 6
            continue
        forward += weights * 2
    text = model.config.get_text_config()
    width = text.num_attention_heads * _head_size(text)
    layers = text.num_hidden_layers
    with_backward = min(spec.lora.last_layers, layers) or layers
    forward_attention = 2 * layers * row_tokens * width
    return Flops(
        linears=linears,
        attention=forward_attention + 4 * with_backward * row_tokens * width,
        adapter=adapter,
        head=head.numel() * completion_share * (6 if subject.full else 4),
        recomputed=forward + forward_attention if _is_checkpointed(spec) else 0.0,
    )


def memory(subject: Subject, *, row_tokens: int, completion_share: float, cards: int = 1) -> Memory:
    """Count the bytes on one card.

    Args:
        subject: The model.
        row_tokens: Length of a row, padding included.
        completion_share: Part of the tokens that the loss covers.
        cards: Over how many the base weights are sharded (and all that is trained, when that is
            all weights; an adapter is on each card).

    Returns:
        The bytes by part.
    """
    model, spec = subject.model, subject.spec
    counted = parameters(subject)
    vocabulary = model.get_output_embeddings().weight.shape[0]
    blocks = list(_blocks(model))
    gathered = 2 * max(map(_numel, blocks)) if cards > 1 else 0
    kept = activations(subject, row_tokens)
    # The gradients inside a block are about as large as what it keeps.
    gradients = kept / len(blocks)
    if _is_checkpointed(spec):
        inputs = len(blocks) * row_tokens * model.config.get_text_config().hidden_size
        kept = inputs * _BF16 + kept // len(blocks)
    in_chunks = spec.levers.chunked_head and is_plain(model.config) and not subject.full
    positions = _CHUNK if in_chunks else row_tokens * completion_share
    return Memory(
        weights=(counted.total / cards + gathered) * _BF16,
        trained=counted.trained * _TRAINED / (cards if subject.full else 1),
        head=positions * vocabulary * _LOGIT,
        row=kept + gradients,
    )


def activations(subject: Subject, row_tokens: int) -> int:
    """Count the bytes that the forward pass of one row keeps, without checkpointing.

    Attention is taken to keep its inputs and output only, as cuDNN's and flash attention do,
    wherever the model lets its attention be chosen.

    Args:
        subject: The model.
        row_tokens: Length of the row.

    Returns:
        Bytes, without the head.
    """
    model = subject.model
    if model._supports_sdpa:
        ALL_ATTENTION_FUNCTIONS.register(_COUNTED, _attend)
        model.config._attn_implementation = _COUNTED
    known = {tensor.untyped_storage()._cdata for tensor in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in known:
            kept[storage._cdata] = storage
        return tensor

    ids_bt = torch.zeros(1, row_tokens, dtype=torch.long, device="meta")
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model(input_ids=ids_bt, use_cache=False, logits_to_keep=1)
        total = sum(storage.nbytes() for storage in kept.values())
        del output
    return total


class _Attention(torch.autograd.Function):
    """Shapes and kept tensors of an attention that does not write its scores down."""

    @staticmethod
    def forward(ctx: Any, *qkv: torch.Tensor) -> torch.Tensor:
        output = torch.empty_like(qkv[0])
        ctx.save_for_backward(*qkv, output)
        return output


def _attend(
    _module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _mask: torch.Tensor | None,
    **_options: Any,
) -> tuple[torch.Tensor, None]:
    output: torch.Tensor = _Attention.apply(query, key, value)  # type: ignore[no-untyped-call]
    return output.transpose(1, 2), None


def _blocks(model: Any) -> Iterator[nn.Module]:
    names = model._no_split_modules or ()
    return (part for part in model.modules() if type(part).__name__ in names)


def _numel(part: nn.Module) -> int:
    return sum(p.numel() for p in part.parameters())


def _head_size(text: Any) -> int:
    return int(getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads)


def _is_checkpointed(spec: TrainingSpec) -> bool:
    return spec.levers.activation_checkpointing == "on"


def _is_expert(name: str) -> bool:
    return ".experts." in name


def _expert_share(config: Any) -> float:
    """Part of a layer's experts that one token passes; 1 where there are none."""
    for part in (config, getattr(config, "ffn_config", None)):
        for used, there in (
            ("moe_top_k", "moe_num_experts"),
            ("num_experts_per_tok", "num_local_experts"),
            ("num_experts_per_tok", "num_experts"),
        ):
            if getattr(part, used, None) and getattr(part, there, None):
                return float(getattr(part, used) / getattr(part, there))
    return 1.0
