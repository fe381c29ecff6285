import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldbrief.text.figure_check import check_figures
from goldbrief.text.figures import extract_figures

from .samples import ARTICLES

ARTICLE = """\
Corbel Marine closed 2024 with revenue of $412.6 million, up 6% from $389.3 million in 2023, while \
operating income fell 11% to $38.4 million. The Dunmore yard lost $7.2 million on two ferries.

A tender for the Wexham bridge worth $64 million a year was lost by 4.5% on price. Insurance pays \
$5.1 million of the storm damage at Dunmore; the hall will reopen on March 9. Net debt stood at \
$96.0 million, against $120.5 million a year earlier. Hull margins narrowed by 1.5 percentage \
points to 9.3%.

For 2025, the board expects revenue of $430 million to $445 million.
"""


def judged(summary):
    return [
        (one.figure.text, one.state, one.reason)
        for one in check_figures(summary, ARTICLE).figures
        if one.state != "supported"
    ]


@pytest.mark.parametrize(
    "summary",
    [
        "In 2024, Corbel's revenue rose 6% to $413 million from $389 million.",
        "Operating income was $38.4 million, 11% lower, as revenue grew to $412.6 million.",
        "Dunmore's two ferries cost $7.2 million.",
        "Corbel lost the Wexham bridge, worth $64 million a year, by 4.5%.",
        "Net debt fell to $96 million from $120.5 million.",
        "The Dunmore hall reopens on March 9; insurers pay $5.1 million of the damage.",
        "Revenue of $430 million to $445 million is expected for 2025.",
        "Hull margins were 9.3%, down 150 basis points.",
        "Agree with insurers on the $5.1 million for Dunmore before March 9.",
    ],
)
def test_right_summaries_in_other_words_are_supported(summary):
    assert judged(summary) == []


@pytest.mark.parametrize(
    ("summary", "fault"),
    [
        ("Revenue came to $38.4 million in 2024.", ("$38.4 million", "unclear", "subject")),
        ("The Wexham tender was worth $7.2 million.", ("$7.2 million", "unclear", "subject")),
        ("Insurance pays $64 million of the storm damage.", ("$64 million", "unclear", "subject")),
        ("In 2023, revenue was $412.6 million.", ("$412.6 million", "unclear", "period")),
        ("Net debt stood at $120.5 million, against $96.0 million a year earlier.",
         ("$120.5 million", "unclear", "period")),
        ("Operating income rose 11% in 2024.", ("11%", "unclear", "direction")),
        ("Revenue fell 6% in 2024.", ("6%", "unclear", "direction")),
        ("Revenue fell to $412.6 million from $389.3 million.",
         ("$412.6 million", "unclear", "direction")),
        ("Insurance pays £5.1 million of the storm damage, and €5.1 million is for a crane.",
         ("£5.1 million", "unsupported", "value")),
        ("Hull margins narrowed by 1.5%.", ("1.5%", "unclear", "unit")),
        ("Operating income fell 17% in 2024.", ("17%", "unsupported", "value")),
        ("Operating income was €38.4 million.", ("€38.4 million", "unsupported", "value")),
    ],
)  # fmt: skip
def test_a_true_figure_in_the_wrong_place_is_unclear(summary, fault):
    assert fault in judged(summary)


@pytest.mark.parametrize(
    ("summary", "article"),
    [
        ("Leverage is 4x.", "Leverage was 3.3."),
        ("Debt is 3.3 times EBITDA.", "The ratio was 3.4; it has 3 plants."),
        ("Sales are 12 times debt.", "Sales have 12 sources."),
        ("It pays 40 cents.", "It pays £0.40."),
        ("It pays 41 cents.", "It pays 0.40 euros."),
        ("It paid SEK 8 before.", "It pays 5.50 kronor per share, down from 7.00."),
        ("The rate is 12%.", "Sales grew 7% in the month. It has 3 plants, after 12."),
        ("The rate is 12%.", "The rate of 7% is for more than 12 clients."),
        ("It was shut for five weeks.", "The plants are shut for six and four weeks."),
        ("It is one site in seven.", "One site in six is shut."),
        ("Own funds cover 204%.", "Own funds cover the requirement 2.03 times."),
        ("Sales are SEK 413 million.", "Sales are MSEK 412."),
        ("Sales of 2022/24 rose.", "Sales of the year to March 2024 rose."),
        ("Notice is two years.", "They give a year's notice."),
        ("It mined 4.6Mt.", "It mined 4.5 million tonnes."),
        ("It poured 12.5koz.", "It poured 12,413 oz of gold."),
        ("It is rated 4.9/5.", "Users rate it 4.8 out of 5."),
        ("It spends 13.5% on it.", "It spends £1 in every £8 on it."),
        ("It sells 29%.", "It sells 57% of it. Butter, once all of it, took 28."),
        ("It sells 28%.", "It sells 57% of it.\n\nIt has a fleet of 28."),
        ("Wages took 91%.", "For every pound that came in, 92 pence went out in wages."),
        ("Wages took 92%.", "A ticket is 92 pence."),
        ("The rate fell 0.75 points.", "After two quarter-point cuts the rate is lower."),
    ],
)
def test_another_ratio_coin_or_span_is_unsupported(summary, article):
    assert len(check_figures(summary, article).unsupported) == 1


def test_points_are_a_hundred_basis_points():
    article = "The margin widened by 80 basis points to 13.6%."
    assert check_figures("The margin rose 0.8 percentage points to 13.6%.", article).supported == 2


def test_what_makes_up_a_share_does_not_go_up():
    article = "Temporary nurses fell to 4.2% of salary expense from 6.9% a year earlier."
    summary = "Temporary nurses now make up 4.2% of salary expense."
    assert check_figures(summary, article).supported == 1


def test_what_stays_above_a_floor_does_not_go_up():
    article = "The solvency ratio slipped to 187% from 201%, still above the floor of 170%."
    assert check_figures("Solvency of 187% remains above the floor.", article).supported == 1


def test_a_change_that_stands_above_has_a_direction():
    article = "Sales were 5% below those of last year."
    (figure,) = check_figures("Sales were 5% above those of last year.", article).figures
    assert figure.reason == "direction"


def test_the_reason_of_a_change_is_not_what_it_is_compared_with():
    article = "Profit declined 12% because the tax rate went up from 9% to 15%."
    summary = "Profit was 12% lower, since tax went from 9% to 15%."
    assert check_figures(summary, article).supported == 3


def test_the_scale_of_one_row_is_not_that_of_the_next():
    article = """\
| | 2025 | 2024 |
|---|---|---|
| Revenue ($ thousands) | 186,204 | 150,165 |
| Customers | 1,312 | 1,087 |
"""
    summary = "It has 1,312 customers after 1,087 and earned $186 million."
    assert check_figures(summary, article).unsupported == ()


def test_a_row_that_names_a_span_of_time_has_the_scale_of_its_table():
    article = """\
| $ million | 2025 | 2024 |
|---|---|---|
| Due within 12 months | 410 | 390 |
| Three months ended June | 95 | 82 |
"""
    summary = (
        "Within 12 months $410 million falls due; in the three months to June it was $95 million."
    )
    assert check_figures(summary, article).unsupported == ()


def test_a_row_says_what_its_numbers_are():
    article = """\
| NT$ billion | 2Q25 | 2Q24 |
|---|---|---|
| Net revenue | 48.70 | 37.03 |
| Gross margin (%) | 41.4 | 37.5 |
| Inventory days | 86 | 104 |
| Customers | 412 | 398 |
"""
    summary = "The margin is 41.4%, stocks last 86 days after 104, and it has 412 customers."
    assert check_figures(summary, article).unsupported == ()
    wrong = "The margin is 41.5%, stocks last 86 weeks, and revenue is NT$48.7 million."
    assert len(check_figures(wrong, article).unsupported) == 3


@pytest.mark.parametrize(
    "difference",
    [
        "Sales of $413 million are $24 million above the $389 million of 2023.",
        "The margin is 9.3%, 1.7 points below the target of 11%.",
        "Sales were $413 million, 24m more than the 389m of before.",
        "Of 186 shops 23 close, or one eighth of them.",
        "The margin is 9.3%, 170 basis points below the target of 11%.",
        "Sales rose to $413 million from $389 million, $24 million more.",
    ],
)
def test_a_difference_that_its_sentence_shows_needs_no_telling(difference):
    article = "Sales were $412.6 million ($388.7 million). The margin of 9.3% missed the target of \
11%. It closes 23 of 186 shops. The year before was 2023."
    assert check_figures(difference, article).unsupported == ()


@pytest.mark.parametrize(
    "difference",
    [
        "Sales of $413 million are $25 million above the $389 million of 2023.",
        "Sales of $413 million are $24 million higher.",
        "Sales of $423 million are $34 million above the $389 million of 2023.",
        "The margin is 9.3%, 1.7% below the target of 11%.",
        "Of 186 shops 23 close, or a fifth of them.",
        "Of 186 shops 23 close, or 12.4%.",
        "Of 186 shops 23 close and 163 stay.",
    ],
)
def test_a_difference_that_is_wrong_or_not_shown_is_unsupported(difference):
    article = "Sales were $412.6 million ($388.7 million). The margin of 9.3% missed the target of \
11%. It closes 23 of 186 shops. The year before was 2023."
    assert check_figures(difference, article).unsupported != ()


def test_two_figures_that_change_places_in_one_sentence_do_not_pass():
    swapped = "Operating income was $96.0 million and net debt stood at $38.4 million."
    assert ("$38.4 million", "unclear", "subject") in judged(swapped)


def test_spans_show_the_figure_in_the_article_and_what_stands_in_its_place():
    (wrong,) = check_figures("The Wexham tender was worth $7.2 million.", ARTICLE).figures
    assert [ARTICLE[start:end] for start, end in wrong.spans] == ["$7.2 million"]
    start, end = wrong.rival
    assert ARTICLE[start:end] == "$64 million"


def test_the_outcome_counts_each_figure_once():
    check = check_figures("Revenue rose 6% to $38.4 million; costs were $999 million.", ARTICLE)
    assert (check.total, check.supported) == (3, 1)
    assert [figure.text for figure in check.unsupported] == ["$999 million"]
    assert [one.figure.text for one in check.unclear] == ["$38.4 million"]


@pytest.mark.parametrize("date", ["12/31/2024", "2024-12-31", "December 31, 2024"])
def test_a_date_and_its_year_are_two_figures_of_one_place(date):
    article = f"Net debt was $96 million on {date}, $5 million less than on 9/30/2024."
    assert check_figures(f"On {date}, net debt was $96 million.", article).supported == 3


@pytest.mark.parametrize(
    ("summary", "article"),
    [
        ("Energy use is down 25%.", "Energy use was cut a quarter over the year."),
        ("Costs fell 33%.", "Costs are down by more than a third since spring."),
        ("The plant has 2,000 staff.", "The plant, run by 2000 staff, was opened early."),
        ("Output is 2x that of last year.", "Output doubled in the year."),
        ("It pays on 3/9/2025.", "The payment is due on 3 September 2025."),
        ("It paid 12 growers.", "It paid $400 to 12 growers."),
        ("It has 12,400 staff.", "It has 12 400 staff."),
        ("Its 5th plant opens.", "The fifth plant opens in spring."),
        ("Debt is 3.3 times EBITDA.", "The ratio of debt to EBITDA was 3.3."),
        ("Leverage is 3.3x.", "Leverage was cut to 3.3 from 3.5."),
        ("Leverage is 3.3.", "Debt was 3.3 times EBITDA."),
        ("It pays 8 cents.", "It pays 8 Australian cents."),
        ("It pays 40 cents.", "It pays 0.40 euros."),
        (
            "It made 512kt, and plans 520-550kt.",
            "It made 512,000 tonnes, and plans 520,000 to 550,000 tonnes.",
        ),
        ("Two in nine stills rest.", "Two of nine stills rest."),
        ("China's share fell from one quarter.", "China's share was a quarter of its sales."),
        ("The floor is 170%.", "The ratio is 187 percent, and shall stay above 170."),
        ("It paid SEK 7 before.", "It pays 5.50 kronor per share, down from 7.00."),
        ("It earns AED 58 a user, after AED 61.", "It earns 58 dirhams a month, after 61."),
        ("It holds 12,400 staff.", "It has 3% more staff than 12,400."),
        ("It pays NZ$0.10 to NZ$0.25.", "It pays between 10 and 25 cents."),
        ("Gearing fell by four points to 29%.", "Gearing is 29%, down four percentage points."),
        ("Gearing is four points less.", "Gearing is 29%, down four percentage points."),
        (
            "Freight cost 1.5 points of operating margin.",
            "Of the fall in margin 1.5 points were freight.",
        ),
        ("One plant is shut for six weeks.", "The plants are shut for six and four weeks."),
        ("A yen more costs one yen.", "A yen more costs as much."),
        ("Debt fell by 30 September.", "Debt was lower at the end of September."),
        ("Debt fell by 31 March.", "Debt was lower at the end of the first quarter."),
        ("Debt fell by the end of the third quarter.", "Debt was lower at the end of September."),
        ("It fell for a year and a half.", "It fell in six negative quarters."),
        ("It gained 0.3 to 0.5 points of 17.2%.", "It gained 30 to 50 basis points of 17.2%."),
        ("It pays out not quite two thirds.", "It pays out 64.5%."),
        ("Debt fell by February 28.", "Debt was lower at the end of February."),
        ("Sales of the quarter to June 30 fell.", "Sales of the quarter ended June fell."),
        ("It paid 91%.", "Of the bills, 91 in every 100 were paid."),
        ("It sells 15%.", "It sells 57% of it. Butter, once all of it, took 28, and cream 15."),
        ("The floor is 90 days.", "Cover is 118 days. The lender's floor is 90."),
        ("It lost 1.1 points.", "Price gave 2.9 percentage points and volume took away 1.1."),
        ("It rested four weeks.", "It rested for six weeks, and later for another four."),
        ("It rested for six weeks, then another four.", "It rested six weeks, then four weeks."),
        ("Wages took 92%.", "For every pound that came in, 92 pence went out in wages."),
        ("Wages took 80%.", "For each euro of sales 90 cents are wages; the aim is below 80."),
        ("Wages took 92%.", "Wages took 92p in the pound."),
        ("Wages took 92%.", "Wages took 92 cents on the dollar."),
        ("It returns 340%.", "For every £1 spent it returns £3.40."),
        ("It loses £9 for 100 places.", "Every hundred lost places cost £9."),
        ("It spends 12.5% on it.", "It spends £1 in every £8 on it."),
        ("It spends 12.5% on it.", "It spends $1 of each $8 on it."),
        ("It drilled 5,600 metres.", "It drilled 5,600m in the quarter."),
        ("It drilled 5,600m.", "It drilled 5,600 metres in the quarter."),
        ("It mined 4.5Mt.", "It mined 4.5 million tonnes."),
        ("It mined 4.5 million tonnes.", "It mined 4.5 Mt."),
        ("It poured 12,400 ounces.", "It poured 12.4 koz of gold."),
        ("It poured 12.4koz.", "It poured 12,413 oz of gold."),
        ("It has 1.2 GW.", "It has 1,234 MW."),
        ("It is rated 4.8 out of 5.", "Users rate it 4.8/5 in the store."),
        ("It is rated 4.8/5.", "Users rate it 4.8 out of 5."),
        ("Sales fell in Q3 2024.", "Sales of the September 2024 quarter fell."),
        ("Sales tripled.", "Sales went up by a factor of three."),
        ("Sales are 2.5x.", "Sales went up by a factor of 2.5."),
        ("It lost 14%.", "It lost a seventh of its members."),
        ("It fell 0,8 percentage points to 12,4%.", "It fell 0.8 points to 12.4%."),
        ("Own funds cover 203%.", "Own funds cover the requirement 2.03 times."),
        ("Own funds cover 2.03 times.", "The cover of the requirement is 203%."),
        ("Own funds cover 200%.", "Own funds are twice the requirement."),
        ("It resists a 1-in-200 shock.", "It resists a shock of one in two hundred years."),
        ("Notice is one year.", "They give a year's notice."),
        ("Notice is 12 months.", "They give a year's notice."),
        ("It takes 7 days.", "It takes a week."),
        ("There were 0 strikes.", "There were no strikes in spring."),
        ("Churn is under 2%.", "It keeps churn at a sub-2% level."),
        ("Churn fell from 4.1%.", "Churn went 4.1 → 2.8% in spring."),
        ("Sales are CHF 1,234.5 million.", "Sales are CHF 1 234.5 million."),
        ("It has 1,234 staff.", "It has 1\u202f234 staff."),
        ("Sales are SEK 412 million.", "Sales are MSEK 412."),
        ("Sales are CHF 412 million.", "Sales are CHF m 412."),
        ("Sales are ₹412 crore.", "Sales are Rs crore 412."),
        ("Sales are EUR million 412.", "Sales are €412 million."),
        ("Sales of 2023/24 rose.", "Sales of the year to March 2024 rose."),
        ("It opens by 31 December.", "It opens by the end of the year."),
        ("It costs 1p more.", "It costs a penny more."),
        ("It sells 33%.", "It sells two thirds at home and the remaining third abroad."),
        ("They meet at half past ten.", "They meet at 10:30."),
        ("It helped 70%.", "For every ten who came, seven found a home."),
        ("It helped 84%.", "Of every 100 guests, 84 found a home."),
        ("It has 118 staff.", "Staff number 118 now."),
        ("It plans 165-175koz.", "It plans 165,000 to 175,000 ounces."),
        ("It gained 11 points of margin.", "The margin rose by 11 percentage points."),
        ("It gained 11 percentage points.", "It gained 11 points of margin."),
        ("The notes pay 5.375%.", "The notes pay 5⅜%."),
        ("Six in ten clients grew.", "Six of our top ten clients grew."),
        ("Its goal is 85%.", "It was 84%, within five minutes, against a goal of 85."),
        ("The wait is 1.5 minutes.", "The wait came down to a minute and a half."),
        ("The wait is 1.5 days.", "The wait came down to a day and a half."),
        ("The shock is of 0.5%.", "It withstands a shock of one in 200 years."),
    ],
)
def test_an_article_is_read_generously(summary, article):
    assert check_figures(summary, article).unsupported == ()


@pytest.mark.parametrize(
    ("summary", "article"),
    [
        ("In the three months to June sales fell.", "Sales of the second quarter fell."),
        ("Sales fell in the six months to September.", "Sales fell in the first half."),
        ("Sales fell in the first six months.", "Sales fell in the half-year."),
        ("Debt is lower than twelve months before.", "Debt is lower than a year ago."),
        ("Six-month sales fell.", "Sales fell in April-September."),
        ("Cash is lower than six months before.",
         "Cash is lower at the end of June than at the end of December."),
        ("Cover fell from a lot to little in three months.", "Cover fell in the quarter."),
        ("Sales fell in the 13 weeks to 28 June.", "Sales of the quarter to 28 June fell."),
    ],
)  # fmt: skip
def test_a_period_may_be_named_by_its_length(summary, article):
    assert check_figures(summary, article).unsupported == ()


@pytest.mark.parametrize(
    ("summary", "article"),
    [
        ("The plant is shut for six months.", "The plant is shut. Sales fell in the first half."),
        ("In the nine months to June sales fell.", "Sales of the second quarter fell."),
        ("Debt is lower than six months before.", "Debt is lower than a year ago."),
        ("Debt fell by 30 June.", "Debt was lower at the end of the first quarter."),
        ("It repays the loan in three months.", "A loan is due. Sales of the quarter fell."),
    ],
)
def test_a_span_of_time_that_the_article_does_not_tell_is_unsupported(summary, article):
    assert len(check_figures(summary, article).unsupported) == 1


def test_a_summary_is_not_held_to_what_it_need_not_mean():
    summary = "Sales doubled in the fifth year, and a third party bought one plant, down a quarter."
    assert check_figures(summary, "Nothing is known.").figures == ()


def test_what_an_article_may_mean_is_no_rival_of_what_it_says():
    article = "Margins fell to 6.9%. In the same half a year ago, margins had been a quarter less."
    assert check_figures("Margins fell to 6.9%.", article).supported == 1


def test_a_sentence_without_its_subject_speaks_of_the_one_before():
    article = "The Dellam fund was written down by $40 million. $25 million of goodwill remains."
    summary = "Dellam was written down by $40 million, which leaves $25 million."
    assert check_figures(summary, article).supported == 2


@given(st.text(alphabet="0123456789/.,%$|-() \n\tabc in thousands million 2024 rose from to Sales"))
def test_any_text_can_be_checked(text):
    check = check_figures(text, text)
    assert len({(one.figure.start, one.figure.unit) for one in check.figures}) == check.total
    assert check.unsupported == ()


def test_unsupported_figures_are_named_and_small_counts_are_left_out():
    check = check_figures("Two risks: sales fell 9% to $4 million.", "Sales fell 8% to $4 million.")
    assert (check.total, check.supported) == (2, 1)
    assert [figure.text for figure in check.unsupported] == ["9%"]


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from(["million", "billion"]))
def test_a_changed_digit_of_a_lone_figure_is_always_caught(whole, decimal, scale):
    article = f"Revenue was ${whole}.{decimal} {scale}."
    summary = f"Revenue was ${whole}.{(decimal + 1) % 10} {scale}."
    assert check_figures(article, article).unsupported == ()
    assert len(check_figures(summary, article).unsupported) == 1


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


@pytest.mark.parametrize(
    ("article", "quarter"),
    [
        ("In the closing quarter of 2025 sales were $5 million.", "fourth"),
        ("In the last three months of 2025 sales were $5 million.", "fourth"),
        ("In the opening quarter of 2025 sales were $5 million.", "first"),
        ("In the first three months of 2025 sales were $5 million.", "first"),
        ("Between July and September 2025 sales were $5 million.", "third"),
        ("In the July-to-September period of 2025 sales were $5 million.", "third"),
    ],
)
def test_a_quarter_may_be_named_by_its_place_or_its_months(article: str, quarter: str) -> None:
    assert not check_figures(
        f"In the {quarter} quarter sales were $5 million.", article
    ).unsupported
    other = {"first": "second", "third": "first", "fourth": "third"}[quarter]
    wrong = check_figures(f"In the {other} quarter sales were $5 million.", article)
    assert [one.text for one in wrong.unsupported] == [other]
    # what a summary says so is not held against it
    assert not check_figures(article, "In 2025 sales were $5 million.").unsupported


def test_months_that_are_no_quarter_name_none() -> None:
    article = "Between January and September 2025 sales were $5 million."
    assert check_figures("In the third quarter sales were $5 million.", article).unsupported


def test_next_year_is_the_year_after_one_that_the_article_names() -> None:
    article = (
        "Sales were $5 million in 2025. The company plans to spend $2 million on a mill next year."
        " It has 300 employees."
    )
    assert not check_figures("It will spend $2 million on a mill in 2026.", article).unsupported
    for wrong in (
        "It will spend $2 million on a mill in 2027.",
        "Sales were $5 million in 2026.",
        "It has 300 employees in 2026.",
    ):
        assert [one.value for one in check_figures(wrong, article).unsupported] in ([2026], [2027])
