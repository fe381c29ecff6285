"""An adapted linear layer as one operation with its own backward.

PEFT adds `B(A(x)) * scale` to the layer's output in separate operations; each of them reads and
writes a tensor as large as the output, in both directions. Here the product with B adds to the
output where it lies, and the scale is in B.

Tensor shapes: n positions of all rows, i inputs, o outputs, r ranks.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import Linear as LoraLinear
from torch import nn


def fuse(model: PeftModel) -> int:
    """Make the adapted linear layers of a model compute as one operation.

    Layers with dropout, a variant of LoRA or a bias in the adapter stay as they are.

    Args:
        model: With one adapter, not merged.

    Returns:
        How many layers it was.
    """
    layers = [part for part in model.modules() if _is_plain(part, model.active_adapter)]
    for layer in layers:
        layer.forward = partial(_forward, layer, layer.forward, model.active_adapter)
    return len(layers)


def adapted_linear(
    x: torch.Tensor, weight_oi: torch.Tensor, a_ri: torch.Tensor, b_or: torch.Tensor, scale: float
) -> torch.Tensor:
    """Compute `x W' + scale x A' B'`.

    Args:
        x: Any shape that ends in i; its type is that of all products.
        weight_oi: Frozen.
        a_ri: Trained.
        b_or: Trained.
        scale: Of what the adapter adds.

    Returns:
        x's shape with o in place of i; differentiable with respect to x, A and B.
    """
    y: torch.Tensor = _AdaptedLinear.apply(x, weight_oi, a_ri, b_or, scale)  # type: ignore[no-untyped-call]
    return y


def _is_plain(part: Any, adapter: str) -> bool:
    return (
        type(part) is LoraLinear
        and list(part.lora_A) == [adapter]
        and adapter not in part.lora_variant
        and isinstance(part.lora_dropout[adapter], nn.Identity)
        and part.lora_B[adapter].bias is None
        and type(part.base_layer) is nn.Linear
        and not part.base_layer.weight.requires_grad
    )


def _forward(layer: Any, unfused: Any, adapter: str, x: torch.Tensor) -> torch.Tensor:
    if layer.disable_adapters or layer.merged:
        output: torch.Tensor = unfused(x)
        return output
    base = layer.base_layer
    a_ri, b_or = layer.lora_A[adapter].weight, layer.lora_B[adapter].weight
    y = adapted_linear(x, base.weight, a_ri, b_or, layer.scaling[adapter])
    return y if base.bias is None else y + base.bias


class _AdaptedLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight_oi: torch.Tensor,
        a_ri: torch.Tensor,
        b_or: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        x_ni = x.reshape(-1, x.shape[-1])
        a_ri, b_or = a_ri.to(x.dtype), (b_or * scale).to(x.dtype)
        low_nr = x_ni @ a_ri.t()
        y_no = x_ni @ weight_oi.t()
        y_no.addmm_(low_nr, b_or.t())
        ctx.save_for_backward(x_ni, weight_oi, a_ri, b_or, low_nr)
        ctx.scale = scale
        return y_no.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x_ni, weight_oi, a_ri, b_or, low_nr = ctx.saved_tensors
        dy_no = grads[0].reshape(-1, weight_oi.shape[0])
        dlow_nr = dy_no @ b_or
        dx = None
        if ctx.needs_input_grad[0]:
            dx_ni = dy_no @ weight_oi
            dx_ni.addmm_(dlow_nr, a_ri)
            dx = dx_ni.view(*grads[0].shape[:-1], -1)
        da_ri = dlow_nr.t() @ x_ni
        db_or = (dy_no.t() @ low_nr) * ctx.scale
        return dx, None, da_ri, db_or, None
