"""When a canary is promoted, and when it is rolled back.

The canary is compared with the version that is served, over the same time, in three shares and
means: requests that failed, answers with a figure that the article does not support, and how long
an answer takes. What decides is the end of an interval that speaks for the canary: it is rolled
back only where it is worse by more than the tolerance even so.

Looking again and again would find a difference that is not there in the end. So a canary is looked
at a few times only, when it has answered 25 requests, and then twice as many each time, and the
chance of being wrong is shared among the looks and the three comparisons (Bonferroni): at most 5 %
of canaries that are as good as the served version are rolled back, at the tolerance of 0 %.

Shares are compared by Newcombe's hybrid score interval with continuity correction (Newcombe 1998,
Statistics in Medicine 17, 873-890, method 11), which also holds for few requests and shares near 0;
times by the ratio of geometric means, since logarithms of times are nearly normal (Welch).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from goldbrief.platform.shares import wilson_interval

FIRST_LOOK = 25
"""Requests that a canary has answered when it is first looked at."""
_ERROR_CHANCE = 0.05
_COMPARISONS = 3


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much worse than the served version a canary may be."""

    errors: float = 0.01
    """Share of requests that fail."""
    unsupported: float = 0.02
    """Share of answers with a figure that the article does not support."""
    slower: float = 1.2
    """Ratio of the geometric means of the answers' seconds."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What was seen of one version."""

    requests: int = 0
    errors: int = 0
    unsupported: int = 0
    log_seconds: float = 0.0
    log_seconds_squared: float = 0.0

    @property
    def answered(self) -> int:
        """Requests that did not fail."""
        return self.requests - self.errors

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(*(getattr(self, n) + getattr(other, n) for n in Outcomes.__slots__))

    def __str__(self) -> str:
        if not self.answered:
            return f"{self.requests} requests, {self.errors} failed"
        return (
            f"{self.requests} requests, {self.errors} failed,"
            f" {self.unsupported} with an unsupported figure,"
            f" {math.exp(self.log_seconds / self.answered):.2f} s"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at a canary gives."""

    action: str
    """`wait`, `promote` or `roll back`."""
    reason: str = ""
    looks: int = 0
    """Looks so far, this one included."""


def look_at(
    canary: Outcomes, served: Outcomes, requests: int, looks: int, tolerance: Tolerance
) -> Verdict:
    """Look at a canary when it is time to.

    Args:
        canary: What was seen of it.
        served: What was seen of the served version meanwhile.
        requests: So many the canary must answer to be promoted.
        looks: Looks so far.
        tolerance: How much worse it may be.

    Returns:
        What to do.
    """
    due = look_sizes(requests)
    reached = sum(1 for size in due if canary.requests >= size)
    if reached <= looks:
        return Verdict("wait", looks=looks)
    z = NormalDist().inv_cdf(1 - _ERROR_CHANCE / (len(due) * _COMPARISONS))
    found = list(_worse(canary, served, tolerance, z))
    if found:
        return Verdict("roll back", "; ".join(found), reached)
    if reached == len(due):
        told = f"after {canary.requests} requests it is not shown to be worse"
        return Verdict("promote", told, reached)
    return Verdict("wait", looks=reached)


def look_sizes(requests: int) -> list[int]:
    """Requests at which a canary is looked at: 25, 50, 100 and so on, and at its end."""
    sizes = []
    size = FIRST_LOOK
    while size < requests:
        sizes.append(size)
        size *= 2
    return [*sizes, requests]


def _worse(canary: Outcomes, served: Outcomes, tolerance: Tolerance, z: float) -> Iterable[str]:
    shares = (
        ("fail", tolerance.errors, canary.errors, canary.requests, served.errors, served.requests),
        (
            "have a figure that the article does not support", tolerance.unsupported,
            canary.unsupported, canary.answered, served.unsupported, served.answered,
        ),
    )  # fmt: skip
    for what, allowed, hits, of, other_hits, others in shares:
        if of and share_difference_low(hits, of, other_hits, others, z) > allowed:
            yield f"{hits} of {of} {what}, of the served version's {other_hits} of {others}"
    if min(canary.answered, served.answered) > 1:
        ratio, low = _slower(canary, served, z)
        if low > tolerance.slower:
            yield f"it takes {ratio:.1f} times as long as the served version"


def share_difference_low(hits: int, of: int, other_hits: int, others: int, z: float) -> float:
    """The lower end of Newcombe's interval for the difference of two shares.

    Args:
        hits: Of the first.
        of: Size of the first, at least 1.
        other_hits: Of the second.
        others: Size of the second; 0 takes its share for 0.
        z: Standard deviations of the interval's end.

    Returns:
        The least that first share minus second share is taken to be.
    """
    share, other = hits / of, other_hits / max(1, others)
    low, _ = wilson_interval(share, of, z)
    high = wilson_interval(other, others, z)[1] if others else other
    return share - other - math.hypot(share - low, high - other)


def _slower(canary: Outcomes, served: Outcomes, z: float) -> tuple[float, float]:
    """How many times as long the canary takes, and the least that this is taken to be."""
    (mean, variance), (other, other_variance) = _log_time(canary), _log_time(served)
    ratio = mean - other
    few = min(canary.answered, served.answered) - 1
    return math.exp(ratio), math.exp(
        ratio - _student(z, few) * math.sqrt(variance + other_variance)
    )


def _student(z: float, freedom: int) -> float:
    """Student's t for a normal deviate: the first terms of Fisher's expansion (Fisher 1926)."""
    first = (z**3 + z) / (4 * freedom)
    return z + first + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _log_time(seen: Outcomes) -> tuple[float, float]:
    """Mean of the logarithms of the seconds, and the variance of that mean."""
    count = seen.answered
    mean = seen.log_seconds / count
    spread = max(0.0, seen.log_seconds_squared - count * mean * mean) / (count - 1)
    return mean, spread / count
