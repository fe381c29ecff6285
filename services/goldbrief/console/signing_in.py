"""Sign-in by link, and out again."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.console.config import ConsoleSettings
from goldbrief.console.sessions import COOKIE, LIFETIME_S, Session
from goldbrief.console.visits import Desk, Visit, for_role, form_fields, require_same_site
from goldbrief.core.errors import NotFoundError

_HOME = "/"


async def show(request: Request) -> Response:
    """The page that a link leads to: a button, since programs that look at links press none."""
    desk: Desk = request.app.state.desk
    token = request.query_params.get("token", "")
    return desk.pages.page("sign_in", token=token, next=_local(request), problem="", account=None)


async def sign_in(request: Request) -> Response:
    """Begin a session."""
    desk: Desk = request.app.state.desk
    require_same_site(request)
    address = _address(request, desk.settings)
    desk.sign_ins.take(address)
    token = form_fields(await request.body()).get("token", [""])[0].strip()
    try:
        answer = await run_in_threadpool(desk.client.reviews.SignIn, pb.SignInRequest(token=token))
    except NotFoundError as error:
        return desk.pages.page(
            "sign_in", 403, token="", next=_local(request), problem=str(error), account=None
        )
    desk.sign_ins.give_back(address)  # a whole office may sign in at once: guesses alone count
    desk.accounts.forget()
    is_secure = request.url.scheme == "https" or desk.settings.url.startswith("https://")
    response = RedirectResponse(_local(request), 303)
    response.set_cookie(
        COOKIE, desk.sessions.sealed(Session.of(answer.account)), max_age=LIFETIME_S,
        httponly=True, samesite="lax", secure=is_secure,
    )  # fmt: skip
    return response


@for_role("reviewer")
def sign_out(visit: Visit) -> Response:
    """End the session in this browser."""
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@for_role("reviewer")
def home(visit: Visit) -> Response:
    """Where an account starts."""
    starts = {"reviewer": "/review", "lead": "/lead", "operator": "/operator"}
    return RedirectResponse(starts[visit.account.role], 303)


def _local(request: Request) -> str:
    """Where to go on: a path of ours, and nothing that a browser takes for another site."""
    wanted = request.query_params.get("next", _HOME)
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if is_ours and wanted.isprintable() else _HOME


def _address(request: Request, settings: ConsoleSettings) -> str:
    """Who asks; behind proxies what the outermost of ours has seen."""
    forwarded = request.headers.get("x-forwarded-for", "").split(",")
    if settings.trusted_hops and len(forwarded) >= settings.trusted_hops:
        return forwarded[-settings.trusted_hops].strip()
    return request.client.host if request.client else ""
