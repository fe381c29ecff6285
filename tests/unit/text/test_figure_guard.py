"""A growing text may write the figures of its source, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from goldbrief.text.figure_check import check_figures
from goldbrief.text.figure_guard import FigureGuard

SOURCE = """\
Harbor Freight Lines Inc. reported revenue of $1,234.5 million for the quarter ended March 31, 2025,
up 12.3% from $1,099.3 million a year earlier. Net loss was (3.4)% of sales, and fuel cost
€41.2 million. The company opened three depots, cut 450 jobs, and guides to $410 to $425 million.
A third of sales
came from COVID-19 tests, says its 10-K, filed on April 12; the board met 18 times.
"""


def stuck_at(text: str, source: str = SOURCE) -> str | None:
    """The first beginning of a text, letter by letter, that is not permitted."""
    guard = FigureGuard(source)
    beginnings = [text[:end] for end in range(1, len(text) + 1)]
    return next((one for one in beginnings if not guard.permits(one, is_whole=one == text)), None)


@pytest.mark.parametrize(
    "text",
    [
        "Revenue was $1,234.5 million.",
        "Revenue rose 12.3% to $1.2 billion.",
        "Revenue rose 12 percent to 1,235 million dollars in the quarter ended 31 March 2025.",
        "1. About 450 jobs went; three depots opened.",
        "Guidance: $410 to $425 million, says the 10-K of April 12.",
        "A loss of 3.4% of sales; a third of sales came from COVID-19 tests.",
        "The board met eighteen times.",
        "Nothing to count here, with one idea and two points.",
    ],
)
def test_figures_of_the_source_may_be_written_and_rounded(text: str) -> None:
    assert stuck_at(text) is None


@pytest.mark.parametrize(
    ("text", "stuck"),
    [
        ("Revenue was $1.3 billion.", "Revenue was $1.3"),
        ("Revenue was $1.2 million.", "Revenue was $1.2 m"),
        ("Revenue was $1,234.6 million.", "Revenue was $1,234.6"),
        ("It rose 12.34%.", "It rose 12.34"),
        ("In 2024 it fell.", "In 2024"),
        ("They cut 4500 jobs.", "They cut 4500"),
        ("Fuel cost $41.2 million.", "Fuel cost $41."),
        ("Guidance: $410 to $426 million.", "Guidance: $410 to $426"),
        ("It opened fifteen depots.", "It opened fifteen"),
        ("A quarter of sales.", "A quarter of"),
        ("It was met in the third quarter.", "It was met in the third quarter"),
        ("- In yen it was ¥5.", "- In yen it was ¥"),
    ],
)
def test_other_figures_end_where_they_stray(text: str, stuck: str) -> None:
    assert stuck_at(text) == stuck


def test_a_text_may_not_end_in_a_figure_that_is_only_begun() -> None:
    guard = FigureGuard(SOURCE)
    assert guard.permits("Revenue was $1,234.5 mil")
    assert not guard.permits("Revenue was $1,234.5 mil", is_whole=True)


def test_it_knows_how_a_begun_figure_goes_on() -> None:
    guard = FigureGuard(SOURCE)
    assert guard.continuations("Revenue was $1,234") == {".", ","}
    assert guard.continuations("Fuel cost €") == {"4"}
    assert guard.continuations("It was on 12 ") >= {"a", "A"}
    assert guard.continuations("No figure") == set()


MONTH = re.compile(r"\b(?:march|april|july|december)\b")


def dead_ends(guard: FigureGuard, line: str, depth: int = 20) -> Iterator[str]:
    """Lines that may be written from here, but neither end nor go on."""
    if guard.permits(line, is_whole=True) and not line.endswith(" "):
        return
    letters = {letter.lower() for letter in guard.continuations(line)}
    lines = [MONTH.sub(lambda month: month[0].title(), line + letter) for letter in letters]
    permitted = [one for one in lines if guard.permits(one)]
    if not permitted:
        yield line
    for one in permitted if depth else ():
        yield from dead_ends(guard, one, depth - 1)


@pytest.mark.parametrize(
    "source",
    [
        SOURCE,
        "On 18 July 2025 it said that margins fell (29.0)%, by (70) bps, in half a year.",
        "A decade ago, on December 31, a good quarter of sales, or $9.5 million, was lost.",
        "In December 2024 costs of 5(a) and (3) leases were CHF 12 million.",
    ],
)
def test_no_figure_may_be_begun_that_cannot_become_whole(source: str) -> None:
    guard = FigureGuard(source)
    begun = [f"It was {sign}" for sign in ("$", "€", *"123456789")]
    ends = [end for one in begun if guard.permits(one) for end in dead_ends(guard, one)]
    assert not ends


def test_a_source_without_figures_lets_none_be_written() -> None:
    assert stuck_at("1. A plan for 2025.", "We have a plan.") == "1. A plan for 2"
    assert stuck_at("- A plan, as it says.", "We have a plan.") is None


def test_decimal_commas_are_read_as_the_source_writes_them() -> None:
    source = "Der Umsatz stieg um 3,4% auf €1.234,5 million."
    assert stuck_at("Revenue rose 3,4% to €1.234,5 million.", source) is None
    assert stuck_at("Revenue rose 3,5%.", source) == "Revenue rose 3,5"


TABLE = """\
(in thousands of euros)

| | 2025 | 2024 |
|---|---|---|
| Revenue | 1,234.5 | 1,099.3 |
| Net loss | (56.0) | (12) |
"""
CONTRADICTION = "Sales were $5.0 million. The table below puts sales at $5.2 million."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (TABLE, "Revenue was €1.2 million in 2025, after €1,099,300; the loss was €56,000."),
        ("It is worth one and a half billion dollars.", "Worth $1.5 billion."),
        ("It is worth one and a half billion dollars.", "Worth one and a half billion dollars."),
        ("It is worth $1.5 billion.", "Worth one and a half billion dollars, or $1,500 million."),
        ("It hired one hundred and twenty people.", "It hired 120 people."),
        (CONTRADICTION, "Sales were $5.0 million, or $5.2 million."),
        ("It cost CHF 12'500.", "It cost CHF 12,500, or CHF 12'500."),
        ("Der Preis stieg um 3,4 % auf 1.234,56 €.", "It rose 3,4% to €1.234,56."),
        ("It paid Rs 1.2 crore.", "It paid Rs 1.2 crore, or ₹12 million."),
        ("Margins rose 150 bps.", "Margins rose 1.5 percentage points."),
        ("It guides to 4-5% and $3.1–3.3 billion.", "It guides to 4% to 5% and $3.1 billion."),
        ("Due on 31.12.2024, or 2025-01-09.", "Due on 31 December 2024, or January 9, 2025."),
        ("Costs fell a quarter in FY2024/25.", "Costs fell 25% in 2024/25."),
    ],
)
def test_figures_may_be_written_however_the_source_writes_them(source: str, text: str) -> None:
    assert stuck_at(text, source) is None


@pytest.mark.parametrize(
    ("source", "text", "stuck"),
    [
        (TABLE, "Revenue was €1.3 million.", "Revenue was €1.3"),
        (TABLE, "Revenue was $1.2 million.", "Revenue was $"),
        ("It is worth one and a half billion dollars.", "Worth $1.6 billion.", "Worth $1.6"),
        (
            "It is worth $1.5 billion.",
            "Worth one and a quarter billion.",
            "Worth one and a quarter billion",
        ),
        (CONTRADICTION, "Sales were $5.1 million.", "Sales were $5.1"),
        ("It cost 1.234,56 €.", "It cost $1,234.", "It cost $"),
        ("It guides to $410 to $425 million.", "It sees $415 million.", "It sees $415"),
        ("Due on 31.12.2024.", "It cost 31.12 million.", "It cost 31.12 "),
        ("Due on 2024-12-31.", "It has 12 plants.", "It has 12 p"),
        ("Filed in Q3 2025, by Note 5.", "It has 5 plants.", "It has 5 "),
    ],
)
def test_what_only_looks_like_the_source_ends(source: str, text: str, stuck: str) -> None:
    assert stuck_at(text, source) == stuck


def test_a_percentage_of_as_many_points_is_written_and_then_doubted() -> None:
    source = "Hull margins narrowed by 1.5 percentage points to 9.3% in the year."
    summary = "Hull margins narrowed by 1.5% to 9.3% in the year."
    assert stuck_at(summary, source) is None
    (doubted,) = check_figures(summary, source).unclear
    assert (doubted.figure.text, doubted.reason) == ("1.5%", "unit")
