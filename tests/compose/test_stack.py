"""What the compose file promises beside the main job: order, hardening, and plain messages."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from .stack import ONCE, ROOMS, ROOT, Stack

pytestmark = [pytest.mark.compose, pytest.mark.models, pytest.mark.timeout(1800)]

OURS = (*ROOMS, "console", "inference", "syncer", "mlflow")
MLFLOW_VARIABLE = "MLFLOW_TRACKING_PASSWORD"


def test_everything_is_up_and_healthy(stack: Stack) -> None:
    services = stack.services()
    assert set(services) == {*OURS, *ONCE, "postgres", "redis", "minio"}
    states = {name: (one["State"], one["Health"]) for name, one in services.items()}
    for name, state in states.items():
        expected = {"syncer": ("running", "")} | dict.fromkeys(ONCE, ("exited", ""))
        assert state == expected.get(name, ("running", "healthy")), name


def test_what_is_published_is_published_on_loopback_alone(stack: Stack) -> None:
    published = {
        port["URL"]
        for service in stack.services().values()
        for port in service["Publishers"]
        if port["PublishedPort"]
    }
    assert published == {"127.0.0.1"}


def test_mlflow_asks_for_the_account_that_the_runs_service_alone_has(stack: Stack) -> None:
    services = json.loads(stack.compose("config", "--format=json").stdout)["services"]
    holders = {
        name for name, one in services.items() if MLFLOW_VARIABLE in one.get("environment", {})
    }
    assert holders == {"runs"}
    account = ("goldbrief", services["runs"]["environment"][MLFLOW_VARIABLE])
    address = stack.compose("port", "mlflow", "5000").stdout.strip()
    for one, code in ((None, 401), (("goldbrief", "wrong"), 401), (account, 200)):
        assert httpx.get(f"http://{address}/version", auth=one, trust_env=False).status_code == code


@pytest.mark.parametrize("service", OURS)
def test_our_containers_can_write_nothing_but_their_volumes(stack: Stack, service: str) -> None:
    (found,) = json.loads(
        subprocess.run(
            ["docker", "inspect", stack.services()[service]["Name"]],
            capture_output=True, text=True, check=True,
        ).stdout
    )  # fmt: skip
    assert found["HostConfig"]["ReadonlyRootfs"]
    assert found["HostConfig"]["CapDrop"] == ["ALL"]
    assert found["Config"]["User"] == "10001:10001"


def test_no_secret_is_in_the_file_and_a_missing_one_is_asked_for() -> None:
    bare = subprocess.run(
        ["docker", "compose", "--env-file=/dev/null", "config"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert bare.returncode != 0
    assert "run `make .env`, or copy .env.example to .env and fill it in" in bare.stderr


@pytest.mark.parametrize(("profile", "engine"), [("vllm", "vllm"), ("tgi", "tgi")])
def test_a_profile_adds_an_engine_on_a_gpu(stack: Stack, profile: str, engine: str) -> None:
    plain = json.loads(stack.compose("config", "--format=json").stdout)["services"]
    more = json.loads(stack.compose("--profile", profile, "config", "--format=json").stdout)
    assert set(more["services"]) - set(plain) == {engine}
    reserved = more["services"][engine]["deploy"]["resources"]["reservations"]["devices"]
    assert reserved == [{"capabilities": ["gpu"], "count": -1, "driver": "nvidia"}]


def test_a_wrong_password_ends_in_a_message_that_names_the_mend(stack: Stack) -> None:
    wrong = stack.compose(
        "run", "--rm", "--no-deps", "-e", "PGPASSWORD=wrong", "migrate", check=False
    )
    assert wrong.returncode == 1
    assert "password" in wrong.stderr
    assert "GOLDBRIEF_DATABASE_URL" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_changed_source_file_restarts_the_service_that_it_belongs_to(
    stack: Stack, tmp_path: Path
) -> None:
    for project in ("services", "training-job"):
        shutil.copytree(ROOT / project, tmp_path / project)
    for path in (tmp_path, *tmp_path.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    stack.compose("up", "--detach", "--wait", "--no-deps", "judge", dev=tmp_path)
    try:
        with stack.background("watch", "--no-up", "judge", dev=tmp_path) as watching:
            assert watching.stdout is not None
            while "Watch" not in watching.stdout.readline():
                pass
            service = tmp_path / "services/goldbrief/judge/service.py"
            service.write_text(service.read_text() + 'print("changed " * 3)\n')
            _wait_for_log(stack, "judge", "changed changed changed")
    finally:
        stack.compose("up", "--detach", "--wait", "--no-deps", "judge")


def _wait_for_log(stack: Stack, service: str, text: str) -> None:
    deadline = time.monotonic() + 300
    while text not in stack.compose("logs", service).stdout:
        assert time.monotonic() < deadline, f"{service} never printed {text!r}"
        time.sleep(1)
