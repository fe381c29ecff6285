"""One reviewer's rating of one pair: drafts, submitted, put off, and never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from goldbrief.core.documents import Record
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.review_criteria import CRITERIA
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.reviews.pairing import Pair
from goldbrief.evaluation.reviews.tables import (
    ReviewAssignment,
    ReviewChange,
    ReviewPair,
    now,
    queue_of,
)
from goldbrief.evaluation.rows import read_article
from goldbrief.platform.ledger import Database

Action = Literal["DRAFT", "SUBMIT", "SKIP"]
Preference = Literal["", "left", "right", "tie", "both_bad"]

_MOST_COMMENT_CHARS = 10_000
_LONGEST_SPELL_S = 1800.0
"""No change takes longer: whoever says so left the page open."""
_STATES: dict[Action, str] = {"DRAFT": "OPEN", "SUBMIT": "SUBMITTED", "SKIP": "SKIPPED"}

Score = Annotated[int, Field(ge=1, le=5)]


class SideRating(Record):
    """What is said of the summary on one side."""

    scores: dict[str, Score] = Field(default_factory=dict)
    """By criterion; those not rated yet are left out."""
    wrong: tuple[int, ...] = ()
    """Sentences that are wrong, by number."""

    @field_validator("scores")
    @classmethod
    def _are_of_criteria(cls, scores: dict[str, int]) -> dict[str, int]:
        if unknown := scores.keys() - set(CRITERIA):
            raise ValueError(f"there is no criterion {', '.join(sorted(unknown))}")
        return scores


class Rating(Record):
    """What a reviewer says of a pair; a draft may lack anything."""

    left: SideRating = SideRating()
    right: SideRating = SideRating()
    preference: Preference = ""
    comment: str = Field(default="", max_length=_MOST_COMMENT_CHARS)

    def missing(self) -> list[str]:
        """What it lacks to be submitted, in words."""
        lacking = [
            f"{criterion.replace('_', ' ')} of the {name} summary"
            for name, side in (("left", self.left), ("right", self.right))
            for criterion in CRITERIA
            if criterion not in side.scores
        ]
        return lacking + ([] if self.preference else ["which is better"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """An assignment as its reviewer sees it."""

    assignment: ReviewAssignment
    set_title: str
    pair: ReviewPair

    @property
    def rating(self) -> Rating:
        """The rating so far."""
        return Rating.model_validate(self.assignment.rating)


class RatingDesk:
    """Hands pairs to reviewers and takes their ratings.

    Args:
        database: Where they are kept.
        store: Where their texts are.
    """

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    def sheets(self, reviewer: str) -> list[Sheet]:
        """What a reviewer has to rate, set by set, in the reviewer's order."""
        with self._database.transaction() as session:
            return [Sheet(*row) for row in queue_of(session, reviewer)]

    def sheet(self, assignment_id: str, reviewer: str) -> Sheet:
        """Return one assignment; raises NotFoundError, also for another's."""
        with self._database.transaction() as session:
            return _found(queue_of(session, reviewer, assignment_id), assignment_id, reviewer)

    def texts(self, sheet: Sheet) -> tuple[str, Pair]:
        """The article, and the pair with what is on the left as its first summary."""
        return read_article(self._store, sheet.pair.article_sha256).text, self._pair(sheet)

    def save(
        self,
        assignment_id: str,
        reviewer: str,
        version: int,
        rating: Rating,
        action: Action = "DRAFT",
        seconds: float = 0.0,
    ) -> Sheet:
        """Keep a rating.

        Args:
            assignment_id: Which.
            reviewer: Whose.
            version: That the change starts from.
            rating: The whole rating.
            action: A draft opens what was submitted again.
            seconds: Of work since the last change.

        Returns:
            The assignment as it is now. The same change sent twice is kept once.

        Raises:
            NotFoundError: It is not that reviewer's.
            FailedPreconditionError: It was changed since `version`.
            InvalidInputError: It lacks something to be submitted, or marks no sentence of ours.
        """
        if action == "SUBMIT" and (missing := rating.missing()):
            raise InvalidInputError(
                f"Still to do: {', '.join(missing)}.",
                reason="RATING_INCOMPLETE",
                metadata={"missing": ", ".join(missing)},
            )
        document = rating.model_dump(mode="json")
        with self._database.transaction() as session:
            # alone from here on: of two windows one waits, and finds the other's version
            session.get(ReviewAssignment, assignment_id, with_for_update=True)
            sheet = _found(queue_of(session, reviewer, assignment_id), assignment_id, reviewer)
            row = sheet.assignment
            state = _STATES[action]
            if (row.version, row.state, row.rating) == (version + 1, state, document):
                return sheet
            if row.version != version:
                raise _changed(row)
            self._check_marks(sheet, rating)
            time = now(session)
            row.version, row.state, row.rating = version + 1, state, document
            row.seconds += min(max(0.0, seconds), _LONGEST_SPELL_S)
            row.updated_at = time
            if action == "SUBMIT" and row.submitted_at is None:
                row.submitted_at = time
            session.add(
                ReviewChange(
                    assignment_id=row.id, version=row.version, time=time, state=row.state,
                    rating=document,
                )
            )  # fmt: skip
            return sheet

    def _pair(self, sheet: Sheet) -> Pair:
        pair = Pair.model_validate_json(self._store.get(sheet.pair.texts_key))
        if not sheet.assignment.is_flipped:
            return pair
        return pair.model_copy(update={"first": pair.second, "second": pair.first})

    def _check_marks(self, sheet: Sheet, rating: Rating) -> None:
        if not (rating.left.wrong or rating.right.wrong):
            return
        pair = self._pair(sheet)
        for side, text in ((rating.left, pair.first), (rating.right, pair.second)):
            count = len(text.sentences)
            if any(not 0 <= number < count for number in side.wrong):
                raise InvalidInputError(
                    f"Sentences {list(side.wrong)} are marked of {count}.", reason="INVALID_MARK"
                )


def by_order(sheet_is_flipped: bool, rating: Rating) -> tuple[SideRating, SideRating, str]:
    """What a rating says of first and second, whichever was on the left.

    Args:
        sheet_is_flipped: Whether the second was.
        rating: By side.

    Returns:
        Of the first, of the second, and the preference: first, second, tie or both_bad.
    """
    sides = (rating.right, rating.left) if sheet_is_flipped else (rating.left, rating.right)
    names = {"left": "second", "right": "first"} if sheet_is_flipped else {
        "left": "first", "right": "second"
    }  # fmt: skip
    return *sides, names.get(rating.preference, rating.preference)


def _found(rows: Sequence[Any], assignment_id: str, reviewer: str) -> Sheet:
    if not rows:
        raise NotFoundError(
            f"{reviewer} has no pair {assignment_id} to rate.", reason="ASSIGNMENT_NOT_FOUND"
        )
    return Sheet(*rows[0])


def _changed(row: ReviewAssignment) -> FailedPreconditionError:
    return FailedPreconditionError(
        "This rating was changed meanwhile, in another window or on another device.",
        reason="RATING_CHANGED",
        remedy="Look at the other version, or keep yours: neither is lost.",
        metadata={"version": str(row.version)},
    )
