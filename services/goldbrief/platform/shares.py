"""The interval of a share; needs no numpy, as services without it compare shares too."""

from __future__ import annotations

import math


def wilson_interval(share: float, size: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share with continuity correction (Fleiss 1981).

    Args:
        share: What was seen, 0 to 1.
        size: Of how many, at least 1.
        z: Standard deviations of the interval's ends; 1.96 for 95%.

    Returns:
        Lower and upper end; unlike the bootstrap's also apart where all cases are alike.
    """
    scale, rest = 2 * (size + z * z), 1 - share
    below = z * z - 2 - 1 / size + 4 * share * (size * rest + 1)
    above = z * z + 2 - 1 / size + 4 * share * (size * rest - 1)
    middle = 2 * size * share + z * z
    low = (middle - 1 - z * math.sqrt(max(0.0, below))) / scale if share > 0 else 0.0
    high = (middle + 1 + z * math.sqrt(max(0.0, above))) / scale if share < 1 else 1.0
    return low, high
