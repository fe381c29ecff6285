"""How many CPU threads this process may keep busy."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable_cpus(cgroup: Path = _CGROUP) -> int:
    """Count the CPUs that affinity and the cgroup quota leave us.

    Threads beyond the quota wait for each other while throttled: decoding became ten
    times slower in a container with fewer CPUs than threads.

    Args:
        cgroup: Mount point of the cgroup file system, either version.

    Returns:
        Whole CPUs, at least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:  # macOS
        available = os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, available if quota is None else min(available, int(quota)))


def _quota(cgroup: Path) -> float | None:
    """CPUs that the quota allows, or None without one."""
    fields = _words(cgroup / "cpu.max")  # version 2: "<quota or max> <period>"
    if not fields:
        version_1 = (cgroup / "cpu" / "cpu.cfs_quota_us", cgroup / "cpu" / "cpu.cfs_period_us")
        fields = [word for path in version_1 for word in _words(path)]
    if len(fields) != 2 or fields[0] in ("max", "-1"):
        return None
    return int(fields[0]) / int(fields[1])


def _words(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []
