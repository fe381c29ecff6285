"""Draws a company's results so that growth, margins, totals and cash flows add up.

Money is drawn in whole ticks (the finest unit that the company reports) and everything else
is computed from the ticks, so that what a text says of one follows from the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from goldbrief.simulator.facts import Company, Direction, Fact, Measure, Period, Quantity, Tone
from goldbrief.simulator.grammar import Grammar
from goldbrief.simulator.lexicon import Sector
from goldbrief.simulator.quantities import change_percent, share_percent

_TENTH = Decimal("0.1")
_EBITDA_NAMES = {"EBITDA": "EBITDA margin", "EBIT": "EBIT margin"}


@dataclass(frozen=True, slots=True)
class Books:
    """What results are drawn from."""

    rng: Random
    grammar: Grammar
    sector: Sector
    company: Company
    period: Period
    tick: int
    """The finest amount that is reported, in units of the currency."""
    revenue: int
    """About what the company takes in the period, in units of the currency."""
    words: Callable[[Tone], Mapping[str, str]]
    """Draws what a fact of a tone can be told with."""

    @property
    def revenue_a_quarter(self) -> float:
        """Revenue of three months, by which event costs are scaled."""
        return self.revenue * 3 / self.period.num_months

    def word(self, name: str) -> str:
        """Draw from a word list of the sector."""
        return self.grammar.pick(f"sector.{self.sector.name}.{name}", self.rng)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the report."""

    name: str
    label: str
    topic: str
    salience: float
    good: str = "up"
    """Which direction is good: `up`, `down`, or neither."""
    subject: str = ""
    """The division; empty for the company."""


def draw_results(books: Books, *, num_segments: int, num_kpis: int) -> list[Fact]:
    """Draw the results of a period.

    Args:
        books: What they are drawn from.
        num_segments: How many divisions the company has.
        num_kpis: How many operating figures it reports, where its sector has as many.

    Returns:
        Results and the outlook; revenue and profit come first.
    """
    rng = books.rng
    revenue_label, profit_label = books.word("revenue"), books.word("profit")
    prior, revenue, segments = _segments(books, revenue_label, num_segments)
    profit, prior_profit = _profits(books, revenue, prior)
    margins = share_percent(profit, revenue), share_percent(prior_profit, prior)
    name = _margin_name(profit_label)
    facts = [
        _money(books, _Line("revenue", revenue_label, "headline", 0.97), revenue, prior),
        _money(books, _Line("profit", profit_label, "headline", 0.95), profit, prior_profit),
        _level(books, _Line("margin", name, "profit", 0.8), *margins),
    ]
    facts += _below_profit(books, profit, prior_profit)
    facts += segments
    if "finance" not in books.sector.tags:
        facts += _cash(books, revenue, (profit, prior_profit))
    facts += _kpis(books, revenue, num_kpis)
    if profit > 0 and rng.random() < 0.6:
        return [*facts, _outlook(books, profit_label, profit)]
    return [*facts, _outlook(books, revenue_label, revenue)]


def _segments(books: Books, label: str, number: int) -> tuple[int, int, list[Fact]]:
    """Prior and present revenue in ticks, and the divisions that add up to them."""
    rng = books.rng
    growth = rng.gauss(0.045, 0.07)
    names: list[str] = []
    while len(names) < number:
        name = books.word("segments")
        if name not in names:
            names.append(name)
    weights = [rng.uniform(0.5, 2.0) for _ in names]
    scale = books.revenue / books.tick / (1 + growth) / sum(weights)
    priors = [max(20, round(weight * scale)) for weight in weights]
    values = [max(20, round(prior * (1 + growth + rng.gauss(0, 0.07)))) for prior in priors]
    facts = []
    for i, (name, value, prior) in enumerate(zip(names, values, priors, strict=True)):
        salience = round(min(0.78, 0.5 + abs(value - prior) / prior), 3)
        line = _Line(f"segment.{i}", f"{name} {label}", "segment", salience, subject=name)
        facts.append(_money(books, line, value, prior))
    return sum(priors), sum(values), facts


def _profits(books: Books, revenue: int, prior: int) -> tuple[int, int]:
    """Operating profit now and before, in ticks; now and then a loss."""
    rng = books.rng
    low, high = books.sector.margin
    prior_margin = rng.uniform(low, high) / 100
    margin = prior_margin + rng.gauss(0, (high - low) / 600)
    if rng.random() < 0.06:
        margin = -rng.uniform(0.01, 0.06)
    return round(revenue * margin), max(1, round(prior * prior_margin))


def _margin_name(profit_label: str) -> str:
    if profit_label.startswith("pre-"):
        return "pre-tax margin"
    return _EBITDA_NAMES.get(profit_label.rpartition(" ")[2], "operating margin")


def _below_profit(books: Books, profit: int, prior_profit: int) -> list[Fact]:
    """Net income, and earnings per share where there are any."""
    kept = [books.rng.uniform(0.5, 0.72) for _ in range(2)]
    income, prior = round(profit * kept[0]), max(1, round(prior_profit * kept[1]))
    label = "net income" if books.company.currency in {"USD", "CAD"} else "net profit"
    facts = [_money(books, _Line("net_income", label, "profit", 0.72), income, prior)]
    shares = max(1, round(prior * books.tick / books.rng.uniform(0.4, 4.2)))
    cents, prior_cents = (round(value * books.tick * 100 / shares) for value in (income, prior))
    if cents > 0 and prior_cents > 0:
        unit = f"money:{books.company.currency}"
        now, before = (
            Quantity(Decimal(each).scaleb(-2), unit, Decimal("0.01"))
            for each in (cents, prior_cents)
        )
        line = _Line("eps", "earnings per share", "profit", 0.66)
        facts.append(_fact(books, line, (now, before), change_percent(cents, prior_cents)))
    return facts


def _cash(books: Books, revenue: int, profits: tuple[int, int]) -> list[Fact]:
    rng = books.rng
    flow = max(1, round(max(profits) * rng.uniform(0.8, 1.6)))
    prior_flow = max(1, round(profits[1] * rng.uniform(0.9, 1.5)))
    spending = max(1, round(revenue * rng.uniform(0.02, 0.09)))
    prior_spending = max(1, round(spending * rng.uniform(0.7, 1.35)))
    debt = max(1, round(revenue * rng.uniform(0.6, 2.4)))
    prior_debt = max(1, round(debt * rng.uniform(0.85, 1.18)))
    free = _Line("free_cash_flow", "free cash flow", "cash", 0.69)
    return [
        _money(books, _Line("cash_flow", "operating cash flow", "cash", 0.7), flow, prior_flow),
        _money(
            books, _Line("capex", "capital spending", "cash", 0.5, ""), spending, prior_spending
        ),
        _money(books, free, flow - spending, prior_flow - prior_spending),
        _money(books, _Line("net_debt", "net debt", "cash", 0.68, "down"), debt, prior_debt),
    ]


def _kpis(books: Books, revenue: int, number: int) -> list[Fact]:
    """Operating figures of the sector, see sectors.yaml."""
    facts = []
    specs = books.grammar.words(f"sector.{books.sector.name}.kpis")
    for i, spec in enumerate(specs[:number]):
        label, unit, span, move, good = (part.strip() for part in spec.split("|"))
        low, high = (float(end) for end in span.split(".."))
        least, most = (float(end) for end in move.split(".."))
        value = books.rng.uniform(low, high)
        factor = 1 + books.rng.choice((-1, 1)) * books.rng.uniform(least, most) / 100
        salience = round(books.rng.uniform(0.45, 0.7), 3)
        line = _Line(f"kpi.{i}", label, "kpi", salience, good)
        if unit == "money":
            value *= revenue * 3 / books.period.num_months
        facts.append(_kpi(books, line, unit, (value, value * factor)))
    return facts


def _kpi(books: Books, line: _Line, unit: str, values: tuple[float, float]) -> Fact:
    if unit == "percent":
        return _level(books, line, *(round(value * 10) for value in values))
    if unit == "money":
        return _money(books, line, *(round(value) for value in values))
    decimals = _decimals(unit, values[0])
    step = 10 ** max(0, len(str(int(values[0]))) - 3) if unit == "count" else 1
    ticks = [max(1, round(value * 10**decimals / step)) for value in values]
    written = f"money:{books.company.currency}" if unit == "price" else unit
    now, before = (
        Quantity(Decimal(tick * step).scaleb(-decimals), written, Decimal(step).scaleb(-decimals))
        for tick in ticks
    )
    return _fact(books, line, (now, before), change_percent(*ticks))


def _decimals(unit: str, value: float) -> int:
    if unit == "price" and value < 400:
        return 3 if value < 1 else 2
    return 1 if unit == "days" and value < 10 else 0


def _outlook(books: Books, label: str, base: int) -> Fact:
    """A range for the coming year, from the ticks of the period."""
    rng = books.rng
    yearly = base * 12 / books.period.num_months * rng.uniform(0.97, 1.1)
    step = 10 if yearly < 4000 else 50 if yearly < 40_000 else 100
    low = max(2, round(yearly * 0.97 / step)) * step
    high = low + max(1, round(yearly * rng.uniform(0.03, 0.07) / step)) * step
    precision = Decimal(books.tick * (10 if books.tick < 1_000_000 else 1))
    year = Period("year", books.period.year + 1)
    return Fact(
        id="outlook",
        kind="outlook",
        frame="outlook",
        topic="outlook",
        subject=books.company.name,
        label=label,
        period=year,
        measures=tuple(
            Measure(
                role, f"{label} forecast", year, replace(_amount(books, ticks), precision=precision)
            )
            for role, ticks in (("value", low), ("high", high))
        ),
        direction="none",
        tone="neutral",
        salience=0.9,
        words=books.words("neutral"),
    )


def _amount(books: Books, ticks: int) -> Quantity:
    unit = f"money:{books.company.currency}"
    return Quantity(Decimal(ticks * books.tick), unit, Decimal(books.tick))


def _money(books: Books, line: _Line, value: int, prior: int) -> Fact:
    """An amount in ticks; a change from or to a loss has no percentage."""
    change = change_percent(value, prior) if value > 0 and prior > 0 else None
    return _fact(books, line, (_amount(books, value), _amount(books, prior)), change)


def _level(books: Books, line: _Line, value: int, prior: int) -> Fact:
    """A rate in tenths of a percent; it changes by points or basis points."""
    difference = Decimal(value - prior)
    if books.rng.random() < 0.5:
        change = Quantity(difference * 10, "bps", Decimal(10))
    else:
        change = Quantity(difference.scaleb(-1), "points", _TENTH)
    now, before = (
        Quantity(Decimal(tenths).scaleb(-1), "percent", _TENTH) for tenths in (value, prior)
    )
    return _fact(books, line, (now, before), change)


def _fact(
    books: Books, line: _Line, quantities: tuple[Quantity, Quantity], change: Quantity | None
) -> Fact:
    """A fact from what a line is now, what it was, and how it changed."""
    (value, prior), period = quantities, books.period
    measures = [
        Measure("value", line.label, period, value),
        Measure("prior", line.label, period.prior, prior),
    ]
    if change is not None:
        measures.append(Measure("change", f"change in {line.label}", period, change))
    direction = _direction(value, prior)
    tone = _tone(direction, line.good)
    return Fact(
        id=f"result.{line.name}",
        kind="result",
        frame="result",
        topic=line.topic,
        subject=line.subject or books.company.name,
        label=line.label,
        period=period,
        measures=tuple(measures),
        direction=direction,
        tone=tone,
        salience=line.salience,
        words=books.words(tone),
    )


def _direction(value: Quantity, prior: Quantity) -> Direction:
    if value.value == prior.value:
        return "flat"
    return "up" if value.value > prior.value else "down"


def _tone(direction: Direction, good: str) -> Tone:
    if direction == "flat" or not good:
        return "neutral"
    return "good" if direction == good else "bad"
