"""What is known of a judge: the record of its calibration, shown wherever its scores are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from goldbrief.core.documents import Record
from goldbrief.core.seams import ObjectStore

Standing = Literal["calibrated", "uncalibrated", "unfit"]
"""`calibrated`: its scores agree with people's; `uncalibrated`: nobody knows; `unfit`: its scores
tell good summaries from bad no better than chance."""
ThresholdOrigin = Literal["", "people", "simulated raters", "planted faults"]
"""What a threshold was drawn by."""
CALIBRATED = "calibrated"
"""In a recipe: take the threshold of the judge's card."""


UNKNOWN = "uncalibrated: nobody has compared this version of it with people"
"""What is said of a judge without a card."""


class Interval(Record):
    """A statistic with its 95% interval, by a bootstrap over articles."""

    value: float
    low: float
    high: float
    n: int
    """Summaries, or pairs of summaries, behind it."""


class Agreement(Record):
    """How far the judge agrees with people in one dimension."""

    dimension: str
    """Or `overall`."""
    raters: int
    spearman: Interval
    """With the mean of the people's ratings."""
    weighted_kappa: Interval
    """Quadratic, with the same mean; grades rounded."""
    alpha: Interval
    """Krippendorff's, ordinal, with the judge as one more rater."""
    alpha_of_people: Interval | None
    """Krippendorff's among people alone; None where nothing was rated twice."""


class Detection(Record):
    """What the judge makes of one kind of planted fault."""

    fault: str
    n: int
    noticed: float
    """Share of faulty summaries scored below the good ones they were made from; ties count half."""
    rejected: float | None
    """Share below the card's accept score; None without one."""
    drop: float
    """Mean points that the fault costs."""


class JudgeCard(Record):
    """One calibration of one judge version, stored below `judge-cards/<version>/`."""

    judge: str
    rubric: str
    version: str
    """Of the judge: model, wording and sampling; a change of any needs a new card."""
    created: str
    """ISO time, UTC."""
    standing: Standing
    reasons: tuple[str, ...]
    """Why it stands so, a sentence each."""
    rated: int
    """Summaries with ratings by people, or by programs in their place."""
    good: int
    """Good summaries that faults were planted in."""
    faulty: int
    failed: int
    """Verdicts and comparisons that the judge failed to give, of all."""
    verdicts: int
    """Comparisons included."""
    spread: float
    """Standard deviation of its overall scores over all summaries."""
    repeat_spread: float | None
    """Mean standard deviation of the overall scores of one summary judged again; None when none
    was."""
    agreements: tuple[Agreement, ...] = ()
    detections: tuple[Detection, ...] = ()
    discrimination: Interval | None = None
    """`noticed` over all kinds of fault: 0.5 is chance. None when nothing was planted."""
    length_bias: Interval | None = None
    """Spearman of the length in words with the score; where people rated, with what their ratings
    leave unexplained of it."""
    self_preference: Interval | None = None
    """Points by which it favors its own family's summaries over others, beyond what people do;
    None where no ratings or authors tell."""
    simulated_raters: int = 0
    """Raters that are programs. With any the judge is never calibrated."""
    accept_score: float | None = None
    """Overall score that best tells good from bad, by Youden's index; None when nothing tells."""
    accept_from: ThresholdOrigin = ""
    reject_score: float | None = None
    """Overall score, below `accept_score`, that best tells the hopeless from what can be mended."""
    reject_from: ThresholdOrigin = ""
    compared: int = 0
    """Pairs of summaries that it was asked to choose from, and did."""
    preferred_right: Interval | None = None
    """Share of these where it prefers the better one; ties count half."""
    swap_consistency: Interval | None = None
    """Share of these where it prefers the same in both orders; None for a judge that grades each
    alone."""
    position_bias: Interval | None = None
    """How much oftener it prefers what it is shown first than what it is shown second, -1 to 1."""

    @property
    def headline(self) -> str:
        """One sentence for wherever the judge's scores are shown."""
        facts = []
        overall = next((one for one in self.agreements if one.dimension == "overall"), None)
        if overall:
            rho = overall.spearman
            whom = "simulated raters" if self.simulated_raters else "people"
            facts.append(
                f"agrees with {whom} by Spearman {rho.value:.2f} [{rho.low:.2f}, {rho.high:.2f}] "
                f"on {rho.n} summaries"
            )
        if self.discrimination:
            facts.append(f"notices {self.discrimination.value:.0%} of planted faults")
        return f"{self.standing}: {'; '.join(facts) or 'nothing is known of it'}"


def headlines(store: ObjectStore, keys: Iterable[str]) -> list[str]:
    """What the cards under these keys say, a sentence a judge; none without cards."""
    cards = [JudgeCard.model_validate_json(store.get(key)) for key in sorted({*keys} - {""})]
    return [f"Judge {card.judge}, {card.headline}." for card in cards]
