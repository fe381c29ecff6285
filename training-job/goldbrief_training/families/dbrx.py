"""DBRX (Databricks 2024): a mixture of 16 experts a layer, of which a token passes 4.

The checkpoint stacks the experts of a layer in three tensors, and transformers multiplies with
slices of them. PEFT adapts linear layers, of which it finds none there; and adapting the stacks
as parameters fails, since the code reads them from outside the module that PEFT wraps. Hence
each expert becomes three linear layers, which share the stack's memory where its order allows.

The router is linear too but gets no adapter: which experts a token passes is not the business
of a few thousand rows. vLLM and TGI serve no adapters of DBRX.

Tensor shapes: n tokens, k experts that a token passes, h hidden size, f inner size of an
expert, s experts x f.
"""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import nn
from transformers.models.dbrx.modeling_dbrx import DbrxFFN

from goldbrief_training.families.family import Family, Source

_EXPERT_LAYER = re.compile(r"(?P<stacks>.+\.experts)\.(?P<expert>\d+)\.(?P<stack>w1|v1|w2)")


class Expert(nn.Module):
    """A gated linear unit.

    Args:
        w1_fh: Weights of the gate.
        v1_fh: Weights of what it gates.
        w2_fh: Weights of the way back, as the checkpoint has them: inputs by outputs.
        activation: Of the gate.
    """

    def __init__(
        self, w1_fh: torch.Tensor, v1_fh: torch.Tensor, w2_fh: torch.Tensor, activation: nn.Module
    ) -> None:
        super().__init__()
        self.w1 = _linear(w1_fh)
        self.v1 = _linear(v1_fh)
        # A copy: sharding over several GPUs takes contiguous weights only.
        self.w2 = _linear(w2_fh.t().contiguous())
        self.activation = activation

    def forward(self, hidden_nh: torch.Tensor) -> torch.Tensor:
        """Compute the expert's output for its tokens, of the same shape."""
        gated_nf = self.activation(self.w1(hidden_nh)) * self.v1(hidden_nh)
        output_nh: torch.Tensor = self.w2(gated_nf)
        return output_nh


class Experts(nn.ModuleList):
    """All experts of a layer, called as transformers' `DbrxExperts` is."""

    def forward(
        self, hidden_states: torch.Tensor, top_k_index: torch.Tensor, top_k_weights: torch.Tensor
    ) -> torch.Tensor:
        """Add up what each token's experts make of it.

        Args:
            hidden_states: Ends in h.
            top_k_index: Experts of each token, shape nk.
            top_k_weights: Their weights, shape nk.

        Returns:
            The shape of `hidden_states`.
        """
        hidden_nh = hidden_states.reshape(-1, hidden_states.shape[-1])
        output_nh = torch.zeros_like(hidden_nh)
        # All of them, even those without tokens, so that every adapter has a gradient.
        for index, expert in enumerate(self):
            token_m, place_m = _passes(top_k_index, index, len(self))
            weighted_mh = expert(hidden_nh[token_m]) * top_k_weights[token_m, place_m, None]
            # Autocast may have made the weights float32.
            output_nh.index_add_(0, token_m, weighted_mh.to(output_nh.dtype))
        return output_nh.view_as(hidden_states)


def _passes(
    top_k_index_nk: torch.Tensor, expert: int, experts: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens that pass an expert, and which of their experts it is."""
    if top_k_index_nk.is_meta:  # the estimate, without data: each expert gets its even share
        even = torch.empty(top_k_index_nk.numel() // experts, dtype=torch.long, device="meta")
        return even, even
    token_m, place_m = torch.where(top_k_index_nk == expert)
    return token_m, place_m


def _linear(weight_oi: torch.Tensor) -> nn.Linear:
    outputs, inputs = weight_oi.shape
    layer = nn.Linear(inputs, outputs, bias=False, device="meta")
    layer.weight = nn.Parameter(weight_oi)
    return layer


def _convert(model: Any) -> None:
    for part in model.modules():
        if isinstance(part, DbrxFFN):
            # Noise on the way to a router that is not trained; at DBRX's own value, 0, none.
            part.router.moe_jitter_eps = None
            part.experts = _experts(part.experts)


def _experts(stacked: Any) -> Experts:
    glu, count = stacked.mlp, stacked.num_experts
    stacks = (stack_sh.detach().chunk(count) for stack_sh in (glu.w1, glu.v1, glu.w2))
    return Experts(
        Expert(w1_fh, v1_fh, w2_fh, glu.activation_fn)
        for w1_fh, v1_fh, w2_fh in zip(*stacks, strict=True)
    )


def _fields(config: Any, _context_length: int) -> dict[str, Any]:
    # The original checkpoints keep it with the attention, where transformers 5 no longer looks:
    # it would compute with 10,000 in place of 500,000, and say nothing.
    theta = getattr(config.attn_config, "rope_theta", None)
    return {"rope_parameters": {**config.rope_parameters, "rope_theta": theta}} if theta else {}


def _source(module: str) -> Source:
    match = _EXPERT_LAYER.fullmatch(module)
    if match is None:
        return Source(f"{module}.weight")
    stack = match["stack"]
    return Source(f"{match['stacks']}.mlp.{stack}", int(match["expert"]), stack == "w2")


FAMILY = Family(
    fields=_fields,
    convert=_convert,
    left_alone=r".*\.router\.layer",
    source=_source,
    is_trained_in_full=False,
    is_served_merged=True,
)
