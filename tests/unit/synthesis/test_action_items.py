from __future__ import annotations

from typing import Any

import pytest

from goldbrief.core.documents import Article
from goldbrief.core.plans import SynthesisPlan
from goldbrief.synthesis.action_choice import repeats
from goldbrief.synthesis.actions import find_actions
from goldbrief.synthesis.offline import OfflineTeacher
from goldbrief.synthesis.phrases import Vocabulary
from goldbrief.synthesis.teachers import Assignment
from goldbrief.text.sections import parse_summary, structure_problems
from goldbrief.text.selection import apply_strategy


def _items(sentence: str, persona: str = "CFO") -> list[str]:
    vocabulary = Vocabulary([sentence, "Sales of returns and work at the plant."], "Acme")
    return [action.text for action in find_actions([(0, sentence)], persona, vocabulary)]


def test_no_action_item_repeats_what_the_summary_tells(
    articles: list[Article], plan: SynthesisPlan, embedder: Any
) -> None:
    teacher = OfflineTeacher(embedder)
    for article in articles:
        passage = apply_strategy(article.text, plan.prompt)
        draft = teacher.write(
            Assignment(article, passage, "CFO", plan.prompt.style, plan.goldens)
        ).text
        summary = parse_summary(draft)
        told = [summary.overview, *summary.takeaways]
        assert not structure_problems(draft, plan.prompt.style)
        assert not [item for item in summary.actions if repeats(item, told)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Acme lost the Rosemount account, worth $16 million a year, with effect from 22 April.",
            "Say in the next forecast what is to replace the Rosemount account, worth $16 million "
            "a year.",
        ),
        (
            "Protection for cough syrups, with sales of $4.36 million a year, ends on December 15.",
            "Budget for the end of protection for cough syrups on December 15, with sales of $4.36 "
            "million a year.",
        ),
        (
            "Insurers paid $23.8 million for the fire, and a further $8.1 million is still open.",
            "Collect from the insurers the $8.1 million of the claim that is still open.",
        ),
        (
            "The order from Maxholt is 45% complete, and a delay of 6 weeks would cost $9 million.",
            "Keep the order from Maxholt on schedule, as a delay of 6 weeks would cost $9 million.",
        ),
        (
            "The budget office reckons that the order from Maxholt is 45% complete, and a delay of"
            " 6 weeks would cost $9 million.",
            "Keep the order from Maxholt on schedule, as a delay of 6 weeks would cost $9 million.",
        ),
        (
            "Castellane pointed out that orders for kits are to come through a portal, with a share"
            " of 60% by 9 October.",
            "Track orders for kits, which are to come through a portal, with a share of 60% by 9 "
            "October.",
        ),
        (
            "The Macon plant runs at 98.0% of capacity, and $1.1 million of orders could be lost.",
            "Work out what an expansion of the Macon plant would cost, as it runs at 98.0% of "
            "capacity.",
        ),
        (
            "Returns of skin patches have climbed to 2.9%, and could cost $5.2 million a year.",
            "Bring returns of skin patches down from 2.9%, as they could cost $5.2 million a year.",
        ),
        (
            "Acme claims $90 million in damages; the company has set aside $2.8 million.",
            "Review what is set aside for the $90 million in damages that Acme claims.",
        ),
        (
            "$785 million of borrowings mature on November 8, and new money would cost more.",
            "Refinance $785 million of borrowings before they mature on November 8.",
        ),
        (
            "The forecast is $5 million to $6 million; the lower end allows for a ban on one of "
            "the solvents.",
            "Test what a ban on one of the solvents would do to the forecast, beyond what its "
            "lower end allows.",
        ),
        (
            "Operating cash flow leapt to $88 million, as a result of fewer stoppages at the mill.",
            "Find out how long fewer stoppages at the mill will go on lifting operating cash flow.",
        ),
    ],
)
def test_an_item_says_what_comes_next(sentence: str, expected: str) -> None:
    assert expected in _items(sentence)


def test_an_item_is_for_its_reader() -> None:
    sentence = "Acme lost the Rosemount account, worth $16 million a year, in April."
    wanted = "Win business that makes up for the Rosemount account, worth $16 million a year."
    assert wanted in _items(sentence, "CEO")


def test_several_plans_are_one_item() -> None:
    sentence = "Acme plans to sell two mills in Ohio, to close a third, and to hire 30 people."
    assert "Sell two mills in Ohio, close a third, and hire 30 people." in _items(sentence)


def test_who_reports_something_is_left_out() -> None:
    (item,) = _items("The legal department estimates that debt of $60 million matures on August 1.")
    assert item == "Refinance debt of $60 million before it matures on August 1."


@pytest.mark.parametrize(
    "sentence",
    [
        "Acme booked revenue at Marketing of $111.6 million in the half.",
        "Returns were rare, a saving that the payroll section puts first in June 2027.",
        "The start of operations at the plant slipped by nine months to June 2027.",
        "Taken in full they would cost $2.18 million in the year.",
        "Acme plans to move two of the nine to the plant in Portugal by December 2026.",
        "The board will decide by 15 January 2026 whether to take it at a price of $8 million.",
        "Sales in the pallet division grew 26.6% to $35.7 million, more than the office expected.",
    ],
)
def test_nothing_without_sense_or_use_is_asked(sentence: str) -> None:
    openings = (
        "Verify",
        "Confirm",
        "Check that",
        "Brief",
        "Monitor the,",
        "Prepare",
        "Reforecast",
        "Move",
        "Decide",
    )
    assert not [item for item in _items(sentence) if item.startswith(openings)]


def test_a_move_that_is_hardly_one_is_not_asked_about() -> None:
    assert not [t for t in _items("Revenue at Mobile slipped by 0.2% to $1 million.") if "why" in t]
