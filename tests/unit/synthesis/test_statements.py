"""What the offline teacher takes of sentences that other hands wrote."""

from __future__ import annotations

import pytest

from goldbrief.synthesis.phrases import Vocabulary
from goldbrief.synthesis.statements import House, find_statements, points_back, tidy
from goldbrief.synthesis.verbs import has_verb


@pytest.mark.parametrize(
    "sentence",
    [
        "The company drew nothing on its $250 million credit facility.",
        "Electric scooters accounted for 9% of the volumes, up from 5%.",
        "China, which gave it a quarter of its sales in 2021, contributed only 14%.",
        "The treaty costs $118 million for the year.",
        "Gross debt falls to $11.3 billion from $18.7 billion.",
        "Management guides for third-quarter revenue of $51 billion to $53 billion.",
        "The board proposes a dividend of $0.15 per share.",
        "The finance chief forecast revenue of $1.29 billion to $1.31 billion.",
    ],
)
def test_verbs_that_no_result_needs_make_a_sentence_too(sentence: str) -> None:
    assert has_verb(sentence)


@pytest.mark.parametrize(
    "fragment",
    [
        "Higher costs for fuel and wages in 2024.",
        "Sales to customers abroad, up 5%.",
        "Revenue for the year, which rose 5%.",
        "Supplies of steel and orders from builders.",
    ],
)
def test_what_has_no_verb_is_no_sentence(fragment: str) -> None:
    assert not has_verb(fragment)


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "Chief executive Tom Reyes said that orders from offices rose by 9 percent.",
            "Orders from offices rose by 9 percent.",
        ),
        (
            "President Kenji Morioka said Sakuragi would invest $22 billion over three years.",
            "Sakuragi will invest $22 billion over three years.",
        ),
        (
            "Najm Telecom said on Sunday that it would sell 4,600 towers for $1.05 billion.",
            "Najm Telecom will sell 4,600 towers for $1.05 billion.",
        ),
        (
            "In the first quarter volumes should rise by 13%, chief executive Marta Wilk said.",
            "In the first quarter volumes should rise by 13%.",
        ),
        (
            "Chief executive Luc Martel expects operating profit of at least $95 million.",
            "The company expects operating profit of at least $95 million.",
        ),
        (
            "AUCKLAND, 3 September - Rangi Dairy raised its forecast by 30 cents to $9.80.",
            "Rangi Dairy raised its forecast by 30 cents to $9.80.",
        ),
    ],
)
def test_who_says_it_is_left_out_and_what_is_said_stays(sentence: str, told: str) -> None:
    assert tidy(sentence, "") == told


@pytest.mark.parametrize(
    "sentence",
    [
        "Analyst Jane Doe said that sales of cars will fall by 20 percent.",
        "Sales of cars will fall by 20 percent, analyst Jane Doe said.",
    ],
)
def test_what_others_say_of_the_company_stays_their_word(sentence: str) -> None:
    assert "Jane Doe said" in tidy(sentence, "")


def test_what_would_come_of_a_condition_stays_conditional() -> None:
    sentence = "Profit would fall by $5 million if rates rose, chief executive Marta Wilk said."
    assert tidy(sentence, "") == "Profit would fall by $5 million if rates rose."


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "Net debt: $905 million, $146 million less than a year earlier.",
            "Net debt came to $905 million, $146 million less than a year earlier.",
        ),
        (
            "Hartwell also published other figures: revenue fell 2.8% to $1.12 billion.",
            "Revenue fell 2.8% to $1.12 billion.",
        ),
        (
            "Management confirms the targets for 2025: revenue of $3.1 billion and an order book"
            " of $9 billion.",
            "Management confirms the targets for 2025, namely revenue of $3.1 billion and an order"
            " book of $9 billion.",
        ),
    ],
)
def test_what_stands_behind_a_colon_is_told(sentence: str, told: str) -> None:
    assert tidy(sentence, "") == told


def test_the_figure_of_the_year_before_in_brackets_is_left_out() -> None:
    sentence = "Operating profit was SEK 246 million (298), and the margin was 8.6 per cent (10.9)."
    told = "Operating profit was SEK 246 million, and the margin was 8.6 per cent."
    assert tidy(sentence, "") == told
    assert tidy("The unit had an operating loss of (38) million in the year.", "") == ""


def test_it_is_the_company_as_long_as_sentences_begin_with_it() -> None:
    passage = (
        "Hartwell agreed to buy a rival for $2.3 billion. It closed 12 terminals in the quarter."
        " It borrowed $1.7 billion from three banks."
    )
    found = find_statements(passage, "Hartwell", Vocabulary([passage], "Hartwell"))
    assert [one.text for one in found if len(one.sources) == 1] == [
        "Hartwell agreed to buy a rival for $2.3 billion.",
        "Hartwell closed 12 terminals in the quarter.",
        "Hartwell borrowed $1.7 billion from three banks.",
    ]


@pytest.mark.parametrize(
    ("text", "is_back"),
    [
        ("Average traffic was 31,700 vehicles, and lorries made up 18 percent of them.", False),
        ("A margin of 9.5% is expected this year.", False),
        ("Fixed-income securities accounted for 88% of it.", True),
        ("Skrytka wants to set up 5,000 more this year.", True),
        ("Sales were 5,000 more than a year before.", False),
        ("Margins rose in that year.", True),
    ],
)
def test_a_pronoun_may_mean_what_its_own_sentence_says_before(text: str, is_back: bool) -> None:
    assert points_back(text) is is_back


def test_a_move_of_which_nobody_knows_what_moved_is_left_out_even_where_little_else_is_told() -> (
    None
):
    lenient = House(lenient=True)
    assert tidy("The loan of $5 million was repaid in full in March.", "", "", lenient)
    assert tidy("$6.3 million were originated by the bank in that county.", "", "", lenient) == ""
    assert tidy("The increase was primarily due to a 13% increase in price.", "", "", lenient) == ""
