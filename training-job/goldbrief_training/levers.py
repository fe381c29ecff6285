"""The levers of a training step (`goldbrief.core.training.Levers`), pulled on a loaded model.

What each does is told in the module of its subject: `lora`, `fp8`, `head`, `attention`,
`frozen`. Activation checkpointing and compilation are torch's own, a transformer block at a time.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import Any

import torch
from peft import PeftModel
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import Levers
from goldbrief_training import devices, fp8, lora

_COMPILERS = ("cc", "gcc", "clang")


def in_effect(levers: Levers, device: torch.device) -> Levers:
    """Which levers a device allows.

    Args:
        levers: As the spec has them, `shard_base` as `sharding.is_needed` says.
        device: Where the model is to train.

    Returns:
        The levers, with what has no effect off and no `auto` left.

    Raises:
        InvalidInputError: The device cannot do what was asked for: FP8, or compiling.
    """
    gpu = device.type == "cuda"
    if levers.fp8_base:
        fp8.check(device)
    effects = {
        "bf16": levers.bf16 and devices.is_fast_at_bf16(device),
        "cudnn_attention": levers.cudnn_attention and gpu,
        "block_attention": levers.block_attention and not gpu,
        "activation_checkpointing": "on" if levers.activation_checkpointing == "on" else "off",
        "compile": "on" if _compiles(levers, gpu) else "off",
        "shard_base": "on" if levers.shard_base == "on" else "off",
        # Ranks that share weights gather them together, whatever rows each of them knows.
        "frozen_prefix": levers.frozen_prefix and levers.shard_base != "on",
    }
    return levers.model_copy(update=effects)


def pull(levers: Levers, base: Any, peft: PeftModel | None) -> None:
    """Change a model's layers in place.

    Args:
        levers: Those in effect.
        base: A causal language model of transformers.
        peft: The adapter around it; None without one.

    Raises:
        InvalidInputError: The model cannot checkpoint activations.
    """
    if levers.fused_lora and peft is not None:
        lora.fuse(peft, levers.fp8_base)
    if levers.activation_checkpointing == "on":
        _checkpoint_activations(base)
    if levers.compile == "on":
        for block in blocks(base):
            block.compile()


def blocks(base: Any) -> list[nn.Module]:
    """The transformer blocks of a model, from its input to its output."""
    names = base._no_split_modules or ()
    return [part for part in base.modules() if type(part).__name__ in names]


def attention_kernels(levers: Levers) -> contextlib.AbstractContextManager[None]:
    """Within it, scaled dot-product attention on a GPU prefers the kernels of the levers.

    torch's own order puts cuDNN last on Hopper, where it is the fastest.
    """
    if not levers.cudnn_attention:
        return contextlib.nullcontext()
    order = [
        SDPBackend.CUDNN_ATTENTION,
        SDPBackend.FLASH_ATTENTION,
        SDPBackend.EFFICIENT_ATTENTION,
        SDPBackend.MATH,
    ]
    return sdpa_kernel(order, set_priority=True)


def uncompiled(levers: Levers) -> contextlib.AbstractContextManager[None]:
    """Within it, compiled blocks run as they were written.

    Evaluation and generation pass shapes and modes that training does not; each would be
    compiled anew.
    """
    if levers.compile == "off":
        return contextlib.nullcontext()
    eager: contextlib.AbstractContextManager[None] = torch.compiler.set_stance("force_eager")
    return eager


def _checkpoint_activations(base: Any) -> None:
    try:
        base.activation_checkpointing_enable()
    except ValueError as error:
        raise InvalidInputError(
            f"levers.activation_checkpointing: {error}",
            reason="NO_ACTIVATION_CHECKPOINTING",
            remedy="Set it to off, and lower context_length if memory does not suffice.",
        ) from error


def _compiles(levers: Levers, gpu: bool) -> bool:
    can = any(map(shutil.which, _COMPILERS))  # Triton builds its launchers with it
    if levers.compile == "on" and not can:
        raise InvalidInputError(
            f"levers.compile: there is no C compiler ({', '.join(_COMPILERS)}).",
            reason="NO_C_COMPILER",
            remedy="Install one, or set levers.compile to off.",
        )
    return levers.compile == "on" or (levers.compile == "auto" and gpu and can)
