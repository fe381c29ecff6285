"""What summaries take: seconds, tokens, cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from goldbrief.evaluation.rows import Row

_TIMES = ("latency_s", "first_token_s")


def measure_speed(rows: Sequence[Row], systems: Iterable[str]) -> dict[str, dict[str, float]]:
    """Percentiles of the times, by system.

    Args:
        rows: All rows.
        systems: Their names.

    Returns:
        `latency_s_p50`, `latency_s_p95`, and the same of `first_token_s` where it is known.
        Percentiles are interpolated; with few summaries the 95th is close to the slowest.
    """
    found: dict[str, dict[str, float]] = {}
    for system in systems:
        found[system] = {}
        for name in _TIMES:
            times = [r.metrics[name] for r in rows if r.system == system and name in r.metrics]
            if times:
                p50, p95 = np.percentile(times, [50, 95])
                found[system] |= {f"{name}_p50": float(p50), f"{name}_p95": float(p95)}
    return found
