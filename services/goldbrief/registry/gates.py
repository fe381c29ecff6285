"""Gates: whether an evaluation's results let a version be served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.plans import Gate, GateCondition

T = TypeVar("T", bound=BaseModel)

TUNED = "tuned"
"""Name of the system that the version is in an evaluation's results."""


class Measure(BaseModel):
    """A metric of one system: mean, 95% interval and number of summaries."""

    model_config = ConfigDict(allow_inf_nan=False)

    mean: float | None = None
    """None, as when the metric is missing, never passes."""
    low: float | None = None
    high: float | None = None
    n: int = 0

    def __str__(self) -> str:
        if self.mean is None or self.low is None or self.high is None:
            return f"{self.mean} (n={self.n})"
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.n})"


class Results(BaseModel):
    """What a gate reads of an evaluation's results."""

    systems: dict[str, dict[str, Measure]]
    incomplete: bool = False
    """Whether too much is missing to rely on the means."""
    label: str = ""
    """`demonstration` when offline scores alone decided them."""


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
        if condition.at_least is None and not condition.not_below:
            raise InvalidInputError(
                f"The condition on {condition.metric} asks for nothing.",
                reason="INVALID_GATE",
                remedy="Give it at_least or not_below.",
                metadata={"field": "gate_json"},
            )
    return gate


def parse_results(text: str) -> Results:
    """Read an evaluation's results from JSON; raises InvalidInputError."""
    return _parse("results_json", Results, text)


def check_gate(gate: Gate, results: Results) -> list[Check]:
    """Hold results against a gate; it is passed when all checks are.

    Args:
        gate: The conditions.
        results: Means are compared; a missing metric fails its condition, and an incomplete
            evaluation fails the gate.

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
    offline = results.label == "demonstration"
    return "demonstration" if offline else gate.label


def _checks(condition: GateCondition, results: Results) -> Iterator[Check]:
    metric = condition.metric
    tuned = _measure(results, TUNED, metric)
    if condition.at_least is not None:
        asked = f"{metric} is at least {condition.at_least:g}"
        yield _check(asked, f"{TUNED} {tuned}", tuned.mean, condition.at_least)
    if condition.not_below:
        other = _measure(results, condition.not_below, metric)
        detail = f"{TUNED} {tuned}, {condition.not_below} {other}"
        yield _check(
            f"{metric} is not below that of {condition.not_below}", detail, tuned.mean, other.mean
        )


def _check(condition: str, detail: str, value: float | None, least: float | None) -> Check:
    if value is None or least is None:
        return Check(condition, False, f"not measured: {detail}")
    return Check(condition, value >= least, detail)


def _measure(results: Results, system: str, metric: str) -> Measure:
    return results.systems.get(system, {}).get(metric, Measure())


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
