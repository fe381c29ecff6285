"""Every rendering of a quantity reads back to its value."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from goldbrief.simulator.facts import Quantity
from goldbrief.simulator.formats import (
    Format,
    draw_format,
    write,
    write_cell,
    write_in_words,
    write_range,
)
from goldbrief.text.figures import extract_figures

CURRENCIES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD")

formats = st.builds(
    Format,
    scale=st.sampled_from(["word", "short", "spaced"]),
    percent=st.sampled_from(["sign", "word", "words"]),
    points=st.sampled_from(["words", "short"]),
    day_first=st.booleans(),
    iso_code=st.booleans(),
    billions=st.booleans(),
)
money = st.builds(
    lambda ticks, place, currency: Quantity(
        Decimal(ticks) * 10**place, f"money:{currency}", Decimal(10) ** place
    ),
    st.integers(1, 99_999),
    st.integers(5, 8),
    st.sampled_from(CURRENCIES),
)
rates = st.builds(
    lambda tenths, unit: Quantity(Decimal(tenths).scaleb(-1), unit, Decimal("0.1")),
    st.integers(1, 2000),
    st.sampled_from(["percent", "points", "multiple"]),
)
whole = st.builds(
    lambda value, unit: Quantity(Decimal(value), unit),
    st.integers(2, 900),
    st.sampled_from(["bps", "days", "weeks", "months", "years"]),
)
counts = st.builds(
    lambda value: Quantity(Decimal(value), "count"),
    st.integers(2, 10**7).filter(lambda value: not 1900 <= value <= 2099),
)
dates = st.builds(
    lambda month, day: Quantity(Decimal(month * 100 + day), "date"),
    st.integers(1, 12),
    st.integers(1, 28),
)


@settings(deadline=None)
@given(st.one_of(money, rates, whole, counts, dates), formats)
def test_a_written_quantity_reads_back(quantity, style):
    (figure,) = extract_figures(f"It was {write(quantity, style)}.")
    assert (figure.unit, figure.value) == (quantity.unit, quantity.value)


@settings(deadline=None)
@given(money, formats)
def test_a_loss_keeps_its_sign(quantity, style):
    assume(not style.iso_code and quantity.unit in {"money:USD", "money:EUR", "money:GBP"})
    loss = Quantity(-quantity.value, quantity.unit, quantity.precision)
    (figure,) = extract_figures(f"It was {write(loss, style)}.")
    assert figure.value == loss.value


@settings(deadline=None)
@given(money, formats, st.integers(0, 3))
def test_rounding_moves_a_value_by_half_a_place_at_most(quantity, style, places):
    (figure,) = extract_figures(f"It was {write(quantity, style, places=places)}.")
    assert abs(figure.value - quantity.value) <= figure.precision / 2


@settings(deadline=None)
@given(money, formats, st.integers(1, 50))
def test_a_range_reads_back(low, style, more):
    high = Quantity(low.value + more * low.precision, low.unit, low.precision)
    written = "".join(write_range(low, high, style, Random(more)))
    values = [figure.value for figure in extract_figures(f"It is {written}.")]
    assert values == [low.value, high.value]


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        ("4", "points", "four percentage points"),
        ("7", "weeks", "seven weeks"),
        ("25", "percent", "a quarter"),
        ("24.9", "percent", None),
        ("4.5", "points", None),
        ("40", "weeks", None),
    ],
)
def test_words_are_used_only_where_they_are_exact(value, unit, written):
    assert write_in_words(Quantity(Decimal(value), unit, Decimal("0.1"))) == written


@pytest.mark.parametrize("unit", ["points", "weeks", "months", "years", "days"])
def test_words_read_back(unit):
    for value in range(2, 13):
        words = write_in_words(Quantity(Decimal(value), unit))
        (figure,) = extract_figures(f"It took {words}.")
        assert (figure.value, figure.unit) == (value, unit)


def test_cells_show_losses_in_brackets():
    style = Format()
    loss = Quantity(Decimal(-3_400_000), "money:USD", Decimal(100_000))
    assert write_cell(loss, 1_000_000, style) == "(3.4)"
    assert write_cell(loss, 1_000, style) == "(3,400)"
    assert write_cell(Quantity(Decimal("-3.4"), "percent", Decimal("0.1")), 1, style) == "(3.4)%"


def test_a_german_company_writes_commas():
    style = draw_format(Random(1), "EUR", "de")
    amount = Quantity(Decimal(1_234_500_000), "money:EUR", Decimal(100_000))
    assert "1,2345" in write(amount, Format(locale="de"))
    assert "1.234,5" in write(amount, Format(locale="de", billions=False))
    assert style.locale == "de"
