"""Pages of leads: sets, who rates them, what came of it, and who may sign in."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any, cast, get_args

from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from goldbrief.api.evaluation.v1 import evaluation_pb2
from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.console.criteria import CRITERIA
from goldbrief.console.sessions import ROLES
from goldbrief.console.visits import NotAllowedError, Visit, for_role
from goldbrief.core.errors import GoldbriefError, NotFoundError
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.reviews import (
    ExportForm,
    export_reviews,
    golden_files,
    lead_name,
    rated_pairs,
    rater_name,
)

_TYPES = {"csv": "text/csv", "calibration": "text/csv"}
_LINES = "application/jsonl"


@for_role("lead")
def sets(visit: Visit) -> Response:
    """All review sets, and a form for a new one."""
    return _sets_page(visit)


@for_role("lead")
def create(visit: Visit) -> Response:
    """Make a set of an evaluation."""
    systems = [name.strip() for name in visit.text("systems").split(",") if name.strip()]
    request = pb.CreateReviewSetRequest(
        request_id=visit.text("request_id"),
        evaluation_id=visit.text("evaluation"),
        title=visit.text("title"),
        systems=systems,
        articles=visit.number("articles"),
    )
    try:
        made = visit.client.reviews.CreateReviewSet(request).review_set
    except GoldbriefError as error:
        return _sets_page(visit, str(error), 400)
    return RedirectResponse(f"/lead/sets/{made.id}", 303)


@for_role("lead")
def review_set(visit: Visit) -> Response:
    """How far a set is, and what its ratings say."""
    return _set_page(visit)


@for_role("lead")
def assign(visit: Visit) -> Response:
    """Give pairs to reviewers."""
    request = pb.AssignReviewersRequest(
        id=visit.path("id"),
        version=visit.number("version"),
        reviewers=visit.texts("reviewer"),
        raters=visit.number("raters"),
        repeats=visit.number("repeats"),
    )
    try:
        visit.client.reviews.AssignReviewers(request)
    except NotFoundError:
        raise
    except GoldbriefError as error:
        return _set_page(visit, str(error), 409)
    return RedirectResponse(f"/lead/sets/{visit.path('id')}", 303)


@for_role("lead")
def pair(visit: Visit) -> Response:
    """A pair with all that was said of it, to decide."""
    return _pair_page(visit, None)


@for_role("lead")
def adjudicate(visit: Visit) -> Response:
    """Decide a pair."""
    request = pb.AdjudicateRequest(
        id=visit.path("id"),
        number=visit.path_number("number"),
        version=visit.number("version"),
        author=visit.account.name,
        preference=visit.text("preference"),
        comment=visit.text("comment"),
        corrected=visit.text("corrected").replace("\r\n", "\n"),
    )
    try:
        visit.client.reviews.Adjudicate(request)
    except NotFoundError:
        raise
    except GoldbriefError as error:
        return _pair_page(visit, request, str(error))
    return RedirectResponse(f"/lead/sets/{visit.path('id')}#pairs", 303)


@for_role("lead")
def export(visit: Visit) -> Response:
    """A file with what people said."""
    set_id, form = visit.path("id"), visit.path("form")
    if form == "goldens":
        return _download(iter([_zip(golden_files(visit.client, set_id))]), f"{set_id}-goldens.zip",
                         "application/zip")  # fmt: skip
    if form not in get_args(ExportForm):
        raise NotFoundError(f"Reviews are not exported as {form!r}.")
    lines = export_reviews(visit.client, set_id, cast(ExportForm, form))
    ending = "csv" if form in _TYPES else "jsonl"
    return _download(
        (line.encode() for line in lines), f"{set_id}-{form}.{ending}", _TYPES.get(form, _LINES)
    )


@for_role("lead")
def people(visit: Visit) -> Response:
    """Who may sign in."""
    return _people_page(visit)


@for_role("lead")
def invite(visit: Visit) -> Response:
    """Make an account and show its link, once."""
    name, role = visit.text("name").strip(), visit.text("role")
    _require_rank(visit, name, role)
    request = pb.CreateAccountRequest(
        name=name, role=role, simulated=bool(visit.text("simulated")), hours=visit.number("hours")
    )
    try:
        made = visit.client.reviews.CreateAccount(request)
    except GoldbriefError as error:
        return _people_page(visit, problem=str(error))
    visit.desk.accounts.forget()
    base = visit.desk.settings.url or str(visit.request.base_url)
    link = f"{base.rstrip('/')}/sign-in?token={made.token}"
    return _people_page(visit, link=link, invited=made.account.name)


@for_role("lead")
def revoke(visit: Visit) -> Response:
    """Void a link."""
    name = visit.text("name")
    _require_rank(visit, name, "reviewer")
    visit.client.reviews.RevokeAccount(pb.RevokeAccountRequest(name=name))
    visit.desk.accounts.forget()
    return RedirectResponse("/lead/people", 303)


ROUTES = [
    Route("/lead", sets),
    Route("/lead", create, methods=["POST"]),
    Route("/lead/people", people),
    Route("/lead/people", invite, methods=["POST"]),
    Route("/lead/people/revoke", revoke, methods=["POST"]),
    Route("/lead/sets/{id}", review_set),
    Route("/lead/sets/{id}", assign, methods=["POST"]),
    Route("/lead/sets/{id}/pairs/{number:int}", pair),
    Route("/lead/sets/{id}/pairs/{number:int}", adjudicate, methods=["POST"]),
    Route("/lead/sets/{id}/export/{form}", export),
]


def _sets_page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    found = visit.client.reviews.ListReviewSets(pb.ListReviewSetsRequest()).review_sets
    listed = visit.client.evaluation.ListEvaluations(evaluation_pb2.ListEvaluationsRequest())
    evaluations = [
        {
            "id": one.work.id,
            "run": one.work.run_id,
            "systems": list(json.loads(one.results_json).get("systems", {})),
        }
        for one in listed.evaluations
        if state_of(one.work.state) == "SUCCEEDED" and one.results_json
    ]
    return visit.page(
        "sets", status, sets=found, evaluations=evaluations, problem=problem,
        request_id=visit.text("request_id") or f"console-{uuid.uuid4().hex}",
    )  # fmt: skip


def _set_page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    set_id = visit.path("id")
    found = visit.client.reviews.GetReviewSet(pb.GetReviewSetRequest(id=set_id)).review_set
    request = pb.GetFindingsRequest(id=set_id)
    findings = json.loads(visit.client.reviews.GetFindings(request).findings_json)
    pairs = [
        {
            "number": one.number,
            "title": one.article_title,
            "ratings": sum(not rating.repeat for rating in one.ratings),
            # whoever decides a pair must not learn here which system its raters lean to
            "outcome": "" if one.number in findings["disagreements"] else _outcome(one),
            "decided": lead_name(one.verdict),
            "corrected": bool(one.verdict.corrected),
        }
        for one in rated_pairs(visit.client, set_id)
    ]
    return visit.page(
        "set", status, set=found, findings=findings, pairs=pairs, problem=problem,
        reviewers=_accounts(visit), criteria=CRITERIA,
    )  # fmt: skip


def _pair_page(visit: Visit, sent: pb.AdjudicateRequest | None, problem: str = "") -> Response:
    set_id, number = visit.path("id"), visit.path_number("number")
    request = pb.ListRatedPairsRequest(id=set_id, number=number)
    found = next(iter(visit.client.reviews.ListRatedPairs(request))).pair
    sides = [("first", found.first), ("second", found.second)]
    # the same systems are not always on the same side: a lead decides on texts, not on names
    if hashlib.sha256(f"{set_id}/{number}".encode()).digest()[0] % 2:
        sides.reverse()
    labels = {name: place for place, (name, _) in enumerate(sides, start=1)}
    article = visit.client.get_article(found.article_sha256)
    return visit.page(
        "decide", 409 if problem else 200, set_id=set_id, pair=found, labels=labels,
        sides=[(labels[name], name, summary.text) for name, summary in sides],
        article_text=article.text, criteria=CRITERIA, rater=rater_name,
        decider=lead_name(found.verdict),
        shown=sent or found.verdict, problem=problem,
    )  # fmt: skip


def _people_page(visit: Visit, link: str = "", invited: str = "", problem: str = "") -> Response:
    return visit.page(
        "people", 400 if problem else 200, people=_accounts(visit), link=link, invited=invited,
        problem=problem, roles=[role for role in ROLES if visit.may(role)],
    )  # fmt: skip


def _accounts(visit: Visit) -> list[pb.Account]:
    return list(visit.client.reviews.ListAccounts(pb.ListAccountsRequest()).accounts)


def _require_rank(visit: Visit, name: str, role: str) -> None:
    """Let nobody make or change an account that may do more than theirs."""
    wanted = [role, *(one.role for one in _accounts(visit) if one.name == name)]
    if any(one in ROLES and not visit.may(one) for one in wanted):
        raise NotAllowedError(
            f"A {visit.account.role} cannot look after that account.",
            remedy="An operator can.",
        )


def _outcome(pair: pb.RatedPair) -> str:
    names = {"first": pair.first.system, "second": pair.second.system}
    return names.get(pair.outcome, pair.outcome.replace("_", " "))


def _zip(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def _download(parts: Iterator[bytes], name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_begun(parts), headers=headers, media_type=media_type)


def _begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts, of which the first is there: what fails at once fails with a page of its own."""
    first: list[Any] = [next(parts, b"")]
    return (part for some in (first, parts) for part in some)
