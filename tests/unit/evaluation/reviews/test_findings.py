"""What ratings say, how far reviewers agree, and who decides."""

from __future__ import annotations

from typing import Any

import pytest

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.evaluation.reviews.findings import find

from .conftest import House


def findings(house: House, set_id: str) -> dict[str, Any]:
    return find(house.results.pairs(set_id), house.results.workloads(set_id))


def test_nothing_is_said_before_anybody_rated(house: House) -> None:
    state = house.shared("ann", "ben")
    found = findings(house, state.row.id)
    assert found["systems"] == {}
    assert found["preferences"] == []
    assert found["agreement"] == {
        "alpha": {}, "same_preference": None, "pairs_with_several_raters": 0,
    }  # fmt: skip
    assert [one["assigned"] for one in found["reviewers"]] == [3, 3]


def test_scores_count_for_the_system_on_whatever_side_it_was(house: House) -> None:
    state = house.shared("ann", "ben")
    for sheet in [*house.desk.sheets("ann"), *house.desk.sheets("ben")]:
        house.submit(sheet, good=5, bad=2)
    found = findings(house, state.row.id)
    assert found["systems"]["tuned"]["overall"]["mean"] == 5.0
    assert found["systems"]["base"]["coherence"]["mean"] == 2.0
    (preference,) = found["preferences"]
    assert (preference["first"], preference["first_wins"], preference["second_wins"]) == (
        "base", 0, 3,
    )  # fmt: skip
    assert preference["verdict"] == "no difference shown", "three pairs allow no verdict"
    assert found["agreement"]["alpha"]["coherence"]["mean"] == pytest.approx(1.0)
    assert found["agreement"]["same_preference"] == 1.0
    assert found["disagreements"] == []


def test_reviewers_who_contradict_each_other_are_found(house: House) -> None:
    state = house.shared("ann", "ben")
    for sheet in house.desk.sheets("ann"):
        house.submit(sheet, good=5, bad=2)
    for sheet in house.desk.sheets("ben"):
        house.submit(sheet, good=2, bad=5)
    found = findings(house, state.row.id)
    assert found["agreement"]["alpha"]["completeness"]["mean"] < 0
    assert found["agreement"]["same_preference"] == 0.0
    assert found["disagreements"] == [1, 2, 3]
    assert found["preferences"][0]["ties"] == 3


def test_repeats_tell_how_far_a_reviewer_agrees_with_themselves_and_nothing_else(
    house: House,
) -> None:
    state = house.shared("ann", "ben", repeats=1)
    for sheet in house.desk.sheets("ann"):
        house.submit(sheet, good=4 if sheet.assignment.is_repeat else 5, bad=2)
    found = findings(house, state.row.id)
    ann = found["reviewers"][0]
    assert (ann["repeats"], ann["repeat_distance"], ann["repeat_same_preference"]) == (1, 0.5, 1.0)
    assert found["systems"]["tuned"]["overall"]["mean"] == 5.0


def test_a_reviewer_who_gives_everything_five_in_seconds_is_flagged(house: House) -> None:
    state = house.shared("ann", "ben")
    for sheet in house.desk.sheets("ann"):
        house.submit(sheet, good=5, bad=5, seconds=4)
    for sheet in house.desk.sheets("ben"):
        house.submit(sheet, good=4, bad=3)
    ann, ben = findings(house, state.row.id)["reviewers"]
    assert ann["flags"] == ["gives everything 5", "takes less than 20 seconds a pair"]
    assert ben["flags"] == []
    assert ann["leniency"] == pytest.approx(1.5)
    assert ann["median_seconds"] == 4


def test_a_reviewer_who_closed_the_page_midway_counts_as_far_as_they_came(house: House) -> None:
    state = house.shared("ann", "ben")
    house.submit(house.desk.sheets("ann")[0], good=5, bad=1)
    found = findings(house, state.row.id)
    assert [(one["reviewer"], one["submitted"]) for one in found["reviewers"]] == [
        ("ann", 1), ("ben", 0),
    ]  # fmt: skip
    assert found["systems"]["tuned"]["overall"]["n"] == 1


def test_a_lead_decides_over_the_raters(house: House) -> None:
    state = house.shared("ann", "ben")
    for sheet in [*house.desk.sheets("ann"), *house.desk.sheets("ben")]:
        house.submit(sheet, good=5 if sheet.assignment.reviewer == "ann" else 1, bad=3)
    assert findings(house, state.row.id)["disagreements"] == [1, 2, 3]
    verdict = house.results.adjudicate(
        state.row.id, 2, 0, "lea", "second", comment="ben misread", corrected="## Overview\n\nNew."
    )
    assert verdict.version == 1
    found = findings(house, state.row.id)
    assert found["disagreements"] == [1, 3]
    assert found["preferences"][0]["second_wins"] == 1


def test_of_two_leads_who_decide_the_second_is_told_and_both_are_kept(house: House) -> None:
    state = house.shared("ann", "ben")
    house.results.adjudicate(state.row.id, 1, 0, "lea", "first")
    with pytest.raises(FailedPreconditionError, match="by lea"):
        house.results.adjudicate(state.row.id, 1, 0, "leo", "second")
    house.results.adjudicate(state.row.id, 1, 1, "leo", "tie")
    (pair,) = house.results.pairs(state.row.id, 1)
    assert pair.verdict is not None
    assert (pair.verdict.author, pair.verdict.version) == ("leo", 2)
    with pytest.raises(InvalidInputError):
        house.results.adjudicate(state.row.id, 1, 2, "leo", "left")
    with pytest.raises(NotFoundError):
        house.results.adjudicate(state.row.id, 9, 0, "leo", "tie")


def test_what_programs_said_is_told_apart_from_what_people_said(house: House) -> None:
    state = house.shared("ann", "ben")
    house.accounts.create("sim", "reviewer", is_simulated=True)
    house.sets.assign(state.row.id, 1, ["sim"], 3, 0)
    for sheet in house.desk.sheets("ann"):
        house.submit(sheet, good=5, bad=3)
    for sheet in house.desk.sheets("sim"):
        house.submit(sheet, good=1, bad=1)
    found = findings(house, state.row.id)
    assert found["systems"]["tuned"]["overall"]["mean"] == 3.0
    assert found["people"]["tuned"]["overall"]["mean"] == 5.0
    both = found["paired"]["tuned-base"]["overall"]
    assert (both["difference"], both["n"]) == (1.0, 3)
    assert found["paired"]["base-tuned"]["overall"]["difference"] == -1.0
