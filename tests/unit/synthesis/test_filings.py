"""What the offline teacher makes of company filings that its other rules make too little of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from goldbrief.core.documents import Article
from goldbrief.core.hashing import sha256_text
from goldbrief.core.plans import SynthesisPlan
from goldbrief.synthesis.actions import find_actions
from goldbrief.synthesis.filing_sentences import plain
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.phrases import Vocabulary
from goldbrief.synthesis.statements import House, find_statements
from goldbrief.synthesis.teachers import Assignment, BadDraftError
from goldbrief.text.figure_check import check_figures
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.selection import apply_strategy

FILING = (
    "Highlights for the year ended December 31, 2021 compared to the year ended December 31, 2020 "
    "include those below.\n\n"
    "• Net interest income of $58.1 million for the year ended December 31, 2021, compared to "
    "$53.9 million for the year ended December 31, 2020, an increase of $4.2 million.\n\n"
    "• The $2.6 million, or 8.1%, increase in salaries was due primarily to branches opened in "
    "Ohio during the year ended December 31, 2021.\n\n"
    "• $1.7 million decrease in rent, which was primarily a result of a lease that was given "
    "up,\n\n"
    "Mortgage fees, which include fees for servicing the loans of others, decreased by "
    "$0.9 million for the year ended December 31, 2021.\n\n"
    "Total loans and total deposits at December 31, 2021 were $1,270.4 million and "
    "$1,466.8 million, respectively."
)
HOUSE = House(26, lenient=True, filing=True)


def _items(sentence: str, persona: str = "CFO") -> list[str]:
    vocabulary = Vocabulary([sentence, "The results of stores and commission."], "Acme")
    found = find_actions([(0, sentence)], persona, vocabulary, filing=True)
    return [action.text for action in found]


def _statements(sentence: str) -> list[str]:
    found = find_statements(sentence, "Acme", Vocabulary([sentence], "Acme"), house=HOUSE)
    return [statement.text for statement in found]


@pytest.fixture
def assignment(plan: SynthesisPlan) -> Assignment:
    article = Article(sha256=sha256_text(FILING), text=FILING)
    passage = apply_strategy(FILING, plan.prompt)
    return Assignment(article, passage, "CFO", plan.prompt.style, plan.goldens)


def test_a_filing_of_phrases_and_periods_is_summarized(
    assignment: Assignment, embedder: Any
) -> None:
    draft = OfflineTeacher(embedder).write(assignment).text
    (short,) = structure_problems(draft, assignment.style)
    assert "words" in short  # as is the filing
    assert not check_figures(draft, FILING).unsupported
    actions = parse_summary(draft).actions
    assert len({item.split()[0] for item in actions}) == len(actions)


def test_a_filing_of_accounting_rules_is_still_refused(
    assignment: Assignment, embedder: Any
) -> None:
    rules = (
        "The Company records storage facilities at cost less accumulated depreciation. "
        "Under the equity method, investments are recorded initially at cost. "
        "When facilities are acquired, the purchase price of $5 million is allocated to them. "
        "Recoveries of $1 million are credited to the allowance. "
        "Revenue of $9 million is recognized on a straight-line basis over the contract."
    )
    with pytest.raises(BadDraftError):
        OfflineTeacher(embedder).write(replace(assignment, passage=rules))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "• $3.2 million decrease in rent and fuel, which was primarily a result of a sale,",
            "Rent and fuel decreased by $3.2 million, primarily as a result of a sale.",
        ),
        (
            "The $4.9 million, or 1.6%, increase in pallet sales was due primarily to prices.",
            "Pallet sales increased by $4.9 million, or 1.6%, due primarily to prices.",
        ),
        (
            "The decrease of $25.1 million in net income for the year ended December 31, 2019 was "
            "driven by a strike.",
            "Net income decreased by $25.1 million in 2019, driven by a strike.",
        ),
        (
            "Earnings per share of $1.54 for the year ended December 31, 2015, compared to $1.30.",
            "Earnings per share came to $1.54 in 2015, compared to $1.30.",
        ),
        (
            "Other revenues, which represent parking and resort fees, increased by $0.3 million.",
            "Other revenues increased by $0.3 million.",
        ),
        (
            "Revenue consists of rent, as follows (in millions): Our rents fell by $3 million.",
            "Our rents fell by $3 million.",
        ),
        (
            "Revenue rose to $5 million from $4 million in the year ended December 31, 2020.",
            "Revenue rose to $5 million from $4 million in 2020.",
        ),
        ("The $2.5 million increase in rent was followed by a fall in spring.",) * 2,
        ("The $2.5 million increase in rent helped profit in the east.",) * 2,
        ("The Company holds a stake of $2.3 million at cost.",) * 2,
        ("Revenue rose to $5 million in the year ended June 30, 2020.",) * 2,
    ],
)
def test_a_filing_s_phrases_become_sentences(sentence: str, expected: str) -> None:
    assert plain(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "Savings accounts of $93.5 million, or 5.9%, and demand deposits of $107.1 million.",
        "The Company announced that, on January 31, 2020, the Company and the Bank had entered "
        "into a definitive agreement with Calder Valley Savings to acquire all of the shares of "
        "Calder Valley Savings in a transaction of shares alone that both boards of directors and "
        "the regulators of both banks had approved by then for $1.0 billion.",
        "The largest holding was $30.2 million and $30.5 million and $31.6 million at fair value.",
        "Portfolio companies had median sales, profits, taxes and interest, or EBITDA, of $11 "
        "million and $12 million in the two years that the information of late was provided for.",
        "Student housing rent of $8 million is recognized on a straight-line basis.",
    ],
)
def test_what_was_cut_to_pieces_makes_no_statement(sentence: str) -> None:
    assert not _statements(sentence)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Net interest income was $158.1 million in 2018, an increase of $14.9 million.",
            "Say in the next forecast whether net interest income will rise further, after an "
            "increase of $14.9 million in 2018.",
        ),
        (
            "There was a $7.5 million increase in loans to bakeries in 2021.",
            "Tell the board how much of the increase of $7.5 million in loans to bakeries in 2021 "
            "will last.",
        ),
        (
            "The increase in room rents was primarily due to a longer season.",
            "Say in the next forecast how much of the increase in room rents will last, and why.",
        ),
        (
            "The company issued $40.0 million of 5.25% Senior Notes due 2027.",
            "Plan the refinancing of the $40.0 million of 5.25% Senior Notes due 2027.",
        ),
        (
            "The company has only $12.5 million of debt maturing during 2024.",
            "Plan the repayment or refinancing of the $12.5 million of debt maturing during 2024.",
        ),
        (
            "The company's unfunded commitments to seven borrowers totaled $31.0 million.",
            "Plan cash for the unfunded commitments to seven borrowers, which come to $31.0 "
            "million.",
        ),
        (
            "The bank had twelve loans totaling $4.2 million that were considered to be impaired.",
            "Review what is set aside for the twelve loans totaling $4.2 million that were "
            "considered impaired.",
        ),
        (
            "In 2019, the company recorded a non-cash impairment of $9.4 million on the mill.",
            "Work out what further charges could follow the non-cash impairment of $9.4 million on "
            "the mill in 2019.",
        ),
        (
            "Results may be sensitive to changes in the weather that keep guests at home.",
            "Test the forecast against changes in the weather that keep guests at home.",
        ),
        (
            "Because of storms, commission revenue may vary widely between quarters.",
            "Allow in the forecast for commission revenue, which may vary widely between quarters.",
        ),
        (
            "The company experiences seasonal fluctuations in the occupancy of its lots.",
            "Allow in the cash forecast for seasonal fluctuations in the occupancy of its lots.",
        ),
        (
            "In 2018, currency translation decreased revenue by $27 million.",
            "Test the forecast against exchange rates, which decreased revenue by $27 million in "
            "2018.",
        ),
        (
            "Stores in Texas accounted for approximately 38% of revenue.",
            "Test the forecast for a setback at stores in Texas, with 38% of revenue.",
        ),
        (
            "Acme entered into a definitive agreement to acquire Calder in an all-stock deal.",
            "Agree on a budget for the integration of Calder, and name who leads it.",
        ),
        (
            "In May 2018, Acme completed its acquisition of Calder Foods for $39.6 million.",
            "Compare what the acquisition of Calder Foods for $39.6 million brings in with what "
            "was planned.",
        ),
        (
            "Acme bought shares, with $1.4 billion of repurchase authorization remaining.",
            "Decide how much of the $1.4 billion that remains for share repurchases is to be used.",
        ),
        (
            "The net interest margin was lower than in other years.",
            "Agree on a target for net interest margin for next year, and name who answers for "
            "the result.",
        ),
    ],
)
def test_what_a_filing_states_gives_cause(sentence: str, expected: str) -> None:
    assert expected in _items(sentence)


def test_a_move_is_asked_of_the_business_by_others_than_finance() -> None:
    items = _items("There was a $7.5 million increase in loans to bakeries in 2021.", "CEO")
    assert (
        "Ask the business how much of the increase of $7.5 million in loans to bakeries in 2021 "
        "will last." in items
    )


@pytest.mark.parametrize(
    ("sentence", "opening"),
    [
        ("The company redeemed its 5.25% Senior Notes due 2027.", "Plan"),
        ("Cost of sales accounted for approximately 38% of revenue.", "Test"),
        ("The company recorded a charge of $2 million in the year.", "Work out"),
        ("There was an increase of 3 basis points in the yield.", "Say"),
        ("The company saw an increase of $2 million in the effect of rates.", "Say"),
    ],
)
def test_nothing_is_asked_that_is_over_or_makes_no_sense(sentence: str, opening: str) -> None:
    assert not [item for item in _items(sentence) if item.startswith(opening)]


def test_the_year_asked_about_is_the_later_of_two() -> None:
    items = _items(
        "Fees fell to $17.1 million in 2016 from $17.8 million in 2015, due to a decrease of $0.5 "
        "million in maintenance."
    )
    assert (
        "Tell the board how much of the decrease of $0.5 million in maintenance in 2016 will last."
        in items
    )
