"""Markdown tables with the present and the prior period."""

from __future__ import annotations

from goldbrief.simulator.facts import Fact, Measure, World
from goldbrief.simulator.formats import SYMBOLS, write_cell
from goldbrief.simulator.grammar import Piece, Written
from goldbrief.simulator.telling import Telling

_RULE = "\n|---|---|---|---|"
_LARGEST_IN_THOUSANDS = 400_000_000
"""Smaller companies may report in thousands."""


def results_table(world: World, telling: Telling) -> list[Piece]:
    """The main figures of the company, one a row.

    Args:
        world: What is true.
        telling: How figures are written.

    Returns:
        The table's lines.
    """
    facts = [fact for fact in world.facts if fact.topic in {"headline", "profit", "cash"}]
    return _table(world, telling, facts, "")


def segments_table(world: World, telling: Telling) -> list[Piece]:
    """Revenue by division, with the total.

    Args:
        world: What is true.
        telling: How figures are written.

    Returns:
        The table's lines.
    """
    facts = [fact for fact in world.facts if fact.topic == "segment"]
    return _table(world, telling, [*facts, world.facts[0]], "Division")


def _table(world: World, telling: Telling, facts: list[Fact], title: str) -> list[Piece]:
    thousands = (
        abs(world.facts[0].value.value) < _LARGEST_IN_THOUSANDS and telling.rng.random() < 0.5
    )
    scale, name = (1000, "thousands") if thousands else (1_000_000, "millions")
    symbol = SYMBOLS.get(world.company.currency, world.company.currency).strip()
    period = world.period
    head = f"| ({symbol} in {name}) | {period.code} | {period.prior.code} | Change |{_RULE}"
    rows: list[Piece] = [head]
    for fact in facts:
        label = fact.subject if title and fact.topic == "segment" else fact.label
        rows.append(f"\n| {_capital(label)} |")
        for role in ("value", "prior", "change"):
            measure = fact.measure(role)
            rows.append(" ")
            rows.append(_cell(fact, measure, scale, telling) if measure else "n/m")
            rows.append(" |")
    return rows


def _cell(fact: Fact, measure: Measure, scale: int, telling: Telling) -> Written:
    telling.told.setdefault(fact.id, set()).add(measure.role)
    per_unit = fact.id == "result.eps" and measure.role != "change"
    return Written(
        write_cell(measure.quantity, 1 if per_unit else scale, telling.style), fact.id, measure
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
