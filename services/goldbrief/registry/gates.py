"""Gates: whether an evaluation's results let a version be served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import Gate, GateCondition

T = TypeVar("T", bound=BaseModel)

TUNED = "tuned"
"""Name of the system that the version is in an evaluation's results."""
_FEWEST = 6
"""Summaries or pairs below which an interval shows nothing, as in evaluations: of one it is the
value itself."""


class Measure(BaseModel):
    """A metric of one system, or a paired difference: mean, 95% interval, number of summaries."""

    model_config = ConfigDict(allow_inf_nan=False)

    mean: float | None = Field(default=None, validation_alias=AliasChoices("mean", "difference"))
    """None, as when the metric is missing, never passes."""
    low: float | None = None
    high: float | None = None
    n: int = 0
    articles_needed: int | None = None
    """Of a paired difference: articles that would show one of this size."""

    def __str__(self) -> str:
        if self.mean is None or self.low is None or self.high is None:
            return f"{self.mean} (n={self.n})"
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.n})"


Measures = dict[str, dict[str, Measure]]
"""By system, or pair of systems, and metric."""


class Contests(BaseModel):
    """Summaries of two systems that a judge compared side by side."""

    win_rate: Measure | None = None
    """Share of articles on which the first is preferred, a tie counting half."""


class Results(BaseModel):
    """What a gate reads of an evaluation's results."""

    systems: Measures
    paired: Measures = {}
    """Differences, by `<one>-<other>`."""
    intrinsic: dict[str, float | str | None] | None = None
    """Training's own evaluation, `core.training.IntrinsicEvaluation`."""
    pairwise: dict[str, Contests] = {}
    """What the judge prefers side by side, by `<one>-<other>`."""
    human: Measures | None = None
    """What people said, by system; empty or None where nobody did."""
    human_paired: Measures = {}
    """Differences of what they said, as `paired`."""
    human_simulated: bool = False
    """Whether programs are among them."""
    incomplete: bool = False
    """Whether too much is missing to rely on the means."""
    label: str = ""
    """`demonstration` when offline scores alone decided them."""
    judge: str = ""
    calibrated: bool = False
    """Whether the judge agrees with people, as far as that was measured."""
    judge_cards: list[str] = []
    """Object keys of the cards that say so."""

    def measure(self, system: str, metric: str) -> Measure:
        """A system's metric; one without a mean where it was not measured."""
        source, _, name = metric.rpartition("/")
        if source == "intrinsic":
            return self._intrinsic(system, name)
        if source == "pairwise":
            return self.pairwise.get(f"{system}-{name}", Contests()).win_rate or Measure()
        systems = (self.human or {}) if source == "human" else self.systems
        return systems.get(system, {}).get(name, Measure())

    def difference(self, system: str, other: str, metric: str) -> Measure:
        """The paired difference of two systems; as `measure` where there is none."""
        name = metric.removeprefix("human/")
        paired = self.paired if name == metric else self.human_paired
        return paired.get(f"{system}-{other}", {}).get(name, Measure())

    def _intrinsic(self, system: str, name: str) -> Measure:
        found = self.intrinsic or {}
        value, rows = found.get(f"{system}_{name}"), found.get("rows")
        mean = float(value) if isinstance(value, int | float) else None
        return Measure(mean=mean, n=int(rows) if isinstance(rows, int | float) else 0)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition and how it came out."""

    condition: str
    passed: bool
    detail: str


def parse_gate(text: str) -> Gate:
    """Read a gate from JSON.

    Args:
        text: A JSON object, see `core.plans.Gate`.

    Returns:
        The gate.

    Raises:
        InvalidInputError: Not a gate, or a condition that asks for nothing.
    """
    gate = _parse("gate_json", Gate, text)
    for condition in gate.conditions:
        if not _asks_for_something(condition):
            raise InvalidInputError(
                f"The condition on {condition.metric} asks for nothing.",
                reason="INVALID_GATE",
                remedy="Give it at_least, at_most, not_below or not_above.",
                metadata={"field": "gate_json"},
            )
    return gate


def _asks_for_something(condition: GateCondition) -> bool:
    thresholds = (condition.at_least, condition.at_most)
    return any(one is not None for one in thresholds) or bool(
        condition.not_below or condition.not_above
    )


def parse_results(text: str) -> Results:
    """Read an evaluation's results from JSON; raises InvalidInputError."""
    return _parse("results_json", Results, text)


def check_gate(gate: Gate, results: Results) -> list[Check]:
    """Hold results against a gate; it is passed when all checks are.

    Args:
        gate: The conditions.
        results: Means or intervals are compared, as each condition says; a missing metric fails
            its condition unless that lets it pass, and an incomplete evaluation fails the gate.

    Returns:
        One check a demand, and one more when the evaluation is incomplete.
    """
    checks = [check for condition in gate.conditions for check in _checks(condition, results)]
    if results.incomplete:
        lacking = "Too many summaries or judgments are missing; evaluate again."
        checks.insert(0, Check("the evaluation is complete", False, lacking))
    return checks


def verdict_label(gate: Gate, results: Results) -> str:
    """`production` only when gate and results both allow it, else `demonstration`."""
    is_offline = results.label == "demonstration"
    return "demonstration" if is_offline or results.human_simulated else gate.label


def evidence_of(results: Results) -> dict[str, str]:
    """What the results rest on, in words: training's own measures, a judge, people."""
    calibration = "calibrated" if results.calibrated else "not calibrated"
    simulated = ", simulated: programs are among the raters" if results.human_simulated else ""
    people = [measure.n for of in (results.human or {}).values() for measure in of.values()]
    return {
        "intrinsic": "measured" if results.intrinsic else "absent",
        "judge": f"{results.judge}, {calibration}" if results.judge else "absent",
        "human": f"{max(people)} articles rated{simulated}" if people else "absent",
    }


def _checks(condition: GateCondition, results: Results) -> Iterator[Check]:
    metric = condition.metric
    tuned = results.measure(TUNED, metric)
    bounds = ((condition.at_least, 1, "at least"), (condition.at_most, -1, "at most"))
    for bound, sign, words in bounds:
        if bound is not None:
            asked = f"{metric} is {words} {bound:g}{_by(condition)}"
            yield _check(condition, asked, f"{TUNED} {tuned}", tuned, sign, bound)
    others = ((condition.not_below, 1, "below"), (condition.not_above, -1, "above"))
    for other, sign, words in others:
        if other:
            asked = f"{metric} is not {words} that of {other}"
            if condition.margin:
                asked += f" by more than {condition.margin:g}"
            detail = f"{TUNED} {tuned}, {other} {results.measure(other, metric)}"
            difference, told = _difference(condition, results, other, sign)
            yield _check(
                condition, asked + _by(condition), detail + told, difference, sign,
                -sign * condition.margin,
            )  # fmt: skip


def _difference(
    condition: GateCondition, results: Results, other: str, sign: int
) -> tuple[Measure, str]:
    """How tuned differs from another system, and what to tell of it."""
    if condition.by == "interval":
        paired = results.difference(TUNED, other, condition.metric)
        return paired, f"; paired difference {paired}{_more(paired, sign)}"
    mean = results.measure(TUNED, condition.metric).mean
    others = results.measure(other, condition.metric).mean
    return Measure(mean=None if mean is None or others is None else mean - others), ""


def _more(paired: Measure, sign: int) -> str:
    """How many more articles would show a difference that points the right way."""
    needed = paired.articles_needed
    if needed is None or needed <= paired.n or sign * (paired.mean or 0) <= 0:
        return ""
    return f"; to show a difference of this size takes about {needed - paired.n:,} more articles"


def _end(measure: Measure, sign: int) -> float | None:
    """The end of an interval that is worse, where more (1) or less (-1) is better."""
    return measure.low if sign > 0 else measure.high


def _by(condition: GateCondition) -> str:
    return " over its whole interval" if condition.by == "interval" else ""


def _check(
    condition: GateCondition, asked: str, detail: str, of: Measure, sign: int, bound: float
) -> Check:
    value = _end(of, sign) if condition.by == "interval" else of.mean
    if value is None:
        passed = condition.if_missing == "pass"
        told = "not measured, which this gate lets pass" if passed else "not measured"
        return Check(asked, passed, f"{told}: {detail}")
    if condition.by == "interval" and of.n < _FEWEST:
        return Check(asked, False, f"too few: an interval takes {_FEWEST}: {detail}")
    return Check(asked, sign * value >= sign * bound, detail)


def _parse(field: str, kind: type[T], text: str) -> T:
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInputError(
            f"{field} is wrong: {where}: {first['msg']}.".replace(": :", ":"),
            reason="INVALID_GATE" if kind is Gate else "INVALID_RESULTS",
            metadata={"field": field},
        ) from error
