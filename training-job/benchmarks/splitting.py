"""Where the time of a step goes: attention, linear layers, head, other; and the card's peak."""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

import torch
from contenders import Ours
from torch.profiler import ProfilerActivity, profile

_HEAD = re.compile(r"_Nll")
"""Our head is one operation, which makes its gradient in the forward pass."""
_ATTENTION = re.compile(r"attention|attn|flash|fmha|sdpa", re.IGNORECASE)
_PRODUCT = re.compile(r"gemm|nvjet|cutlass|wgmma|::(add)?b?mm\b|_scaled_mm|linear", re.IGNORECASE)


def step_shares(contender: Ours) -> dict[str, float]:
    """Profile one step.

    Args:
        contender: Has taken a step, so that nothing is left to compile.

    Returns:
        Each part's share of the time of the GPU's kernels, or of the CPU's operators.
    """
    cuda = contender.model.device.type == "cuda"
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities) as profiler:
        contender.steps(1)
        if cuda:
            torch.cuda.synchronize()
    times: Counter[str] = Counter({"attention": 0, "linear layers": 0, "head": 0, "other": 0})
    for event in profiler.events():
        above = _ancestry(event)
        if not cuda:
            times[_part(above, event.name)] += event.self_cpu_time_total
        for kernel in event.kernels:
            times[_part(above, kernel.name)] += kernel.duration
    total = sum(times.values()) or 1
    return {part: value / total for part, value in times.items()}


def attention_kernels(contender: Ours) -> list[str]:
    """Names of the GPU's attention kernels of one step: is it cuDNN's?"""
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        contender.steps(1)
        torch.cuda.synchronize()
    kernels = {kernel.name for event in profiler.events() for kernel in event.kernels}
    return sorted(name[:80] for name in kernels if _ATTENTION.search(name))


def peak_tflops(device: torch.device, side: int = 8192, repeats: int = 20) -> float:
    """TFLOP/s of a large bfloat16 matrix product on random data, after three to warm up."""
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        a @ b
    torch.cuda.synchronize()
    begin = time.perf_counter()
    for _ in range(repeats):
        a @ b
    torch.cuda.synchronize()
    return 2 * side**3 * repeats / (time.perf_counter() - begin) / 1e12


def _ancestry(event: Any) -> str:
    names = []
    while event is not None:
        names.append(event.name)
        event = event.cpu_parent
    return " ".join(names)


def _part(above: str, name: str) -> str:
    if _HEAD.search(above):
        return "head"
    if _ATTENTION.search(name) or _ATTENTION.search(above):
        return "attention"
    return "linear layers" if _PRODUCT.search(name) else "other"
