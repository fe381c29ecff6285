"""Review sets: pairs of an evaluation, and who rates them."""

from __future__ import annotations

from collections import Counter

import pytest

from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidInputError,
    NotFoundError,
)
from goldbrief.evaluation.reviews.assigning import order, share_out
from goldbrief.evaluation.reviews.pairing import cut, make_pairs

from .conftest import House


def test_a_set_pairs_every_two_systems_on_every_article(house: House) -> None:
    made = house.make_set(["v1", "base", "tuned"])
    pairs = house.results.pairs(made.row.id)
    assert made.pairs == len(pairs) == 9
    assert {(pair.row.first_system, pair.row.second_system) for pair in pairs} == {
        ("v1", "base"), ("v1", "tuned"), ("base", "tuned"),
    }  # fmt: skip
    assert len({pair.row.article_sha256 for pair in pairs}) == 3


def test_a_summary_that_failed_or_equals_the_other_makes_no_pair(house: House) -> None:
    rows = house.evaluation.rows
    rows[1]["summary"] = None
    rows[4]["summary"] = rows[5]["summary"]
    (pair,) = make_pairs(rows, ["base", "tuned"], 0)
    assert pair.article_sha256 == rows[7]["article"]
    for row in rows:
        row["summary"] = " "
    with pytest.raises(FailedPreconditionError, match="No article"):
        make_pairs(rows, [], 0)


@pytest.mark.parametrize("systems", [["tuned"], ["tuned", "best"]])
def test_systems_that_cannot_be_paired_are_named(house: House, systems: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="tuned") as caught:
        house.make_set(systems)
    assert "v1, base, tuned" in caught.value.remedy


def test_the_same_request_makes_one_set(house: House) -> None:
    assert house.make_set().row.id == house.make_set().row.id
    with pytest.raises(AlreadyExistsError):
        house.make_set(["v1", "tuned"])


def test_a_summary_is_cut_into_sentences_without_marks_of_markdown() -> None:
    text = cut("tuned", "## Overview\n\nRevenue rose 3.5%. Profit fell.\n\n- Check costs.\n")
    assert [(block.kind, block.sentences) for block in text.blocks] == [
        ("heading", ("Overview",)),
        ("prose", ("Revenue rose 3.5%.", "Profit fell.")),
        ("bullet", ("Check costs.",)),
    ]
    assert text.sentences[3] == "Check costs."


def test_every_pair_gets_as_many_raters_as_asked_and_work_is_even() -> None:
    shares = share_out(range(1, 101), 3, ["ann", "ben", "cem", "dee"], {}, "seed")
    assert set(Counter(number for share in shares.values() for number in share).values()) == {3}
    assert {len(share) for share in shares.values()} == {75}
    assert len({tuple(share) for share in shares.values()}) == 4, "everybody has another order"


def test_a_reviewer_who_joins_gets_what_lacks_raters() -> None:
    present = {"ann": {1, 2, 3}, "ben": {1}}
    shares = share_out([1, 2, 3], 2, ["cem"], present, "seed")
    assert sorted(shares["cem"]) == [2, 3]


def test_repeats_come_late_and_with_sides_exchanged() -> None:
    turns = order(range(12), 3, "seed")
    repeats = [turn for turn in turns if turn.is_repeat]
    assert len(turns) == 15
    assert len(repeats) == 3
    first = {turn.number: (place, turn) for place, turn in reversed(list(enumerate(turns)))}
    for place, turn in enumerate(turns):
        if turn.is_repeat:
            earlier, original = first[turn.number]
            assert place - earlier >= 4
            assert original.is_flipped != turn.is_flipped


@pytest.mark.parametrize("pairs", [0, 1, 2])
def test_a_short_order_is_an_order_too(pairs: int) -> None:
    turns = order(range(pairs), 5, "seed")
    assert {turn.number for turn in turns if not turn.is_repeat} == set(range(pairs))
    assert sum(turn.is_repeat for turn in turns) == min(pairs, 1)


def test_assigning_gives_each_reviewer_the_pairs_and_repeats(house: House) -> None:
    state = house.shared("ann", "ben", repeats=1)
    assert (state.assigned, state.submitted, state.row.version) == (8, 0, 1)
    sheets = house.desk.sheets("ann")
    assert [sheet.assignment.position for sheet in sheets] == [1, 2, 3, 4]
    assert Counter(sheet.pair.number for sheet in sheets).most_common(1)[0][1] == 2


def test_of_two_leads_the_second_is_told(house: House) -> None:
    state = house.shared("ann", "ben")
    with pytest.raises(FailedPreconditionError, match="changed meanwhile"):
        house.sets.assign(state.row.id, 0, ["ann"], 1, 0)
    assert house.sets.get(state.row.id).assigned == 6


def test_who_has_rated_a_pair_never_gets_it_again(house: House) -> None:
    state = house.shared("ann", "ben")
    house.people("cem")
    again = house.sets.assign(state.row.id, 1, ["ann", "ben", "cem"], 3, 0)
    assert again.assigned == 9
    assert len(house.desk.sheets("ann")) == 3


def test_assigning_says_what_is_missing(house: House) -> None:
    state = house.shared("ann", "ben")
    with pytest.raises(NotFoundError, match="zoe"):
        house.sets.assign(state.row.id, 1, ["zoe"], 1, 0)
    with pytest.raises(InvalidInputError, match="rate each pair 3 times"):
        house.sets.assign(state.row.id, 1, ["ann"], 3, 0)
    with pytest.raises(NotFoundError, match="review-0"):
        house.sets.get("review-0")
