"""Several answers made one verdict: the samples of a judge, and the judges of a panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import pstdev

from goldbrief.core.documents import Sample, Verdict
from goldbrief.judge.verdicts import DIMENSIONS, overall_score

Center = Callable[[Sequence[float]], float]
"""Mean or median of grades."""


def combine(
    graded: Sequence[Sample | Verdict],
    samples: Sequence[Sample],
    center: Center,
    temperature: float,
) -> Verdict:
    """Make one verdict of several.

    It stands when more than half could be read; the others are left out of the scores and kept
    among the samples.

    Args:
        graded: What is combined: answers, or the verdicts of judges.
        samples: Every answer behind it, for the record.
        center: Makes one grade of several.
        temperature: At which the answers were drawn.

    Returns:
        The verdict; without scores, and with a raw answer, when too few could be read. Its
        rationale is that of the answer nearest to the combined score.
    """
    lost = [one for one in graded if one.overall is None]
    read = [one for one in graded if one.overall is not None]
    nothing = Verdict(
        scores={},
        overall=None,
        rationale=lost[0].rationale if lost else "",
        raw=lost[0].raw if lost else "",
        state="unreadable",
        samples=tuple(samples),
        temperature=temperature,
        latency_s=round(sum(one.latency_s for one in graded), 3),
        prompt_tokens=sum(one.prompt_tokens for one in graded),
        completion_tokens=sum(one.completion_tokens for one in graded),
    )
    if len(read) <= len(lost):
        return nothing
    scores = {name: round(center([one.scores[name] for one in read]), 2) for name in DIMENSIONS}
    overall = overall_score(scores)
    nearest = min(read, key=lambda one: abs((one.overall or 0.0) - overall))
    return nothing.model_copy(
        update={
            "scores": scores,
            "overall": overall,
            "rationale": nearest.rationale,
            "raw": nearest.raw,
            "state": "repaired" if any(one.state == "repaired" for one in read) else "answered",
            "spread": round(pstdev(one.overall or 0.0 for one in read), 3),
        }
    )
