from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.text.figure_support import supported
from goldbrief.text.figures import extract_figures

from .samples import ARTICLES


def found(text):
    return [(figure.unit, figure.value) for figure in extract_figures(text)]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("$1,234.5 thousand", [("money:USD", 1234500)]),
        ("1.2 billion", [("count", 1200000000)]),
        ("€3.4m and US$5bn", [("money:EUR", 3400000), ("money:USD", 5000000000)]),
        ("(3.4)% and (1,234)", [("percent", Decimal("-3.4")), ("count", -1234)]),
        ("$(1.2) million", [("money:USD", -1200000)]),
        ("sales ($1.2 million)", [("money:USD", 1200000)]),
        ("50 basis points, 217 bps", [("bps", 50), ("bps", 217)]),
        ("0.5 percentage points", [("points", Decimal("0.5"))]),
        ("3% to 4%", [("percent", 3), ("percent", 4)]),
        ("12 to 15 percent", [("percent", 12), ("percent", 15)]),
        ("between 3 and 4 percent", [("percent", 3), ("percent", 4)]),
        ("$410-$425 million", [("money:USD", 410000000), ("money:USD", 425000000)]),
        ("$410 to 425 million", [("money:USD", 410000000), ("money:USD", 425000000)]),
        ("from $500,000 to $1.2 million", [("money:USD", 500000), ("money:USD", 1200000)]),
        ("$1,200 to $1,300 million", [("money:USD", 1200000000), ("money:USD", 1300000000)]),
        ("12 to 15 cents", [("money:USD", Decimal("0.12")), ("money:USD", Decimal("0.15"))]),
        ("$12, $15 and $18 million", [("money:USD", n * 10**6) for n in (12, 15, 18)]),
        ("March 9-11", [("date", 309), ("date", 311)]),
        ("in 2020 sales of 3 plants", [("year", 2020), ("count", 3)]),
        ("$158.7 and $167.2 million", [("money:USD", 158700000), ("money:USD", 167200000)]),
        ("one and a half billion dollars", [("money:USD", 1500000000)]),
        ("twenty-five plants", [("count", 25)]),
        ("75 cents", [("money:USD", Decimal("0.75"))]),
        ("4.3 times, 2.5x", [("multiple", Decimal("4.3")), ("multiple", Decimal("2.5"))]),
        ("1.2 million shares", [("shares", 1200000)]),
        ("60+ days, a 12-month plan", [("days", 60), ("months", 12)]),
        ("December 31, 2019", [("date", 1231), ("year", 2019)]),
        ("31 December 2019", [("date", 1231), ("year", 2019)]),
        ("2019-12-31", [("date", 1231), ("year", 2019)]),
        ("Q3 2023, third quarter", [("quarter", 3), ("year", 2023), ("quarter", 3)]),
        ("FY24 and 3Q19", [("year", 2024), ("quarter", 3), ("year", 2019)]),
        ("2018-2019", [("year", 2018), ("year", 2019)]),
        ("$1.2\nbillion", [("money:USD", 1200000000)]),
        ("December\n31, 2019", [("date", 1231), ("year", 2019)]),
        ("2,018 people", [("count", 2018)]),
        ("a quarter of the posts", [("percent", 25)]),
        ("two-thirds of them", [("percent", Decimal(200) / 3)]),
        ("half the sites, half of it", [("percent", 50), ("percent", 50)]),
        ("one in four leaves", [("percent", 25)]),
        ("energy use fell by a quarter", [("percent", 25)]),
        ("it sold a fifth more", [("percent", 20)]),
        ("a quarter was paid down", [("percent", 25)]),
        ("a share of two fifths", [("percent", 40)]),
        ("for three quarters", [("quarters", 3)]),
        ("$5.5m to 52,000 accounts", [("money:USD", 5500000), ("count", 52000)]),
        ("a dozen plants, half a million users", [("count", 12), ("count", 500000)]),
        ("one and a quarter billion dollars", [("money:USD", 1250000000)]),
        ("3,4% of €1.234,5 million", [("percent", Decimal("3.4")), ("money:EUR", 1234500000)]),
        ("5 %, 25pc, 3 pct", [("percent", 5), ("percent", 25), ("percent", 3)]),
        ("EUR1.2bn, ZEUR5", [("money:EUR", 1200000000)]),
        ("half a percentage point, half a point", [("points", Decimal("0.5"))] * 2),
        ("a full percentage point", [("points", 1)]),
        ("half a percent, a point", [("percent", Decimal("0.5"))]),
        ("due 03/2027", [("year", 2027)]),
        ("a million and a half points", [("points", 1500000)]),
    ],
)
def test_figures_are_read_as_written(text, figures):
    assert found(text) == figures


@pytest.mark.parametrize(
    "text",
    ["1. Sell the plant", "(2) Includes leases", "Note 5", "Form 10-K", "COVID-19", "Section 27A",
     "one of the plants", "5G", "24/7", "10:30", "in a quarter", "the first half of it",
     "a third party", "half of the year", "the half was good", "by a third party",
     "a third was opened", "in a quarter are"],
)  # fmt: skip
def test_names_and_markers_are_no_figures(text):
    assert extract_figures(text) == []


@pytest.mark.parametrize(
    ("summary", "article", "expected"),
    [
        ("$1.2 billion", "$1,234.5 million", True),
        ("$1.3 billion", "$1,234.5 million", False),
        ("$1,234.5 million", "$1.2 billion", False),
        ("$1,200 million", "$1.2 billion", True),
        ("$5 million", "€5 million", False),
        ("$5 million", "5 million shares", False),
        ("$1.2 billion", "revenue of 1.2 billion", True),
        ("a 3.4% decline", "(3.4)%", True),
        ("0.5 percentage points", "50 basis points", True),
        ("50%", "50 basis points", False),
        ("2019", "2018", False),
        ("7 plants", "seven plants", True),
        ("about $400 million", "$412 million", True),
        ("$400 million", "$412 million", False),
        ("about $400 million", "$450 million", False),
        ("Q3", "the third quarter", True),
        ("12 months", "12 weeks", False),
        ("three weeks", "21 days", True),
        ("18 months", "one and a half years", True),
        ("six months", "half a year", True),
        ("three weeks", "12 days", False),
        ("33% of staff", "a third of the staff", True),
        ("a quarter of it", "31%", False),
        ("40%", "two in five customers", True),
        ("more than $12 million", "$12.9 million", True),
        ("nearly $13 million", "$12.4 million", True),
        ("about $12 million", "$12.9 million", False),
        ("more than $13 million", "$12.4 million", False),
        ("2,000 people", "2000 people", True),
        ("48 hours", "two days", True),
        ("25%", "it fell a quarter", True),
        ("2x", "sales doubled", True),
        ("100%", "sales doubled", True),
        ("September 3", "due 3/9/2025", True),
    ],
)
def test_support_is_by_value_unit_and_precision(summary, article, expected):
    (figure,) = extract_figures(summary)
    assert supported(figure, extract_figures(article, tentative=True)) is expected


@pytest.mark.parametrize("text", ["a third", "one plant", "sales doubled", "the fifth plant"])
def test_what_a_text_may_mean_is_told_apart(text):
    assert extract_figures(text) == []
    assert all(figure.is_tentative for figure in extract_figures(text, tentative=True))


@pytest.mark.parametrize(
    "text",
    ["one in 0", "1 in 00", "3 of 0", "one bed in 0", "5 in every 0", "of every 0 beds, 5"],
)
def test_a_share_of_none_can_be_read(text):
    assert all(figure.unit == "count" for figure in extract_figures(text, tentative=True))


@pytest.mark.parametrize("text", ["-$3 million", "-USD 3 million", "-C$3 million", "–€3 million"])
def test_a_sign_may_stand_before_any_currency(text):
    (figure,) = extract_figures(f"The result was {text}.")
    assert figure.value == -3_000_000


def test_positions_point_at_the_figure():
    text = ARTICLES[0]
    assert all(text[f.start : f.end] == f.text for f in extract_figures(text))


@given(st.text(alphabet="0123456789.,%$-() kmbxQ/:\n'’½_aé３٢€"))
def test_any_text_can_be_read(text):
    assert all(text[f.start : f.end] == f.text for f in extract_figures(text))


PIECES = [
    "one", "two", "hundred", "half", "quarter", "of", "a", "an", "and", "million", "bn", "m", "k",
    "points", "point", "won", "p", "cents", "dollars", "$", "€", "CHF", "Rs.", "USD", "%", "3.4",
    "1,2", "1.234,56", "12", "2025", "½", "1/2", "years", "year", "decade", "x", "times", "fold",
    "twenty-five", "-", "–", "/", "(", ")", "to", "in", ".", ",", "Q3", "FY", "25", "3Q", "H1",
    "th", "March", "31", "quarter", "ended", "first", "fifth", "doubled", "per", "cent", "shares",
    "\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.sampled_from(["", " ", "-"]))
def test_any_mixture_of_what_figures_are_made_of_can_be_read(pieces, glue):
    text = glue.join(pieces)
    figures = extract_figures(text, tentative=True)
    assert all(text[f.start : f.end] == f.text for f in figures)
    assert [f.start for f in figures] == sorted(f.start for f in figures)
