"""The one sentence that an evaluation's numbers allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goldbrief.evaluation.metrics import QUALITY
from goldbrief.platform.statistics import MIN_PAIRS, detectable_difference

_OFFLINE = "offline"


def is_offline(judge: str) -> bool:
    """Whether a judge, or one of several, is an offline one."""
    return any(name.startswith(_OFFLINE) for name in judge.split(", "))


def write_headline(results: Mapping[str, Any], systems: Sequence[str]) -> str:
    """Say how the last system compares with the others by the judge's score.

    Args:
        results: Of `compute_results`, but for the headline.
        systems: Names.

    Returns:
        A sentence; a difference is told only where it is shown.
    """
    *others, last = systems
    own = results["systems"][last].get(QUALITY.name)
    if own is None:
        return f"No verdict: the judge gave no score to {last}."
    judge = "the offline judge" if is_offline(results["judge"]) else "the judge"
    start = f"{last} scored {own['mean']:.1f} of 5 by {judge} on {articles(own['n'])}"
    found = [_comparison(results, last, name) for name in others]
    if own["n"] < MIN_PAIRS:
        found = [_score(results, name) for name in others]
        found.append(f"fewer than {MIN_PAIRS} articles allow no verdict")
    sentence = f"{start}{': ' if found else ''}{'; '.join(found)}"
    return f"{sentence}; verdicts are missing." if results["incomplete"] else f"{sentence}."


def power_sentences(results: Mapping[str, Any], last: str) -> list[str]:
    """What difference of the judge's score these articles can show, and how many more it takes.

    Args:
        results: Of `compute_results`.
        last: Name of the system in question.

    Returns:
        A sentence a comparison that has enough articles for a verdict.
    """
    sentences = []
    for pair, metrics in results["paired"].items():
        found = metrics.get(QUALITY.name)
        if not found or found["n"] < MIN_PAIRS or not found["deviation"]:
            continue
        other = pair.removeprefix(f"{last}-")
        seen = detectable_difference(found["deviation"], found["n"])
        sentence = (
            f"With {articles(found['n'])} you can see a difference of {seen:.1f} from {other}, "
            "four times in five"
        )
        needed = found["articles_needed"]
        if found["verdict"] == "none shown" and needed and needed > found["n"]:
            sentence += (
                f"; to show one like the {found['difference']:+.2f} found takes about "
                f"{needed:,} articles, {needed - found['n']:,} more"
            )
        sentences.append(f"{sentence}.")
    return sentences


def articles(n: int) -> str:
    """A number of articles in words."""
    return "1 article" if n == 1 else f"{n} articles"


def _score(results: Mapping[str, Any], system: str) -> str:
    own = results["systems"][system].get(QUALITY.name)
    return f"{system} {own['mean']:.1f}" if own else f"{system} has no score"


def _comparison(results: Mapping[str, Any], last: str, other: str) -> str:
    found = results["paired"][f"{last}-{other}"].get(QUALITY.name)
    if found is None:
        return f"not comparable with {other}"
    if found["verdict"] == "none shown":
        return f"no difference from {other} shown with {articles(found['n'])}"
    return (
        f"{found['verdict']} than {other} by {abs(found['difference']):.1f} "
        f"(95% interval {found['low']:+.1f} to {found['high']:+.1f})"
    )
