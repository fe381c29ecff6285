"""With a token the server answers nobody who has not got it; health and metrics tell no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from goldbrief.core.errors import FailedPreconditionError, InvalidInputError
from goldbrief.core.settings import Settings
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import RunningServer, start_in_thread
from goldbrief.platform.hosting import Resources
from goldbrief.platform.llm.engines import OpenAIEngine
from goldbrief.testing.fuzzing.websites import ENGINE

from .conftest import StartServer

OPEN = {"/health", "/metrics"}
WRONG = ("", "Bearer", "Bearer engine", "Bearer shared", "engine's", "Basic engine's")
CLOSED = [door for door in ENGINE if door.path not in OPEN]


@pytest.fixture(scope="module")
def guarded(start: StartServer) -> RunningServer:
    return start(token="shared", inference_token="engine's")


@pytest.mark.parametrize("door", CLOSED, ids=str)
def test_every_route_wants_the_token(guarded: RunningServer, door: Any) -> None:
    with httpx.Client(base_url=guarded.url, timeout=60, trust_env=False) as http:
        for wrong in WRONG:
            headers = {"authorization": wrong} if wrong else {}
            answer = http.request(door.method, door.path, json={}, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "GOLDBRIEF_INFERENCE_TOKEN" in answer.text
        right = {"authorization": "Bearer engine's"}
        assert http.request(door.method, door.path, json={}, headers=right).status_code != 401


def test_health_and_metrics_are_told_to_anybody(guarded: RunningServer) -> None:
    assert len(CLOSED) >= 7
    for path in OPEN:
        assert httpx.get(f"{guarded.url}{path}", trust_env=False).status_code == 200


def test_services_call_it_with_the_token_that_it_wants(start: StartServer, tmp_path: Path) -> None:
    guarded = start(token="shared")
    settings = Settings(home=tmp_path, token="shared", inference_url=guarded.url)
    resources = Resources(settings)
    assert resources.engine.adapters()
    assert resources.engine.count_tokens("Revenue rose.")
    assert settings.resolved_inference_token != "shared"
    with pytest.raises(InvalidInputError, match="401") as caught:
        OpenAIEngine(guarded.url, token="other").adapters()
    assert caught.value.reason == "ENGINE_AUTH"
    assert "GOLDBRIEF_INFERENCE_TOKEN" in caught.value.remedy


def test_it_answers_nobody_beyond_this_machine_without_a_token(tiny: Path) -> None:
    with pytest.raises(FailedPreconditionError) as caught:
        start_in_thread(InferenceSettings(base_model=str(tiny), host="0.0.0.0", inference_port=0))
    assert caught.value.reason == "TOKENS_REQUIRED"
