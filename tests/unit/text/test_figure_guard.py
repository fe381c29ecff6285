"""A growing text may write the figures of its source, and no others."""

from __future__ import annotations

import pytest

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
    assert guard.continuations("Revenue was $1,234") == {"."}
    assert guard.continuations("Fuel cost €") == {"4"}
    assert guard.continuations("No figure") == set()


def test_a_source_without_figures_lets_none_be_written() -> None:
    assert stuck_at("1. A plan for 2025.", "We have a plan.") == "1. A plan for 2"
    assert stuck_at("- A plan, as it says.", "We have a plan.") is None


def test_decimal_commas_are_read_as_the_source_writes_them() -> None:
    source = "Der Umsatz stieg um 3,4% auf €1.234,5 million."
    assert stuck_at("Revenue rose 3,4% to €1.234,5 million.", source) is None
    assert stuck_at("Revenue rose 3,5%.", source) == "Revenue rose 3,5"
