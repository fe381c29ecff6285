"""Which trial is best, and how far it can be told from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goldbrief.core.errors import FailedPreconditionError
from goldbrief.platform.statistics import Estimate, estimate, is_shown, paired_difference


@dataclass(frozen=True, slots=True)
class JudgedTrial:
    """A trial whose answers were scored."""

    index: int
    scores: Mapping[str, float]
    """Row to score, 1 to 5; rows that the judge failed on are left out."""
    training_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a trial stands in the comparison."""

    index: int
    score: Estimate
    """Mean over the compared rows."""
    behind: Estimate | None
    """The winner's score minus this one's, row by row; None for the winner."""

    @property
    def is_distinguishable(self) -> bool:
        """Whether the winner is better than chance would make it."""
        return self.behind is not None and is_shown(self.behind)


def compare(trials: Sequence[JudgedTrial]) -> list[Standing]:
    """Rank trials over the rows that all of them have a score for.

    The winner has the highest mean score; of equals the one that trained for less time.

    Args:
        trials: At least one.

    Returns:
        The standings, the winner first.

    Raises:
        FailedPreconditionError: There is no row that all have a score for.
    """
    shared = set.intersection(*(set(trial.scores) for trial in trials))
    if not shared:
        raise FailedPreconditionError(
            "The judge left no held-out row on which all trials can be compared.",
            reason="NO_SHARED_ROWS",
            remedy="See the judge's log: it failed on every row in one trial or another.",
        )
    scores = {trial.index: {row: trial.scores[row] for row in sorted(shared)} for trial in trials}
    means = {index: estimate([*values.values()]) for index, values in scores.items()}
    ranked = sorted(trials, key=lambda one: (-means[one.index].mean, one.training_s, one.index))
    best = ranked[0].index
    return [
        Standing(
            index=trial.index,
            score=means[trial.index],
            behind=None
            if trial.index == best
            else paired_difference(scores[best], scores[trial.index]),
        )
        for trial in ranked
    ]
