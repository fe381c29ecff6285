"""Pages of reviewers: what there is to rate, and a pair side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from starlette.responses import JSONResponse, RedirectResponse, Response

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.console.criteria import CRITERIA, PREFERENCES, SCALE
from goldbrief.console.visits import Visit, for_role, whole_number
from goldbrief.core.errors import FailedPreconditionError, InvalidInputError

_CHANGED = "RATING_CHANGED"


@dataclass(frozen=True, slots=True)
class Queue:
    """What a reviewer has of one set."""

    title: str
    assignments: Sequence[pb.Assignment]

    @property
    def submitted(self) -> int:
        """How many are done."""
        return sum(one.state == "SUBMITTED" for one in self.assignments)

    def after(self, position: int) -> pb.Assignment | None:
        """What comes next: open ones behind, then before, then those put off; None when done."""
        waiting = [one for one in self.assignments if one.state != "SUBMITTED"]
        waiting = [one for one in waiting if one.position != position] or waiting
        return min(
            waiting,
            key=lambda one: (one.state == "SKIPPED", one.position < position, one.position),
            default=None,
        )


@for_role("reviewer")
def queue(visit: Visit) -> Response:
    """What there is to rate."""
    return visit.page("queue", queues=_queues(visit))


@for_role("reviewer")
def rating(visit: Visit) -> Response:
    """A pair to rate."""
    return _rating_page(visit, _get(visit))


@for_role("reviewer")
def version(visit: Visit) -> Response:
    """Which version of a rating is kept: whether another window was faster."""
    return JSONResponse({"version": _get(visit).version})


@for_role("reviewer")
def save(visit: Visit) -> Response:
    """Keep a rating that a script sends; 409 tells of another window."""
    fields = visit.fields
    try:
        request = pb.SaveRatingRequest(
            id=visit.path("id"), reviewer=visit.account.name, version=fields.get("version"),
            rating=_rating_of(fields.get("rating") or {}), action=fields.get("action"),
            seconds=fields.get("seconds"),
        )  # fmt: skip
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidInputError(f"The rating cannot be read: {error}.") from error
    try:
        saved = visit.client.reviews.SaveRating(request).assignment
    except FailedPreconditionError as error:
        if error.reason != _CHANGED:
            raise
        return JSONResponse(
            {"message": error.message, "version": int(error.metadata["version"])}, 409
        )
    answer: dict[str, Any] = {"version": saved.version, "state": saved.state}
    if request.action != "DRAFT":
        answer["next"] = _next_path(visit, saved)
    return JSONResponse(answer)


@for_role("reviewer")
def submit(visit: Visit) -> Response:
    """Keep a rating that a browser without scripts sends."""
    sent = _rating_of_form(visit)
    request = pb.SaveRatingRequest(
        id=visit.path("id"), reviewer=visit.account.name, version=visit.number("version"),
        rating=sent, action=visit.text("action"),
    )  # fmt: skip
    try:
        saved = visit.client.reviews.SaveRating(request).assignment
    except (FailedPreconditionError, InvalidInputError) as error:
        shown = _get(visit)
        # what is kept was changed elsewhere, or lacks something: show what was sent, nothing lost
        shown.rating.CopyFrom(sent)
        return _rating_page(visit, shown, str(error), 409 if error.reason == _CHANGED else 400)
    return RedirectResponse(_next_path(visit, saved), 303)


def _get(visit: Visit) -> pb.Assignment:
    request = pb.GetAssignmentRequest(id=visit.path("id"), reviewer=visit.account.name)
    assignment: pb.Assignment = visit.client.reviews.GetAssignment(request).assignment
    return assignment


def _rating_page(
    visit: Visit, assignment: pb.Assignment, problem: str = "", status: int = 200
) -> Response:
    queue_of_set = next(
        one
        for one in _queues(visit)
        if one.assignments[0].review_set_id == assignment.review_set_id
    )
    return visit.page(
        "rating", status, assignment=assignment, queue=queue_of_set, problem=problem,
        sides=[_side("left", "A", assignment), _side("right", "B", assignment)],
        criteria=CRITERIA, preferences=PREFERENCES, scale=SCALE,
    )  # fmt: skip


def _side(name: str, label: str, assignment: pb.Assignment) -> dict[str, Any]:
    """One summary as the template lays it out: sentences with their numbers."""
    wrong = set(getattr(assignment.rating, f"{name}_wrong"))
    number, blocks = 0, []
    for block in getattr(assignment, name):
        sentences = []
        for text in block.sentences:
            sentences.append({"number": number, "text": text, "wrong": number in wrong})
            number += 1
        blocks.append({"kind": block.kind, "sentences": sentences})
    groups = [(kind, list(some)) for kind, some in groupby(blocks, lambda block: block["kind"])]
    scores = getattr(assignment.rating, f"{name}_scores")
    return {"name": name, "label": label, "groups": groups, "scores": dict(scores)}


def _queues(visit: Visit) -> list[Queue]:
    request = pb.ListAssignmentsRequest(reviewer=visit.account.name)
    found = visit.client.reviews.ListAssignments(request).assignments
    return [
        Queue(title, list(some))
        for (_, title), some in groupby(
            found, lambda one: (one.review_set_id, one.review_set_title)
        )
    ]


def _next_path(visit: Visit, done: pb.Assignment) -> str:
    for one in _queues(visit):
        if one.assignments[0].review_set_id == done.review_set_id:
            following = one.after(done.position)
            if following is not None and following.id != done.id:
                return f"/review/{following.id}"
    return "/review"


def _rating_of(document: Mapping[str, Any]) -> pb.Rating:
    """A rating as the script sends it; 0 stands for not rated yet."""
    left, right = document.get("left") or {}, document.get("right") or {}
    return pb.Rating(
        left_scores=_given(left.get("scores") or {}),
        right_scores=_given(right.get("scores") or {}),
        preference=document.get("preference"), comment=document.get("comment"),
        left_wrong=left.get("wrong"), right_wrong=right.get("wrong"),
    )  # fmt: skip


def _rating_of_form(visit: Visit) -> pb.Rating:
    scores = {
        side: {name: visit.number(f"{side}.{name}") for name, _, _ in CRITERIA}
        for side in ("left", "right")
    }
    wrong = {
        side: [whole_number("wrong", one) for one in visit.texts(f"{side}.wrong")]
        for side in ("left", "right")
    }
    return pb.Rating(
        left_scores=_given(scores["left"]), right_scores=_given(scores["right"]),
        preference=visit.text("preference"), comment=visit.text("comment"),
        left_wrong=wrong["left"], right_wrong=wrong["right"],
    )  # fmt: skip


def _given(scores: Mapping[str, int]) -> dict[str, int]:
    return {name: score for name, score in scores.items() if score}
