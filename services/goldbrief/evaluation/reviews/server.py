"""RPCs of reviews."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.api.reviews.v1 import reviews_pb2_grpc
from goldbrief.core.errors import InvalidInputError
from goldbrief.evaluation.mirroring import RatingsMirror
from goldbrief.evaluation.reviews.accounts import Accounts
from goldbrief.evaluation.reviews.findings import find
from goldbrief.evaluation.reviews.messages import (
    account_message,
    assignment_message,
    block_messages,
    pair_message,
    rating_message,
    set_message,
    verdict_message,
)
from goldbrief.evaluation.reviews.rating import Action, Rating, RatingDesk
from goldbrief.evaluation.reviews.results import ReviewResults
from goldbrief.evaluation.reviews.sets import ReviewSets


class ReviewsServicer(reviews_pb2_grpc.ReviewsServiceServicer):
    """See reviews.proto for what each RPC promises.

    Args:
        sets: Makes review sets.
        desk: Takes ratings.
        results: Reads them.
        accounts: Of the console.
        mirror: Has what was said written to MLflow.
    """

    def __init__(
        self,
        sets: ReviewSets,
        desk: RatingDesk,
        results: ReviewResults,
        accounts: Accounts,
        mirror: RatingsMirror,
    ) -> None:
        self._sets = sets
        self._desk = desk
        self._results = results
        self._accounts = accounts
        self._mirror = mirror

    def CreateReviewSet(  # noqa: D102, N802
        self, request: pb.CreateReviewSetRequest, context: Any
    ) -> pb.CreateReviewSetResponse:
        made = self._sets.create(
            request.request_id,
            request.evaluation_id,
            request.title,
            list(request.systems),
            request.articles,
        )
        return pb.CreateReviewSetResponse(review_set=set_message(made))

    def GetReviewSet(  # noqa: D102, N802
        self, request: pb.GetReviewSetRequest, context: Any
    ) -> pb.GetReviewSetResponse:
        message = set_message(self._sets.get(request.id))
        message.prompt_json = self._sets.prompt_json(request.id)
        return pb.GetReviewSetResponse(review_set=message)

    def ListReviewSets(  # noqa: D102, N802
        self, request: pb.ListReviewSetsRequest, context: Any
    ) -> pb.ListReviewSetsResponse:
        return pb.ListReviewSetsResponse(review_sets=map(set_message, self._sets.all()))

    def AssignReviewers(  # noqa: D102, N802
        self, request: pb.AssignReviewersRequest, context: Any
    ) -> pb.AssignReviewersResponse:
        state = self._sets.assign(
            request.id, request.version, list(request.reviewers), request.raters, request.repeats
        )
        return pb.AssignReviewersResponse(review_set=set_message(state))

    def ListAssignments(  # noqa: D102, N802
        self, request: pb.ListAssignmentsRequest, context: Any
    ) -> pb.ListAssignmentsResponse:
        sheets = self._desk.sheets(request.reviewer)
        return pb.ListAssignmentsResponse(assignments=map(assignment_message, sheets))

    def GetAssignment(  # noqa: D102, N802
        self, request: pb.GetAssignmentRequest, context: Any
    ) -> pb.GetAssignmentResponse:
        sheet = self._desk.sheet(request.id, request.reviewer)
        message = assignment_message(sheet)
        message.rating.CopyFrom(rating_message(sheet.rating))
        message.article_text, pair = self._desk.texts(sheet)
        message.left.extend(block_messages(pair.first))
        message.right.extend(block_messages(pair.second))
        return pb.GetAssignmentResponse(assignment=message)

    def SaveRating(  # noqa: D102, N802
        self, request: pb.SaveRatingRequest, context: Any
    ) -> pb.SaveRatingResponse:
        action = _action(request.action)
        sheet = self._desk.save(
            request.id,
            request.reviewer,
            request.version,
            _rating(request.rating),
            action,
            request.seconds,
        )
        if action == "SUBMIT":
            self._note(sheet.pair.set_id)
        return pb.SaveRatingResponse(assignment=assignment_message(sheet))

    def ListRatedPairs(  # noqa: D102, N802
        self, request: pb.ListRatedPairsRequest, context: Any
    ) -> Iterator[pb.ListRatedPairsResponse]:
        for pair in self._results.pairs(request.id, request.number):
            yield pb.ListRatedPairsResponse(pair=pair_message(pair, self._results.texts(pair)))

    def GetFindings(  # noqa: D102, N802
        self, request: pb.GetFindingsRequest, context: Any
    ) -> pb.GetFindingsResponse:
        findings = find(self._results.pairs(request.id), self._results.workloads(request.id))
        return pb.GetFindingsResponse(findings_json=json.dumps(findings))

    def Adjudicate(  # noqa: D102, N802
        self, request: pb.AdjudicateRequest, context: Any
    ) -> pb.AdjudicateResponse:
        if request.corrected.strip():
            self._sets.check_correction(request.id, request.corrected)
        verdict = self._results.adjudicate(
            request.id,
            request.number,
            request.version,
            request.author,
            request.preference,
            comment=request.comment,
            corrected=request.corrected,
        )
        self._note(request.id)
        return pb.AdjudicateResponse(verdict=verdict_message(verdict))

    def _note(self, set_id: str) -> None:
        self._mirror.note(self._sets.get(set_id).row.evaluation_id)

    def CreateAccount(  # noqa: D102, N802
        self, request: pb.CreateAccountRequest, context: Any
    ) -> pb.CreateAccountResponse:
        account, token = self._accounts.create(
            request.name, request.role, request.simulated, request.hours
        )
        return pb.CreateAccountResponse(account=account_message(account), token=token)

    def ListAccounts(  # noqa: D102, N802
        self, request: pb.ListAccountsRequest, context: Any
    ) -> pb.ListAccountsResponse:
        return pb.ListAccountsResponse(accounts=map(account_message, self._accounts.all()))

    def SignIn(self, request: pb.SignInRequest, context: Any) -> pb.SignInResponse:  # noqa: D102, N802
        return pb.SignInResponse(account=account_message(self._accounts.sign_in(request.token)))

    def RevokeAccount(  # noqa: D102, N802
        self, request: pb.RevokeAccountRequest, context: Any
    ) -> pb.RevokeAccountResponse:
        return pb.RevokeAccountResponse(
            account=account_message(self._accounts.revoke(request.name))
        )


def _rating(message: pb.Rating) -> Rating:
    sides = {
        "left": {"scores": dict(message.left_scores), "wrong": list(message.left_wrong)},
        "right": {"scores": dict(message.right_scores), "wrong": list(message.right_wrong)},
    }
    try:
        return Rating.model_validate(
            {**sides, "preference": message.preference, "comment": message.comment}
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        raise InvalidInputError(
            f"The rating is not valid: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}.",
            reason="INVALID_RATING",
            remedy="Scores are whole numbers from 1 to 5, of the five criteria.",
        ) from error


def _action(name: str) -> Action:
    for action in get_args(Action):
        if name == action:
            return action  # type: ignore[no-any-return]
    raise InvalidInputError(
        f"A rating cannot be saved as {name!r}.",
        reason="INVALID_ACTION",
        remedy=f"Actions: {', '.join(get_args(Action))}.",
    )
