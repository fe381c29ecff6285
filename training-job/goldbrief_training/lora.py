"""An adapted linear layer as one operation with its own backward.

PEFT adds `B(A(x)) * scale` to the layer's output in separate operations; each of them reads and
writes a tensor as large as the output, in both directions. Here the product with B adds to the
output where it lies, and the scale is in B.

Tensor shapes: n positions of all rows, i inputs, o outputs, r ranks.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from peft import PeftModel
from peft.tuners.lora import Linear as LoraLinear
from torch import nn

from goldbrief_training import fp8


def fuse(model: PeftModel, fp8_base: bool = False) -> int:
    """Make the adapted linear layers of a model compute as one operation.

    Layers with dropout, a variant of LoRA or a bias in the adapter stay as they are.

    Args:
        model: With one adapter, not merged.
        fp8_base: Whether these layers, in training mode, multiply by their frozen weight in FP8.

    Returns:
        How many layers it was.
    """
    layers = [part for part in model.modules() if _is_plain(part, model.active_adapter)]
    for layer in layers:
        # Not a new object: the adapter's parameters keep their names and their optimizer.
        layer.__class__ = FusedLoraLinear
        weight = layer.base_layer.weight
        layer.fp8_weight = fp8.Fp8Weight(weight) if fp8_base and fp8.fits(weight) else None
    return len(layers)


class FusedLoraLinear(LoraLinear):
    """PEFT's adapted linear layer with its forward pass as one operation; made by `fuse`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the layer's output.

        Args:
            x: Any shape that ends in i.

        Returns:
            x's shape with o in place of i.
        """
        if self.disable_adapters or self.merged:
            unadapted: torch.Tensor = super().forward(x)
            return unadapted
        (adapter,) = self.lora_A
        base = self.base_layer
        in_fp8 = self.training and self.fp8_weight is not None
        y = adapted_linear(
            x,
            self.fp8_weight if in_fp8 else DenseWeight(base.weight),
            self.lora_A[adapter].weight,
            self.lora_B[adapter].weight,
            self.scaling[adapter],
        )
        return y if base.bias is None else y + base.bias


class FrozenWeight(Protocol):
    """A weight W of shape oi that is multiplied by, but not trained."""

    def product(self, x_ni: torch.Tensor) -> torch.Tensor:
        """Compute `x W'`, shape no."""

    def transposed_product(self, dy_no: torch.Tensor) -> torch.Tensor:
        """Compute `dy W`, shape ni."""


class DenseWeight:
    """A frozen weight as it is.

    Args:
        weight_oi: The weight.
    """

    def __init__(self, weight_oi: torch.Tensor) -> None:
        self._weight_oi = weight_oi

    def product(self, x_ni: torch.Tensor) -> torch.Tensor:
        """Compute `x W'`, shape no."""
        return x_ni @ self._weight_oi.t()

    def transposed_product(self, dy_no: torch.Tensor) -> torch.Tensor:
        """Compute `dy W`, shape ni."""
        return dy_no @ self._weight_oi


def adapted_linear(
    x: torch.Tensor, weight: FrozenWeight, a_ri: torch.Tensor, b_or: torch.Tensor, scale: float
) -> torch.Tensor:
    """Compute `x W' + scale x A' B'`.

    Args:
        x: Any shape that ends in i; its type is that of all products.
        weight: W, of shape oi.
        a_ri: Trained.
        b_or: Trained.
        scale: Of what the adapter adds.

    Returns:
        x's shape with o in place of i; differentiable with respect to x, A and B.
    """
    y: torch.Tensor = _AdaptedLinear.apply(x, weight, a_ri, b_or, scale)  # type: ignore[no-untyped-call]
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


class _AdaptedLinear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: FrozenWeight,
        a_ri: torch.Tensor,
        b_or: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        x_ni = x.reshape(-1, x.shape[-1])
        a_ri, b_or = a_ri.to(x.dtype), (b_or * scale).to(x.dtype)
        low_nr = x_ni @ a_ri.t()
        y_no = weight.product(x_ni)
        y_no.addmm_(low_nr, b_or.t())
        ctx.save_for_backward(x_ni, a_ri, b_or, low_nr)
        ctx.weight, ctx.scale = weight, scale
        return y_no.view(*x.shape[:-1], y_no.shape[-1])  # also of no rows at all

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x_ni, a_ri, b_or, low_nr = ctx.saved_tensors
        dy_no = grads[0].reshape(-1, b_or.shape[0])
        dlow_nr = dy_no @ b_or
        dx = None
        if ctx.needs_input_grad[0]:
            dx_ni = ctx.weight.transposed_product(dy_no)
            dx_ni.addmm_(dlow_nr, a_ri)
            dx = dx_ni.view(*grads[0].shape[:-1], dx_ni.shape[-1])
        da_ri = dlow_nr.t() @ x_ni
        db_or = (dy_no.t() @ low_nr) * ctx.scale
        return dx, None, da_ri, db_or, None
