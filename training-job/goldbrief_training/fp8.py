"""Products with a frozen weight in FP8.

Both factors are rounded to e4m3 with one scale a row of the result and one a column ("row-wise"
scaling, as in torchao.float8). The weight never changes, so it is rounded once, in the two
layouts that the forward and the backward read; there is no product that makes its gradient. The
adapter's own products stay in the ordinary type.

Tensor shapes: n positions of all rows, i inputs, o outputs; k what a product sums over.
"""

from __future__ import annotations

import torch
from torch import nn

from goldbrief.core.errors import InvalidInputError

_TYPE = torch.float8_e4m3fn
_LARGEST = torch.finfo(_TYPE).max
_MULTIPLE = 16
"""Tensor cores take FP8 matrices whose sides are multiples of this."""


def is_supported(device: torch.device) -> bool:
    """Whether a device has FP8 tensor cores that scale by row: a GPU since Hopper."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (9, 0)


def check(device: torch.device) -> None:
    """Refuse a device without FP8 tensor cores that scale by row.

    Args:
        device: Where the model is to train.

    Raises:
        InvalidInputError: It has none.
    """
    if not is_supported(device):
        raise InvalidInputError(
            f"levers.fp8_base: the device ({device.type}) has no FP8 matrix product that scales "
            "by row.",
            reason="FP8_UNSUPPORTED",
            remedy="Set levers.fp8_base to false, or train on an H100, an H200 or newer.",
        )


def fits(weight_oi: torch.Tensor) -> bool:
    """Whether FP8 tensor cores take a weight of this shape."""
    return all(side % _MULTIPLE == 0 for side in weight_oi.shape)


class Fp8Weight(nn.Module):
    """A frozen weight W in FP8.

    Args:
        weight_oi: The weight; it is only read.
    """

    values_oi: torch.Tensor
    scale_oi: torch.Tensor
    values_io: torch.Tensor
    scale_io: torch.Tensor

    def __init__(self, weight_oi: torch.Tensor) -> None:
        super().__init__()
        for name, layout in (("oi", weight_oi), ("io", weight_oi.t())):
            values, scale = quantised(layout.detach().contiguous())
            self.register_buffer(f"values_{name}", values, persistent=False)
            self.register_buffer(f"scale_{name}", scale, persistent=False)

    def product(self, x_ni: torch.Tensor) -> torch.Tensor:
        """Compute `x W'`, shape no."""
        return _product(x_ni, self.values_oi, self.scale_oi)

    def transposed_product(self, dy_no: torch.Tensor) -> torch.Tensor:
        """Compute `dy W`, shape ni."""
        return _product(dy_no, self.values_io, self.scale_io)


def quantised(x_nk: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Round a matrix to FP8, row by row.

    Args:
        x_nk: The matrix.

    Returns:
        Its values in e4m3, shape nk, the largest of each row becoming e4m3's largest; and each
        row's scale in float32, shape n1: values times scale is about the matrix.
    """
    scale_n1 = x_nk.abs().amax(-1, keepdim=True).float().clamp(min=1e-12) / _LARGEST
    return (x_nk.float() / scale_n1).to(_TYPE), scale_n1


def _product(x_nk: torch.Tensor, w_mk: torch.Tensor, scale_m1: torch.Tensor) -> torch.Tensor:
    """Compute `x w'` in x's type for a w in FP8."""
    values_nk, scale_n1 = quantised(x_nk)
    return torch._scaled_mm(
        values_nk, w_mk.t(), scale_n1, scale_m1.t(), out_dtype=x_nk.dtype, use_fast_accum=True
    )
