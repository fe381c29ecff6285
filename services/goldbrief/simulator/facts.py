"""The truth of a simulated article: a company, its facts, and the actions that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

Partition = Literal["development", "final"]
PARTITIONS: tuple[Partition, ...] = ("development", "final")
"""The halves of the lexicon; `final` is kept for the last measurement."""

Currency = Literal["USD", "EUR", "GBP", "CHF", "CAD", "AUD"]
FactKind = Literal["result", "event", "risk", "plan", "outlook", "context"]
Direction = Literal["up", "down", "flat", "none"]
Tone = Literal["good", "bad", "neutral"]
PeriodKind = Literal["quarter", "half", "year"]

_ORDINALS = ("first", "second", "third", "fourth")
_MONTHS_OF = {"quarter": 3, "half": 6, "year": 12}
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit."""

    value: Decimal
    """In units: `$1.2 million` is 1200000. Dates are month * 100 + day."""
    unit: str
    """As in `text.figures`: `money:<currency>`, `percent`, `points`, `bps`, `multiple`,
    `count`, `days`, `weeks`, `months`, `years` or `date`."""
    precision: Decimal = Decimal(1)
    """Size of the last place that is known, in units."""


@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period of a calendar year."""

    kind: PeriodKind
    year: int
    number: int = 1
    """Which quarter or half of the year, from 1; 1 for a year."""

    @property
    def name(self) -> str:
        """As in `the first quarter of 2025`, `the first half of 2025`, `2025`."""
        if self.kind == "year":
            return str(self.year)
        return f"the {self.ordinal} {self.kind} of {self.year}"

    @property
    def code(self) -> str:
        """As in `Q1 2025`, `H1 2025`, `FY 2025`."""
        return _code(self.kind, self.year, self.number)

    @property
    def ordinal(self) -> str:
        """Which part of the year in words, such as `first`."""
        return _ORDINALS[self.number - 1]

    @property
    def num_months(self) -> int:
        """Length in months."""
        return _MONTHS_OF[self.kind]

    @property
    def end(self) -> tuple[int, int]:
        """Month and day of its last day."""
        month = self.number * self.num_months
        return month, _MONTH_DAYS[month - 1]

    @property
    def end_month(self) -> str:
        """Name of its last month."""
        return _MONTH_NAMES[self.end[0] - 1]

    @property
    def prior(self) -> Period:
        """The same period a year before."""
        return Period(self.kind, self.year - 1, self.number)


@cache
def _code(kind: PeriodKind, year: int, number: int) -> str:
    return f"FY {year}" if kind == "year" else f"{kind[0].upper()}{number} {year}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a fact."""

    role: str
    """What it is to the fact: `value`, `prior`, `change`, `high`, `cost`, ..."""
    label: str
    """What is measured, such as `revenue` or `plant outage: cost`."""
    period: Period
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true of the company, with its figures."""

    id: str
    kind: FactKind
    frame: str
    """The rule of the lexicon that words it, such as `event.plant_outage`."""
    topic: str
    """Where it belongs in an article: `headline`, `profit`, `cash`, `segment`, ..."""
    subject: str
    label: str
    period: Period
    measures: tuple[Measure, ...]
    direction: Direction
    tone: Tone
    salience: float
    """How much a reader would miss it, 0 to 1."""
    words: Mapping[str, str]
    """What else the wording needs, such as the place of an outage."""

    def measure(self, role: str) -> Measure | None:
        """The figure with this role; None where the fact has none."""
        for measure in self.measures:
            if measure.role == role:
                return measure
        return None

    @property
    def value(self) -> Quantity:
        """Its first figure."""
        return self.measures[0].quantity


@dataclass(frozen=True, slots=True)
class Action:
    """What follows from a fact, and for whom."""

    id: str
    persona: str
    fact_ids: tuple[str, ...]
    rule: str
    """The rule of the lexicon that words it."""
    salience: float


@dataclass(frozen=True, slots=True)
class Company:
    """Whom the article is about."""

    name: str
    short_name: str
    sector: str
    description: str
    """As in `trucking company`."""
    currency: str
    """ISO code."""
    place: str
    people: Mapping[str, str]
    """Role (`ceo`, `cfo`, `coo`, `analyst`) to full name."""
    competitors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class World:
    """All that is true in one article."""

    seed: str
    partition: Partition
    company: Company
    period: Period
    facts: tuple[Fact, ...]
    actions: tuple[Action, ...]

    def fact(self, fact_id: str) -> Fact:
        """The fact with this id."""
        return next(fact for fact in self.facts if fact.id == fact_id)
