"""A request by somebody who is signed in, and may do what it asks for."""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from goldbrief.api.reviews.v1 import reviews_pb2 as pb
from goldbrief.console.config import ConsoleSettings
from goldbrief.console.limits import RateLimit
from goldbrief.console.pages import Pages
from goldbrief.console.sessions import COOKIE, ROLES, Session, Sessions
from goldbrief.core.access import acting_for
from goldbrief.core.errors import GoldbriefError, InvalidInputError
from goldbrief.platform.rpc.status import expected
from goldbrief.sdk import Client

_ACCOUNTS_S = 15.0
"""Longest time for which a revoked link still opens pages."""
_JSON = "application/json"
_LARGEST = 2**31 - 1
"""What the messages of the API can hold."""


class NotSignedInError(GoldbriefError):
    """The request has no session that counts."""

    default_reason = "NOT_SIGNED_IN"


class NotAllowedError(GoldbriefError):
    """The session's role does not allow it, or another site made the browser ask."""

    default_reason = "NOT_ALLOWED"


class Accounts:
    """The accounts that there are, asked for now and then.

    Args:
        client: Of the server.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._until = 0.0
        self._accounts: dict[str, pb.Account] = {}

    def of(self, session: Session) -> pb.Account | None:
        """The account of a session; None when its link is void by now."""
        with self._lock:
            if time.monotonic() > self._until:
                found = self._client.reviews.ListAccounts(pb.ListAccountsRequest()).accounts
                self._accounts = {account.name: account for account in found}
                self._until = time.monotonic() + _ACCOUNTS_S
            account = self._accounts.get(session.name)
        if account is None or account.token_id != session.token_id:
            return None
        return account if account.HasField("expire_time") else None

    def forget(self) -> None:
        """Ask again next time, since an account was changed."""
        self._until = 0.0


@dataclass(frozen=True, slots=True)
class Desk:
    """What all pages share."""

    client: Client
    pages: Pages
    sessions: Sessions
    accounts: Accounts
    settings: ConsoleSettings
    requests: RateLimit
    """Of each account."""
    sign_ins: RateLimit
    """Of each address; those that succeed do not count."""
    summaries: RateLimit
    """Of each account: they cost more than a page."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, checked."""

    desk: Desk
    request: Request
    session: Session
    account: pb.Account
    fields: Mapping[str, Any]
    """Of a form, each a list of texts; or of a JSON body."""

    @property
    def client(self) -> Client:
        """Of the server."""
        return self.desk.client

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def path_number(self, name: str) -> int:
        """A part of the path that is a whole number; raises InvalidInputError."""
        return whole_number(name, self.path(name))

    def texts(self, name: str) -> list[str]:
        """All values of a field of a form; raises InvalidInputError where the body was none."""
        values = self.fields.get(name, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InvalidInputError(f"{name} is no field of a form.", reason="NO_FORM")
        return values

    def text(self, name: str, default: str = "") -> str:
        """A field of a form; raises InvalidInputError as `texts`."""
        return next(iter(self.texts(name)), default)

    def number(self, name: str, default: int = 0) -> int:
        """A field of a form that is a whole number; raises InvalidInputError."""
        text = self.text(name).strip()
        return whole_number(name, text) if text else default

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Answer with a page."""
        return self.desk.pages.page(
            template, status, account=self.account, may=self.may,
            csrf=self.desk.sessions.csrf_token(self.session), path=self.request.url.path, **values,
        )  # fmt: skip

    def may(self, role: str) -> bool:
        """Whether the role of the account includes another."""
        return ROLES.index(self.account.role) >= ROLES.index(role)


class Handler(Protocol):
    """Answers a visit, in a thread of its own: it may wait for servers."""

    def __call__(self, visit: Visit) -> Response:
        """Answer."""


def whole_number(name: str, text: str) -> int:
    """Read what is counted with; raises InvalidInputError."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= _LARGEST:
        raise InvalidInputError(
            f"{name} is {text[:40]!r}, which is no whole number from 0 to {_LARGEST}."
        )
    return number


def for_role(role: str) -> Callable[[Handler], Callable[[Request], Any]]:
    """Make an endpoint of a handler that only some may call.

    Args:
        role: reviewer, lead or operator.

    Returns:
        A decorator.
    """

    def decorate(handler: Handler) -> Callable[[Request], Any]:
        @functools.wraps(handler)
        async def endpoint(request: Request) -> Response:
            body = await request.body() if request.method == "POST" else b""
            try:
                return await run_in_threadpool(_answer, request, body, handler, role)
            except Exception as error:
                raise expected(error) from error

        return endpoint

    return decorate


def _answer(request: Request, body: bytes, handler: Handler, role: str) -> Response:
    desk: Desk = request.app.state.desk
    session = desk.sessions.opened(request.cookies.get(COOKIE, ""))
    account = desk.accounts.of(session) if session else None
    if session is None or account is None:
        if request.method == "GET" and not request.url.path.endswith(".json"):
            return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
        raise NotSignedInError(
            "You are not signed in any more.",
            remedy="Open your link again in another tab; what you entered here is kept.",
        )
    desk.requests.take(account.name)
    fields: Mapping[str, Any] = {}
    if request.method == "POST":
        require_same_site(request)
        fields = _fields(request, body)
        if not desk.sessions.is_from_our_page(session, _csrf_token(request, fields)):
            raise NotAllowedError(
                "The request did not come from a page of this session.",
                remedy="Reload the page, then try again.",
            )
    visit = Visit(desk, request, session, account, fields)
    if not visit.may(role):
        raise NotAllowedError(
            f"This is for the role {role}, and {account.name} is {account.role}.",
            remedy="Ask an operator for another role.",
        )
    acting_for.set(account.name)  # in the context of this thread's call alone
    return handler(visit)


def require_same_site(request: Request) -> None:
    """Refuse what another site made the browser send; raises NotAllowedError."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowedError("The request came from another site.", reason="CROSS_SITE")


def _csrf_token(request: Request, fields: Mapping[str, Any]) -> str:
    """The token that a script sends as a header, and a form as a field."""
    sent = fields.get("csrf")
    in_form = str(sent[0]) if isinstance(sent, list) and sent else ""
    return request.headers.get("x-csrf-token") or in_form


def _fields(request: Request, body: bytes) -> Mapping[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != _JSON:
        return form_fields(body)
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()  # halves of characters are no text
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"The body is no JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidInputError("The body is no JSON object.")
    return document


def form_fields(body: bytes) -> dict[str, list[str]]:
    """Fields of a form; raises InvalidInputError."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise InvalidInputError(f"The form cannot be read: {error}.") from error
