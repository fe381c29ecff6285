"""A base model whose weights the ranks share: each holds a part of every tensor.

Before a transformer block computes, its weights are gathered from all ranks, and forgotten
afterwards (FSDP: Zhao et al. 2023, arXiv 2304.11277, as torch's `fully_shard` does it). An
adapter, small as it is, stays whole in every rank, so that its checkpoints and exports are the
same with and without sharing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import TrainingSpec
from goldbrief_training.base_model import skeleton
from goldbrief_training.ranks import Ranks

_MOST_OF_CARD = 0.6
"""Part of a card's memory that whole weights may take: the rest is for what rows need."""
_BF16 = 2


def is_needed(spec: TrainingSpec, config: Any, ranks: Ranks, device: torch.device) -> bool:
    """Whether the ranks share the base's weights.

    Weights that are trained in full are shared, with their gradients and optimizer.

    Args:
        spec: Its lever `shard_base` decides, unless it is `auto`.
        config: Of the base model.
        ranks: One alone shares with nobody.
        device: Of this rank.

    Returns:
        For `auto`: whether whole weights would fill most of a GPU.

    Raises:
        InvalidInputError: Shared weights were asked for together with FP8.
    """
    if ranks.size == 1:
        return False
    if spec.method == "lora" and spec.levers.shard_base == "off":
        return False
    is_asked_for = spec.method == "full" or spec.levers.shard_base == "on"
    if not is_asked_for and not _fills_gpu(config, device):
        return False
    if spec.levers.fp8_base:
        raise InvalidInputError(
            "levers.fp8_base: the weights are shared by the ranks, which FP8 does not support.",
            reason="FP8_SHARDED",
            remedy="Set fp8_base to false.",
        )
    return True


def share_out(
    base: nn.Module,
    blocks: Sequence[nn.Module],
    device: torch.device,
    *,
    is_frozen: bool,
    dtype: torch.dtype,
) -> None:
    """Give every rank its part of the base's weights, a block at a time.

    Gradients of shared weights are sums over the ranks, each of which keeps its part. Memory for
    the largest block beside the parts is enough.

    Args:
        base: With adapters in its layers. The first rank has the values, the others need none
            and may be on the `meta` device. Changed in place.
        blocks: Its transformer blocks.
        device: Of this rank.
        is_frozen: Whether what is trained is an adapter, which stays whole.
        dtype: Of matrix products. Float32 weights travel and compute in it, their gradients are
            summed in float32.
    """
    # What blocks are given besides weights stays: ALiBi's distances are too large for bfloat16.
    policy = MixedPrecisionPolicy(
        param_dtype=dtype, reduce_dtype=torch.float32, cast_forward_inputs=False
    )
    mesh = init_device_mesh(device.type, (dist.get_world_size(),))
    sent: set[nn.Module] = set()
    for part in [*blocks, base]:
        modules = [module for module in part.modules() if module not in sent]
        _send(modules, device)
        sent.update(modules)
        whole = {p for p in part.parameters() if p.requires_grad} if is_frozen else set()
        sharded = fully_shard(
            part,
            mesh=mesh,
            mp_policy=policy,
            ignored_params=whole,
            reshard_after_forward=part is not base,
        )
        # The loop weighs each rank's rows; a plain sum is also what gloo can do.
        sharded.set_gradient_divide_factor(1.0)
        sharded.set_force_sum_reduction_for_comms(True)


def forget_gathered(base: nn.Module) -> None:
    """Let a model's parameters be the shared ones again, which a pass without backward leaves open.

    Torch keeps what lies outside of the blocks gathered, for the backward that usually follows.

    Args:
        base: Shared out or not.
    """
    if isinstance(base, FSDPModule):
        base.reshard()


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that ranks may share, gathered by all of them at the same time."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def _send(modules: Sequence[nn.Module], device: torch.device) -> None:
    """Give the modules' own tensors, on each rank's device, the first rank's values."""
    moved: dict[torch.Tensor, torch.Tensor] = {}  # tied weights stay one
    for module in modules:
        own: tuple[dict[str, Any], ...] = (module._parameters, module._buffers)
        for tensors in own:
            for name, tensor in tensors.items():
                if tensor is None:
                    continue
                if tensor not in moved:
                    moved[tensor] = _broadcast(tensor, device)
                tensors[name] = moved[tensor]


def _broadcast(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    data = torch.empty_like(tensor, device=device) if tensor.is_meta else tensor.to(device)
    data = data.detach().contiguous()
    dist.broadcast(data, src=0)
    return nn.Parameter(data, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else data


def _fills_gpu(config: Any, device: torch.device) -> bool:
    if device.type != "cuda":
        return False
    weights = _BF16 * sum(parameter.numel() for parameter in skeleton(config).parameters())
    card = int(torch.cuda.get_device_properties(device).total_memory)
    return bool(weights > _MOST_OF_CARD * card)
