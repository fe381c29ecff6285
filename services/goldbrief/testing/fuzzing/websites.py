"""The HTTP applications that there are, each with a client that may do everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import httpx
from starlette.testclient import TestClient

import goldbrief.console
from goldbrief.api.reviews.v1 import reviews_pb2
from goldbrief.console.app import create_app as create_console
from goldbrief.console.config import ConsoleSettings
from goldbrief.console.limits import RateLimit
from goldbrief.console.sessions import COOKIE
from goldbrief.inference.openai_routes import openai_router
from goldbrief.inference.tgi_routes import tgi_router
from goldbrief.platform.metrics.server import MetricsServer
from goldbrief.sdk import Client
from goldbrief.summarize.http_server import create_app as create_gateway
from goldbrief.testing.fuzzing.place import Place
from goldbrief.testing.fuzzing.routes import Door, doors_of, form_names

_TIMEOUT_S = 30.0
_NOTHING = cast(Any, None)
"""What routes answer from, where they are only listed."""

GATEWAY = doors_of(create_gateway(_NOTHING, _NOTHING).routes)
ENGINE = doors_of([*tgi_router(_NOTHING).routes, *openai_router(_NOTHING).routes])
METRICS = [Door("GET", "/metrics"), Door("POST", "/{path}"), Door("GET", "/{path}")]
CONSOLE = doors_of(
    create_console(_NOTHING, ConsoleSettings()).routes, form_names(goldbrief.console.__name__)
)
DOORS = {"gateway": GATEWAY, "engine": ENGINE, "metrics": METRICS, "console": CONSOLE}
"""By application."""


@contextmanager
def clients(place: Place) -> Iterator[dict[str, httpx.Client | TestClient]]:
    """Clients of all applications.

    Args:
        place: Serves what they need.

    Yields:
        By the names of `DOORS`.
    """
    with ExitStack() as stack:
        metrics = MetricsServer("127.0.0.1", 0)
        stack.callback(metrics.stop)
        urls = {
            "gateway": place.gateway_url,
            "engine": place.engine_url,
            "metrics": f"http://127.0.0.1:{metrics.port}",
        }
        found: dict[str, httpx.Client | TestClient] = {
            name: httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False)
            for name, url in urls.items()
        }
        found["console"] = _console(stack.enter_context(Client(place.address)))
        for client in found.values():
            stack.callback(client.close)
        yield found


def _console(server: Client) -> TestClient:
    """An operator's browser, on a console that does not count requests."""
    app = create_console(server, ConsoleSettings(secret="s" * 32))
    endless = RateLimit(most=10**9, per_minute=60)
    app.state.desk = replace(app.state.desk, requests=endless, sign_ins=endless, summaries=endless)
    browser = TestClient(
        app, base_url="http://127.0.0.1", raise_server_exceptions=False, follow_redirects=False
    )
    account = reviews_pb2.CreateAccountRequest(name="olga", role="operator")
    token = server.reviews.CreateAccount(account).token
    browser.post("/sign-in", data={"token": token})
    sealed = browser.cookies[COOKIE]
    session = app.state.desk.sessions.opened(sealed.strip('"'))
    browser.headers["x-csrf-token"] = app.state.desk.sessions.csrf_token(session)
    # signing out must not leave the other pages to a stranger
    browser.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    browser.headers["cookie"] = f"{COOKIE}={sealed}"
    return browser
