"""Whether a judge's scores may be relied on, from its card."""

from __future__ import annotations

from collections.abc import Iterator

from goldbrief.core.judge_cards import JudgeCard, Standing
from goldbrief.judge.calibration.cases import OVERALL

FEWEST_RATED = 20
"""Summaries rated by people below which an agreement is an anecdote; 50 to 100 make it firm
(the alternative-annotator test asks for that many)."""
_MOST_FAILED = 0.2
_CHANCE = 0.5


def stand(card: JudgeCard) -> tuple[Standing, tuple[str, ...]]:
    """Where a judge stands.

    Args:
        card: All but its standing.

    Returns:
        The standing, and the reasons for it.
    """
    rho = next((one.spearman for one in card.agreements if one.dimension == OVERALL), None)
    is_shown = rho is not None and rho.low > 0
    faults = tuple(_faults(card))
    # people outweigh planted faults, which are of our making
    blind = tuple(_blindness(card))
    if faults or (blind and not is_shown):
        return "unfit", (*faults, *blind)
    if rho is None:
        return "uncalibrated", ("No ratings by people were given, or too few to compare.",)
    span = f"Spearman {rho.value:.2f}, from {rho.low:.2f} to {rho.high:.2f}"
    if card.simulated_raters:
        told = (
            f"What {card.simulated_raters} simulated raters said is no word of people's: "
            f"{span}, on {rho.n} summaries."
        )
        return "uncalibrated", (told, *blind)
    if rho.n < FEWEST_RATED:
        few = f"Only {rho.n} summaries were rated by people; {FEWEST_RATED} are the fewest."
        return "uncalibrated", (few, *blind)
    if not is_shown:
        return "uncalibrated", (f"The agreement with people may be chance: {span}.",)
    return "calibrated", (f"It agrees with people on {rho.n} summaries: {span}.", *blind)


def _faults(card: JudgeCard) -> Iterator[str]:
    if card.failed > _MOST_FAILED * card.verdicts:
        yield f"It failed to answer {card.failed} of {card.verdicts} times."
    if card.verdicts - card.failed > 1 and card.spread == 0:
        yield "It gives every summary the same score, good or faulty."
    rho = next((one.spearman for one in card.agreements if one.dimension == OVERALL), None)
    if rho and rho.high <= 0:
        yield "Its scores do not rise with people's ratings."


def _blindness(card: JudgeCard) -> Iterator[str]:
    if card.discrimination and card.discrimination.low <= _CHANCE:
        yield (
            "It tells good summaries from faulty ones no better than a coin: it is right in "
            f"{card.discrimination.value:.0%} of pairs, perhaps {card.discrimination.low:.0%}."
        )
