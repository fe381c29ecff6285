import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures, supported

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
    ],
)
def test_figures_are_read_as_written(text, figures):
    assert found(text) == figures


@pytest.mark.parametrize(
    "text",
    ["1. Sell the plant", "(2) Includes leases", "Note 5", "Form 10-K", "COVID-19", "Section 27A",
     "one of the plants", "5G", "24/7", "10:30"],
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
    ],
)
def test_support_is_by_value_unit_and_precision(summary, article, expected):
    (figure,) = extract_figures(summary)
    assert supported(figure, extract_figures(article)) is expected


def test_the_declared_scale_of_a_table_counts():
    article = "(in thousands)\nRevenue 1,234,500 1,100,200 12.2"
    assert check_figures("Revenue was $1.23 billion.", article).unsupported == ()


@pytest.mark.parametrize(
    ("declared", "figure"),
    [
        ("(€ in millions)", "€1.23 billion"),
        ("(in millions of euros)", "€1.23 billion"),
        ("In £ | in millions |", "$1.23 billion"),
        ("| CHF in millions |", "CHF 1.23 billion"),
        ("in millions of pounds", "£1.23 billion"),
        ("(US$ in millions, except per share)", "$1.23 billion"),
    ],
)
def test_the_currency_beside_the_scale_of_a_table_counts(declared, figure):
    article = f"{declared}\n\n| Revenue | 1,234.5 | 1,100.2 |"
    assert check_figures(f"Revenue was {figure}.", article).unsupported == ()
    assert check_figures("Revenue was ¥1.23 billion.", article).supported == 0


@pytest.mark.parametrize("text", ["-$3 million", "-USD 3 million", "-C$3 million", "–€3 million"])
def test_a_sign_may_stand_before_any_currency(text):
    (figure,) = extract_figures(f"The result was {text}.")
    assert figure.value == -3_000_000


def test_unsupported_figures_are_named_and_small_counts_are_left_out():
    check = check_figures("Two risks: sales fell 9% to $4 million.", "Sales fell 8% to $4 million.")
    assert (check.total, check.supported) == (2, 1)
    assert [figure.text for figure in check.unsupported] == ["9%"]


def test_positions_point_at_the_figure():
    text = ARTICLES[0]
    assert all(text[f.start : f.end] == f.text for f in extract_figures(text))


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from(["million", "billion"]))
def test_a_changed_digit_of_a_lone_figure_is_always_caught(whole, decimal, scale):
    article = f"Revenue was ${whole}.{decimal} {scale}."
    summary = f"Revenue was ${whole}.{(decimal + 1) % 10} {scale}."
    assert check_figures(article, article).unsupported == ()
    assert len(check_figures(summary, article).unsupported) == 1


@given(st.text(alphabet="0123456789.,%$-() kmbxQ/:\n'aé"))
def test_any_text_can_be_read(text):
    assert all(text[f.start : f.end] == f.text for f in extract_figures(text))


def corrupted_digits(text, figure, rng):
    """The text with one digit of the figure changed, once for each of its digits."""
    for i in range(figure.start, figure.end):
        if text[i].isdigit():
            digit = rng.choice([d for d in "123456789" if d != text[i]])
            yield text[:i] + digit + text[i + 1 :]


def swapped_scales(text, figure):
    for old, new in (("million", "billion"), ("billion", "million")):
        if old in figure.text:
            yield text[: figure.start] + figure.text.replace(old, new) + text[figure.end :]


def share_caught(corrupted, article):
    caught = [bool(check_figures(text, article).unsupported) for text in corrupted]
    return sum(caught) / len(caught)


def test_corruptions_of_whole_articles_are_caught():
    rng = random.Random(7)
    digits, scales = [], []
    for article in ARTICLES:
        assert check_figures(article, article).unsupported == ()
        figures = extract_figures(article)
        changed = [text for f in figures for text in corrupted_digits(article, f, rng)]
        digits.append(share_caught(changed, article))
        swapped = [text for f in figures for text in swapped_scales(article, f)]
        scales.append(share_caught(swapped, article))
    assert min(digits) >= 0.95
    assert min(scales) >= 0.99


@pytest.mark.parametrize(
    ("summary", "article"),
    [
        ("Harborline grew 8.4% to $1.2 billion and earned $96 million, or $1.87 a share.", 0),
        ("It guides to $4.7-4.9 billion for the year and will close 14 depots by 2024.", 0),
        ("Sales of €2.9 billion rose 12%; Brazil fell 4.1%. Some 8,930 farmers supply it.", 1),
        ("Profit fell to £742m from £803m as margins narrowed by 0.17 percentage points.", 2),
        ("It targets 13-14% and holds 13.9%; about 1,150 posts go by June 30, 2025.", 2),
    ],
)
def test_honest_paraphrases_are_not_flagged(summary, article):
    assert check_figures(summary, ARTICLES[article]).unsupported == ()
