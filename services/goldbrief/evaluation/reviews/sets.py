"""Review sets: made from an evaluation, then shared out among reviewers."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from goldbrief.core.documents import PromptFormat
from goldbrief.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidInputError,
)
from goldbrief.core.hashing import canonical_json
from goldbrief.core.seams import ObjectStore
from goldbrief.evaluation.evaluations import Evaluations, read_plan
from goldbrief.evaluation.reviews.accounts import account_not_found
from goldbrief.evaluation.reviews.assigning import order, share_out
from goldbrief.evaluation.reviews.pairing import Pair, make_pairs
from goldbrief.evaluation.reviews.rating import Rating
from goldbrief.evaluation.reviews.tables import (
    ReviewAccount,
    ReviewAssignment,
    ReviewPair,
    ReviewSet,
    add_set,
    all_sets,
    assignments_of,
    find_set,
    now,
    pairs_of,
    set_counts,
    set_of_request,
)
from goldbrief.evaluation.rows import read_article
from goldbrief.platform.ledger import Database
from goldbrief.text.sections import parse_summary

_TITLE_CHARS = 120


@dataclass(frozen=True, slots=True)
class SetState:
    """A set, and how far it is."""

    row: ReviewSet
    pairs: int
    assigned: int
    submitted: int

    @property
    def systems(self) -> list[str]:
        """Names of the systems that are compared."""
        return list(self.row.spec["compared"])


class ReviewSets:
    """Makes review sets and says who rates what.

    Args:
        database: Where they are kept.
        store: Where their texts are.
        evaluations: What they are made of.
    """

    def __init__(self, database: Database, store: ObjectStore, evaluations: Evaluations) -> None:
        self._database = database
        self._store = store
        self._evaluations = evaluations

    def create(
        self,
        request_id: str,
        evaluation_id: str,
        title: str = "",
        systems: Sequence[str] = (),
        articles: int = 0,
    ) -> SetState:
        """Make a set of pairs, with nobody to rate it yet.

        Args:
            request_id: Makes the call idempotent.
            evaluation_id: A finished evaluation.
            title: For people; empty means the evaluation's id.
            systems: Whose summaries are paired, every two of them; empty means all.
            articles: Most articles; 0 means all.

        Returns:
            The set.

        Raises:
            NotFoundError: There is no such evaluation.
            FailedPreconditionError: It is not finished, or there is nothing to compare.
            InvalidInputError: There is no request id, or a system is unknown, or but one.
            AlreadyExistsError: The request id was used for another request.
        """
        if not request_id or articles < 0:
            raise InvalidInputError("A review set needs a request id, and articles from 0 on.")
        spec = {"systems": list(systems), "articles": articles}
        found = self._of_request(request_id)
        if found is not None:
            asked = {name: found.row.spec[name] for name in spec}
            if (found.row.evaluation_id, asked) != (evaluation_id, spec):
                raise AlreadyExistsError(f"{request_id} made another review set.")
            return found
        pairs = make_pairs(self._evaluations.predictions(evaluation_id), systems, articles)
        compared = dict.fromkeys(
            side.system for pair in pairs for side in (pair.first, pair.second)
        )
        set_id = f"review-{uuid.uuid4().hex[:12]}"
        rows = [self._keep(set_id, number, pair) for number, pair in enumerate(pairs, start=1)]
        with self._database.transaction() as session:
            row = ReviewSet(
                id=set_id, request_id=request_id, evaluation_id=evaluation_id,
                title=" ".join(title.split())[:_TITLE_CHARS] or evaluation_id,
                spec={**spec, "compared": list(compared)}, version=0, created_at=now(session),
            )  # fmt: skip
            add_set(session, row, rows)
        return self.get(set_id)

    def get(self, set_id: str) -> SetState:
        """Return a set; raises NotFoundError."""
        with self._database.transaction() as session:
            return SetState(find_set(session, set_id), *set_counts(session, set_id))

    def all(self) -> list[SetState]:
        """All sets, the newest first."""
        with self._database.transaction() as session:
            return [SetState(row, *set_counts(session, row.id)) for row in all_sets(session)]

    def prompt_json(self, set_id: str) -> str:
        """The prompt format that the systems of a set were asked with, as JSON."""
        evaluation = self._evaluations.get(self.get(set_id).row.evaluation_id)
        return read_plan(self._store, evaluation.spec["plan_key"]).prompt.model_dump_json()

    def check_correction(self, set_id: str, summary: str) -> None:
        """Refuse a corrected summary that could be no golden.

        Args:
            set_id: Review set of its pair.
            summary: Markdown.

        Raises:
            NotFoundError: There is no such set.
            InvalidInputError: It lacks a section of the style that the systems were asked for.
        """
        prompt = PromptFormat.model_validate_json(self.prompt_json(set_id))
        parse_summary(summary, prompt.style)

    def assign(
        self, set_id: str, version: int, reviewers: Sequence[str], raters: int, repeats: int
    ) -> SetState:
        """Give pairs that lack raters to reviewers.

        Args:
            set_id: Which.
            version: Of the set, as the caller has seen it.
            reviewers: Names of accounts.
            raters: Reviewers that each pair is to have.
            repeats: Pairs that a reviewer who had none of this set gets twice.

        Returns:
            The set as it is now.

        Raises:
            NotFoundError: There is no such set or account.
            FailedPreconditionError: The set was changed since `version`.
            InvalidInputError: There are fewer reviewers than raters, or `repeats` is below 0.
        """
        names = list(dict.fromkeys(reviewers))
        if repeats < 0:
            raise InvalidInputError(f"{repeats} repeats cannot be planted.")
        with self._database.transaction() as session:
            row = find_set(session, set_id, lock=True)
            if row.version != version:
                raise FailedPreconditionError(
                    f"Who rates {row.title} was changed meanwhile, by somebody else.",
                    reason="SET_CHANGED",
                    remedy="Look at the set as it is now, then assign again.",
                    metadata={"version": str(row.version)},
                )
            for name in names:
                if session.get(ReviewAccount, name) is None:
                    raise account_not_found(name)
            numbers = [pair.number for pair in pairs_of(session, set_id)]
            present, last = _places(assignments_of(session, set_id))
            shares = share_out(numbers, raters, names, present, f"{set_id}/{version}")
            for name, share in shares.items():
                planted = 0 if name in present else repeats
                turns = order(share, planted, f"{set_id}/{version}/{name}")
                for position, turn in enumerate(turns, start=last[name] + 1):
                    session.add(
                        ReviewAssignment(
                            id=uuid.uuid4().hex, set_id=set_id, number=turn.number, reviewer=name,
                            position=position, is_flipped=turn.is_flipped,
                            is_repeat=turn.is_repeat, state="OPEN", version=0,
                            rating=Rating().model_dump(mode="json"), seconds=0.0,
                            updated_at=None, submitted_at=None,
                        )
                    )  # fmt: skip
            row.version += 1
            session.flush()
            return SetState(row, *set_counts(session, set_id))

    def _of_request(self, request_id: str) -> SetState | None:
        with self._database.transaction() as session:
            row = set_of_request(session, request_id)
            return None if row is None else SetState(row, *set_counts(session, row.id))

    def _keep(self, set_id: str, number: int, pair: Pair) -> ReviewPair:
        key = f"reviews/{set_id}/pairs/{number:05d}.json"
        self._store.put(key, canonical_json(pair.model_dump()))
        article = read_article(self._store, pair.article_sha256)
        return ReviewPair(
            set_id=set_id, number=number, article_sha256=pair.article_sha256,
            article_title=(article.title or article.uri)[:_TITLE_CHARS], persona=pair.persona,
            first_system=pair.first.system, second_system=pair.second.system, texts_key=key,
        )  # fmt: skip


def read_texts(store: ObjectStore, pair: ReviewPair) -> Pair:
    """Read the texts of a pair; raises NotFoundError."""
    return Pair.model_validate_json(store.get(pair.texts_key))


def _places(
    assignments: Sequence[ReviewAssignment],
) -> tuple[dict[str, set[int]], Counter[str]]:
    """By reviewer, the pairs that they have and their last position."""
    present: dict[str, set[int]] = {}
    last: Counter[str] = Counter()
    for one in assignments:
        present.setdefault(one.reviewer, set()).add(one.number)
        last[one.reviewer] = max(last[one.reviewer], one.position)
    return present, last
