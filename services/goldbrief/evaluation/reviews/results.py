"""Pairs with what was said of them, and the decisions of leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError, NotFoundError
from goldbrief.core.hashing import sha256_json
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.reviews.findings import Workload
from goldbrief.evaluation.reviews.pairing import Pair
from goldbrief.evaluation.reviews.rating import Rating, SideRating, by_order
from goldbrief.evaluation.reviews.sets import read_texts
from goldbrief.evaluation.reviews.tables import (
    ReviewAssignment,
    ReviewPair,
    ReviewVerdict,
    count_states,
    find_set,
    newest_verdicts,
    now,
    pairs_of,
    sets_of_evaluation,
    simulated_names,
    submitted_of,
)
from goldbrief.platform.ledger import Database

PREFERENCES = ("first", "second", "tie", "both_bad")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submitted rating, by system."""

    row: ReviewAssignment
    is_simulated: bool
    first: SideRating
    second: SideRating
    preference: str
    """One of PREFERENCES."""


@dataclass(frozen=True, slots=True)
class RatedPair:
    """A pair, its ratings, and the lead's newest decision."""

    row: ReviewPair
    ratings: Sequence[Submitted]
    verdict: ReviewVerdict | None
    is_verdict_simulated: bool = False


class ReviewResults:
    """Reads what people said, and takes what leads decide.

    Args:
        database: Where it is kept.
        store: Where the texts are.
    """

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    def pairs(self, set_id: str, number: int = 0) -> list[RatedPair]:
        """The pairs of a set with their submitted ratings.

        Args:
            set_id: Which.
            number: Only this pair; 0 means all.

        Returns:
            By number.

        Raises:
            NotFoundError: There is no such set or pair.
        """
        with self._database.transaction() as session:
            find_set(session, set_id)
            rows = pairs_of(session, set_id, number)
            if number and not rows:
                raise NotFoundError(f"Review set {set_id} has no pair {number}.")
            simulated = simulated_names(session)
            submitted = submitted_of(session, set_id)
            verdicts = newest_verdicts(session, set_id)
        ratings = _ratings(submitted, simulated)
        found = ((row, ratings[row.number], verdicts.get(row.number)) for row in rows)
        return [
            RatedPair(row, rated, verdict, verdict is not None and verdict.author in simulated)
            for row, rated, verdict in found
        ]

    def of_evaluation(self, evaluation_id: str, *, simulated: bool) -> list[RatedPair]:
        """The pairs of all sets that were made of an evaluation, with what one kind of rater said.

        Args:
            evaluation_id: Which.
            simulated: What programs said, rather than people.

        Returns:
            Those that were rated; two systems on one article are one pair, in however many sets.
        """
        with self._database.transaction() as session:
            programs = simulated_names(session)
            sets = [row.id for row in sets_of_evaluation(session, evaluation_id)]
        met: dict[tuple[str, str, str, str], RatedPair] = {}
        for pair in (pair for set_id in sets for pair in self.pairs(set_id)):
            row, verdict = pair.row, pair.verdict
            place = (row.article_sha256, row.persona, row.first_system, row.second_system)
            before = met.get(place) or RatedPair(row, (), None)
            counts = verdict and (verdict.author in programs) == simulated
            met[place] = RatedPair(
                before.row,
                [*before.ratings, *(one for one in pair.ratings if one.is_simulated == simulated)],
                verdict if counts else before.verdict,
            )
        return [pair for pair in met.values() if pair.ratings]

    def state_of(self, evaluation_id: str) -> str:
        """A hash of all that was said of an evaluation's summaries; empty while nothing was."""
        with self._database.transaction() as session:
            sets = [row.id for row in sets_of_evaluation(session, evaluation_id)]
            said = [
                [one.id, one.version] for set_id in sets for one in submitted_of(session, set_id)
            ]
            verdicts = [
                [set_id, number, verdict.version]
                for set_id in sets
                for number, verdict in newest_verdicts(session, set_id).items()
            ]
        return sha256_json([sorted(said), sorted(verdicts)]) if said else ""

    def texts(self, pair: RatedPair) -> Pair:
        """The texts of a pair."""
        return read_texts(self._store, pair.row)

    def workloads(self, set_id: str) -> list[Workload]:
        """How much each reviewer of a set has and has done, by name."""
        states = ("OPEN", "SKIPPED", "SUBMITTED")
        counts: dict[str, dict[str, int]] = {}
        with self._database.transaction() as session:
            find_set(session, set_id)
            for reviewer, state, count in count_states(session, set_id):
                counts.setdefault(reviewer, dict.fromkeys(states, 0))[state] = count
            simulated = simulated_names(session)
        return [
            Workload(name, name in simulated, sum(by.values()), by["SUBMITTED"], by["SKIPPED"])
            for name, by in counts.items()
        ]

    def adjudicate(
        self,
        set_id: str,
        number: int,
        version: int,
        author: str,
        preference: str,
        *,
        comment: str = "",
        corrected: str = "",
    ) -> ReviewVerdict:
        """Decide a pair over its raters.

        Args:
            set_id: Which set.
            number: Which pair.
            version: Of the decision that the caller has seen; 0 for none.
            author: Who decides.
            preference: One of PREFERENCES.
            comment: Why.
            corrected: A corrected summary; empty for none.

        Returns:
            The decision; those before it are kept.

        Raises:
            NotFoundError: There is no such pair.
            InvalidInputError: There is no such preference.
            FailedPreconditionError: Somebody decided since `version`.
        """
        if preference not in PREFERENCES:
            raise InvalidInputError(
                f"A pair cannot be decided as {preference!r}.",
                reason="INVALID_PREFERENCE",
                remedy=f"Choose one of {', '.join(PREFERENCES)}.",
            )
        with self._database.transaction() as session:
            find_set(session, set_id, lock=True)
            if session.get(ReviewPair, (set_id, number)) is None:
                raise NotFoundError(f"Review set {set_id} has no pair {number}.")
            last = newest_verdicts(session, set_id).get(number)
            if version != (last.version if last else 0):
                raise FailedPreconditionError(
                    f"Pair {number} was decided meanwhile by {last.author if last else 'nobody'}.",
                    reason="VERDICT_CHANGED",
                    remedy="Look at that decision; a new one can replace it.",
                )
            verdict = ReviewVerdict(
                set_id=set_id, number=number, version=version + 1, author=author,
                preference=preference, comment=comment.strip(), corrected=corrected.strip(),
                time=now(session),
            )  # fmt: skip
            session.add(verdict)
            return verdict


def _ratings(rows: Sequence[ReviewAssignment], simulated: set[str]) -> dict[int, list[Submitted]]:
    found: dict[int, list[Submitted]] = defaultdict(list)
    for row in rows:
        first, second, preference = by_order(row.is_flipped, Rating.model_validate(row.rating))
        is_simulated = row.reviewer in simulated
        found[row.number].append(Submitted(row, is_simulated, first, second, preference))
    return found
