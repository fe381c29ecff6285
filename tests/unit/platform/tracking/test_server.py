"""The tracking server of an installation lets in who knows its account, and nobody else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from goldbrief.core.errors import UnauthenticatedError
from goldbrief.platform.tracking import Tracker, server
from goldbrief.platform.tracking.library import mlflow_errors
from goldbrief.testing.servers import MLFLOW_PASSWORD, MLFLOW_USERNAME, mlflow_server

INTEGRATION = pytest.mark.integration
ACCOUNT = (MLFLOW_USERNAME, MLFLOW_PASSWORD)
OPEN = {"/health", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"}
"""What is told to anybody, beside the scripts of the pages."""
SCRIPTS = "/static-files/"
EXPERIMENTS = "/api/2.0/mlflow/experiments/search"
ROUTES = """
from mlflow.server.fastapi_app import app
from mlflow.server import app as pages
for router in app.routes[:-1]:  # the last is what Flask answers
    for route in router.effective_route_contexts():
        for method in route.methods:
            print(method, route.path)
for rule in pages.url_map.iter_rules():
    for method in rule.methods:
        print(method, rule.rule)
"""


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """Methods and paths that MLflow answers, its two halves together."""
    told = subprocess.run(
        [sys.executable, "-c", ROUTES], capture_output=True, text=True, check=True
    ).stdout
    found = {tuple(line.split(" ", 1)) for line in told.splitlines()}
    return sorted((method, re.sub(r"[<{][^>}]*[>}]", "1", path)) for method, path in found)


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({}, "MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD not set"),
        ({"MLFLOW_AUTH_ADMIN_USERNAME": "goldbrief"}, "MLFLOW_AUTH_ADMIN_PASSWORD not set"),
        (
            {"MLFLOW_AUTH_ADMIN_USERNAME": "goldbrief", "MLFLOW_AUTH_ADMIN_PASSWORD": "short"},
            "shorter than 12 characters",
        ),
    ],
)
def test_it_does_not_start_without_an_account(
    account: dict[str, str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("MLFLOW_AUTH_ADMIN_USERNAME", "MLFLOW_AUTH_ADMIN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    for name, value in account.items():
        monkeypatch.setenv(name, value)
    assert server.main(["--port", "0"]) == 1
    assert told in capsys.readouterr().err


@INTEGRATION
def test_every_route_asks_for_the_account(uri: str, routes: list[tuple[str, str]]) -> None:
    assert ("POST", "/v1/traces") in routes, "of the half that FastAPI answers"
    assert ("POST", EXPERIMENTS) in routes, "of the half that Flask answers"
    with httpx.Client(base_url=uri, trust_env=False, timeout=60) as client:
        answered = {
            f"{method} {path}": client.request(method, path).status_code
            for method, path in routes
            # what a browser asks before it calls from another page tells nothing
            if method != "OPTIONS" and path not in OPEN and not path.startswith(SCRIPTS)
        }
    assert {route: code for route, code in answered.items() if code != 401} == {}


@INTEGRATION
@pytest.mark.parametrize("account", [(MLFLOW_USERNAME, "wrong"), ("admin", MLFLOW_PASSWORD)])
@pytest.mark.parametrize("path", ["/v1/traces", EXPERIMENTS])
def test_a_wrong_account_is_refused(uri: str, path: str, account: tuple[str, str]) -> None:
    assert httpx.post(f"{uri}{path}", auth=account, trust_env=False).status_code == 401


@INTEGRATION
def test_who_knows_the_account_is_let_in_and_probes_need_none(uri: str) -> None:
    with httpx.Client(base_url=uri, auth=ACCOUNT, trust_env=False) as client:
        found = client.post(EXPERIMENTS, json={"max_results": 5})
        assert [one["name"] for one in found.json()["experiments"]] == ["Default"]
        page = client.get("/")
        assert (page.status_code, "<html" in page.text) == (200, True)
    assert httpx.get(f"{uri}/health", trust_env=False).status_code == 200


@INTEGRATION
def test_a_browser_is_asked_for_user_and_password(uri: str) -> None:
    asked = httpx.get(uri, trust_env=False)
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic")


@INTEGRATION
@pytest.mark.parametrize("password", ["", "a wrong password"])
def test_a_run_that_is_not_let_in_says_which_variables_to_set(
    uri: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", MLFLOW_USERNAME if password else "")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
    with pytest.raises(UnauthenticatedError, match="MLFLOW_TRACKING_PASSWORD") as caught:
        Tracker(uri).log_run("run-1", params={}, metrics={})
    assert caught.value.reason == "TRACKING_UNAUTHENTICATED"


def test_an_answer_401_is_no_reason_to_try_again() -> None:
    from mlflow.exceptions import MlflowException, get_error_code  # noqa: PLC0415 - takes seconds

    with pytest.raises(UnauthenticatedError), mlflow_errors():
        raise MlflowException("no", error_code=get_error_code(401))


@INTEGRATION
def test_a_changed_password_holds_from_the_next_start(tmp_path: Path) -> None:
    def answers(uri: str, *passwords: str) -> list[int]:
        return [
            httpx.get(
                f"{uri}/version", auth=(MLFLOW_USERNAME, password), trust_env=False
            ).status_code
            for password in passwords
        ]

    with mlflow_server(tmp_path, "the first password") as uri:
        assert answers(uri, "the first password", "the second password") == [200, 401]
    with mlflow_server(tmp_path, "the second password") as uri:
        assert answers(uri, "the first password", "the second password") == [401, 200]
