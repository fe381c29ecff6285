"""Each image runs as compose and the chart run it: not as root, on a root that is read-only."""

import os
from pathlib import Path

import pytest

from goldbrief.core.settings import Settings

from .containers import HARDENED, IMAGES, SERVICES, docker, name_of, running

pytestmark = [pytest.mark.images, pytest.mark.timeout(900)]

GRPC = "grpc://127.0.0.1:7700"
HOME = "--tmpfs=/var/lib/goldbrief:uid=10001,gid=10001"


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_explains_itself(image: str) -> None:
    command = [] if image == "training" else ["goldbrief-room"]
    result = docker("run", "--rm", "--network=none", *HARDENED, name_of(image), *command, "--help")
    assert "usage" in result.stdout.lower()


@pytest.mark.parametrize("room", SERVICES)
def test_a_service_starts_is_healthy_and_stops_when_asked(room: str) -> None:
    with running(room, [HOME]) as service:
        service.wait_until_healthy(GRPC)
        assert service.execute("python", "-c", "import os; print(os.getuid())").stdout == "10001\n"
        docker("stop", "--time=30", service.name)
        assert service.state()["ExitCode"] == 0, service.logs()


def test_a_service_needs_no_shell(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    nothing = tmp_path / "nothing"
    nothing.write_bytes(b"")
    masks = [f"--volume={nothing}:{shell}:ro" for shell in ("/bin/sh", "/bin/dash", "/bin/bash")]
    with running("judge", [HOME, *masks]) as service:
        assert service.execute("/bin/sh", "-c", "true").returncode != 0
        service.wait_until_healthy(GRPC)


def test_the_finetuning_service_runs_in_the_image_of_the_training_job() -> None:
    with running(
        "training", [HOME, "--entrypoint=python"], ["-m", "goldbrief.finetuning"]
    ) as service:
        service.wait_until_healthy(GRPC)
        started = service.execute(
            "python", "-m", "goldbrief_training", "--spec", "runs/x/spec.json"
        )
        assert started.returncode == 64, started.stderr  # a bad spec: never retried


@pytest.mark.models
def test_the_inference_server_serves_models_that_are_there() -> None:
    models = Settings().models_dir
    with running("inference", [f"--volume={models}:/var/lib/goldbrief/models:ro"]) as server:
        server.wait_until_healthy("http://127.0.0.1:7701/health")
        fetched = server.execute("python", "-m", "goldbrief.inference", "fetch")
        assert fetched.stdout.count("was there") == 2


def test_the_console_starts() -> None:
    with running("console", [HOME]) as console:
        console.wait_until_healthy("http://127.0.0.1:7710/health")


def test_the_tracking_server_starts() -> None:
    database = "--env=MLFLOW_BACKEND_STORE_URI=sqlite:////var/lib/goldbrief/mlflow.db"
    account = [f"--env=MLFLOW_AUTH_ADMIN_{one}=goldbrief-test" for one in ("USERNAME", "PASSWORD")]
    with running("mlflow", [HOME, database, *account]) as server:
        server.wait_until_healthy("http://127.0.0.1:5000/health")
        assert "401" in server.execute("goldbrief-probe", "http://127.0.0.1:5000/version").stderr


def test_the_tracking_server_does_not_start_without_an_account() -> None:
    result = docker("run", "--rm", "--network=none", *HARDENED, name_of("mlflow"), check=False)
    assert result.returncode == 1
    assert "MLFLOW_AUTH_ADMIN_USERNAME and MLFLOW_AUTH_ADMIN_PASSWORD not set" in result.stderr


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        (["goldbrief-probe", GRPC], "refused"),
        (["goldbrief-probe", "http://127.0.0.1:7701/health"], "refused"),
        (["goldbrief-probe"], "usage"),
        (["goldbrief-probe", "ftp://127.0.0.1:1"], "usage"),
    ],
)
def test_a_probe_of_what_is_not_there_fails_with_one_line(probe: list[str], said: str) -> None:
    result = docker("run", "--rm", "--network=none", name_of("runs"), *probe, check=False)
    assert result.returncode == 1
    assert said in result.stderr
    assert result.stderr.count(os.linesep) == 1
