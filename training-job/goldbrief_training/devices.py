"""Where to compute, and with how many threads."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

import torch

_CGROUP = Path("/sys/fs/cgroup")


def choose_device() -> torch.device:
    """This rank's GPU when there is one, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


def is_fast_at_bf16(device: torch.device) -> bool:
    """Whether matrix products in bfloat16 are faster than in float32.

    A CPU without bfloat16 instructions emulates them, several times slower than float32.
    """
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def autocast(device: torch.device, dtype: torch.dtype) -> contextlib.AbstractContextManager[None]:
    """Products in `dtype` over the float32 adapter weights; nothing when `dtype` is float32."""
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def set_threads(requested: int) -> int:
    """Give torch its CPU threads.

    Args:
        requested: Number of threads; 0 means what the cgroup quota allows, shared with the other
            ranks of this machine.

    Returns:
        The number that was set.
    """
    ranks = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    threads = requested or max(1, available_cpus(_CGROUP) // ranks)
    torch.set_num_threads(threads)
    # Denormals (values near 1e-40, common in Adam's moments) are computed 100 times slower.
    torch.set_flush_denormal(True)
    return threads


def available_cpus(cgroup: Path) -> int:
    """CPUs that this process may use at once, at least 1.

    In a container the machine's CPU count is not the answer: more threads than the
    quota allows get throttled, which is slower than starting fewer.

    Args:
        cgroup: Mount point of the control groups, version 2 or 1.

    Returns:
        The smaller of the CPU affinity and the quota, rounded up.
    """
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, min(cpus, math.ceil(quota))) if quota else cpus


def _quota(cgroup: Path) -> float | None:
    try:
        if (cgroup / "cpu.max").exists():
            limit, period = (cgroup / "cpu.max").read_text().split()
        else:
            limit = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text().strip()
    except (OSError, ValueError):
        return None
    return None if limit in ("max", "-1") else int(limit) / int(period)
