"""Ratings: kept at every step, never overwritten, and blind."""

from __future__ import annotations

import threading

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.evaluation.reviews.rating import Rating, SideRating
from goldbrief.evaluation.reviews.tables import ReviewChange

from .conftest import House, rating


def test_a_draft_is_there_after_a_reload(house: House) -> None:
    house.shared("ann", "ben")
    sheet = house.desk.sheets("ann")[0]
    draft = Rating(left=SideRating(scores={"coherence": 4}), comment="so far")
    saved = house.desk.save(sheet.assignment.id, "ann", 0, draft, seconds=12)
    assert (saved.assignment.version, saved.assignment.state) == (1, "OPEN")
    again = house.desk.sheet(sheet.assignment.id, "ann")
    assert again.rating == draft
    assert again.assignment.seconds == 12


def test_of_two_windows_the_second_is_told_and_both_are_kept(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    house.desk.save(number, "ann", 0, rating(4, 2, comment="one window"))
    with pytest.raises(FailedPreconditionError, match="changed meanwhile") as caught:
        house.desk.save(number, "ann", 0, rating(1, 5, comment="the other"))
    assert caught.value.reason == "RATING_CHANGED"
    assert caught.value.metadata == {"version": "1"}
    house.desk.save(number, "ann", 1, rating(1, 5, comment="the other, on purpose"))
    with house.database.transaction() as session:
        changes = session.scalars(select(ReviewChange).order_by(ReviewChange.version)).all()
    assert [change.rating["comment"] for change in changes] == [
        "one window", "the other, on purpose",
    ]  # fmt: skip


def test_of_many_windows_at_once_one_wins(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    outcomes: list[str] = []

    def save(comment: str) -> None:
        try:
            house.desk.save(number, "ann", 0, Rating(comment=comment))
            outcomes.append("kept")
        except FailedPreconditionError:
            outcomes.append("told")

    threads = [threading.Thread(target=save, args=(f"window {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept"] + ["told"] * 7


def test_a_change_whose_answer_was_lost_can_be_sent_again(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    for _ in range(2):
        saved = house.desk.save(number, "ann", 0, rating(4, 2), "SUBMIT", 30)
    assert (saved.assignment.version, saved.assignment.seconds) == (1, 30)


def test_only_a_whole_rating_can_be_submitted(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    half = Rating(left=rating(4, 4).left)
    with pytest.raises(InvalidInputError, match="contextual understanding of the right summary"):
        house.desk.save(number, "ann", 0, half, "SUBMIT")
    with pytest.raises(InvalidInputError, match="which is better"):
        house.desk.save(number, "ann", 0, rating(4, 4, ""), "SUBMIT")
    assert house.desk.sheet(number, "ann").assignment.version == 0


@pytest.mark.parametrize("score", [0, 6, 2.5])
def test_scores_are_whole_numbers_from_one_to_five(score: float) -> None:
    with pytest.raises(ValidationError):
        SideRating.model_validate({"scores": {"coherence": score}})
    with pytest.raises(ValidationError):
        SideRating.model_validate({"scores": {"beauty": 3}})


def test_what_was_put_off_comes_back_and_what_was_submitted_can_be_changed(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    assert house.desk.save(number, "ann", 0, Rating(), "SKIP").assignment.state == "SKIPPED"
    assert house.desk.save(number, "ann", 1, rating(3, 4), "SUBMIT").assignment.state == "SUBMITTED"
    first = house.desk.sheet(number, "ann").assignment.submitted_at
    assert house.desk.save(number, "ann", 2, rating(2, 4)).assignment.state == "OPEN"
    assert house.results.pairs(house.sets.all()[0].row.id)[0].ratings == []
    house.desk.save(number, "ann", 3, rating(2, 4), "SUBMIT")
    assert house.desk.sheet(number, "ann").assignment.submitted_at == first


def test_nobody_sees_or_changes_what_another_rates(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    with pytest.raises(NotFoundError):
        house.desk.sheet(number, "ben")
    with pytest.raises(NotFoundError):
        house.desk.save(number, "ben", 0, Rating())
    assert house.desk.sheets("zoe") == []


def test_marks_are_of_sentences_that_there_are(house: House) -> None:
    house.shared("ann", "ben")
    sheet = house.desk.sheets("ann")[0]
    _, pair = house.desk.texts(sheet)
    last = len(pair.first.sentences) - 1
    house.desk.save(sheet.assignment.id, "ann", 0, Rating(left=SideRating(wrong=(0, last))))
    with pytest.raises(InvalidInputError, match="are marked of"):
        house.desk.save(sheet.assignment.id, "ann", 1, Rating(left=SideRating(wrong=(last + 1,))))


def test_a_page_left_open_over_night_does_not_count_as_work(house: House) -> None:
    house.shared("ann", "ben")
    number = house.desk.sheets("ann")[0].assignment.id
    assert house.desk.save(number, "ann", 0, Rating(), seconds=40_000).assignment.seconds == 1800
    assert house.desk.save(number, "ann", 1, Rating(), seconds=-5).assignment.seconds == 1800
