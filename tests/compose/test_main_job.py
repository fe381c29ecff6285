"""The main job through docker compose, from the command line of this machine.

One story in order: a run that a restart of everything interrupts, the finished run, everything
taken down and brought up again.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from goldbrief.testing.laptop import TINY_RECIPE, last_event
from goldbrief.testing.servers import free_port

from .conftest import TINY
from .stack import Stack

pytestmark = [pytest.mark.compose, pytest.mark.models, pytest.mark.timeout(3600)]

ARTICLES = 10
DATASET = "SELECT result ->> 'digest' FROM work WHERE kind = 'dataset'"
EFFECTS = "SELECT key, starts FROM effect ORDER BY key"
RUNS = "SELECT count(*) FROM work WHERE kind = 'run'"
SUMMARIZE = """
from goldbrief import Client
with Client() as client:
    answer = client.summarize("Revenue rose 12% to $4.1 million in 2025. " * 30, model="tiny")
print(answer.model, answer.version, answer.run_id)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Path:
    """A folder with a recipe, goldens and articles."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(examples / "goldens", folder / "goldens")
    (folder / "articles").mkdir()
    for path in sorted((examples / "articles").iterdir())[:ARTICLES]:
        shutil.copy(path, folder / "articles" / path.name)
    (folder / "recipe.yaml").write_text(TINY_RECIPE.format(model=TINY), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def interrupted(stack: Stack, project: Path) -> str:
    """A run in whose middle all containers are restarted; its id."""
    command = stack.client(project, "run", "recipe.yaml", "--json")
    run = _read_until(command, "finetune")
    stack.compose("restart", "--timeout=20")
    stack.wait_until_healthy()
    command.communicate(timeout=600)
    return run


@pytest.fixture(scope="module")
def finished(stack: Stack, project: Path, interrupted: str) -> str:
    """The same command again; the last that it printed."""
    command = stack.client(project, "run", "recipe.yaml", "--json")
    output, errors = command.communicate(timeout=900)
    assert command.returncode == 0, errors
    return output


def test_the_same_command_resumes_a_run_that_a_restart_interrupted(
    finished: str, interrupted: str, project: Path
) -> None:
    assert last_event(finished)["run"] == interrupted
    assert "<html" in (project / last_event(finished)["report"]).read_text(encoding="utf-8")


def test_the_dataset_is_the_one_that_a_laptop_makes(
    finished: str, stack: Stack, project: Path, models: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "models").symlink_to(models)
    laptop = subprocess.run(
        [sys.executable, "-m", "goldbrief.cli", "run", "recipe.yaml", "--json"],
        cwd=project, text=True, capture_output=True, timeout=900, check=False,
        env=_laptop(home),
    )  # fmt: skip
    assert laptop.returncode == 0, laptop.stderr
    assert last_event(laptop.stdout)["run"] == last_event(finished)["run"]
    assert stack.query(DATASET) == _laptop_digest(home)


def test_the_tuned_model_answers_through_the_gateway(finished: str, stack: Stack) -> None:
    assert _summarized(stack) == ["tiny", "1", last_event(finished)["run"]]


def test_the_run_is_in_mlflow(finished: str, stack: Stack) -> None:
    sql = "SELECT count(*) FROM tags WHERE key = 'goldbrief.run_id'"
    psql = ["psql", "--username=goldbrief", "--dbname=mlflow", "-tAc", sql]
    assert stack.compose("exec", "-T", "postgres", *psql).stdout.strip() == "1"


def test_nothing_is_lost_when_all_is_taken_down_and_brought_up(
    finished: str, stack: Stack, project: Path
) -> None:
    before = stack.query(EFFECTS)
    stack.compose("down", "--timeout=20")
    stack.up()
    again = stack.client(project, "run", "recipe.yaml", "--json")
    output, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    assert last_event(output) == last_event(finished)
    assert stack.query(EFFECTS) == before
    assert stack.query(RUNS) == "1"
    assert _summarized(stack) == ["tiny", "1", last_event(finished)["run"]]


def _read_until(command: "subprocess.Popen[str]", phase: str) -> str:
    """Read events until a phase runs; the run's id."""
    assert command.stdout is not None
    for line in command.stdout:
        event = json.loads(line)
        if event.get("phase") == phase and event.get("state") == "RUNNING":
            return str(event["run"])
    raise AssertionError(f"{phase} was never seen to run: {command.communicate()[1]}")


def _summarized(stack: Stack) -> list[str]:
    """Model, version and run that an answer of the gateway names."""
    found = subprocess.run(
        [sys.executable, "-c", SUMMARIZE], env=stack.environment(), capture_output=True, text=True,
        timeout=180, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def _laptop(home: Path) -> dict[str, str]:
    """The environment of a command that runs everything in its own process."""
    port, inference_port = free_port(), free_port()
    return os.environ | {
        "GOLDBRIEF_HOME": str(home),
        "GOLDBRIEF_BASE_MODEL": TINY,
        "GOLDBRIEF_PORT": str(port),
        "GOLDBRIEF_ADDRESS": f"127.0.0.1:{port}",
        "GOLDBRIEF_INFERENCE_PORT": str(inference_port),
        "GOLDBRIEF_INFERENCE_URL": f"http://127.0.0.1:{inference_port}",
        "GOLDBRIEF_SUMMARIZE_HTTP_PORT": str(free_port()),
        "GOLDBRIEF_CONSOLE_HTTP_PORT": str(free_port()),
    }


def _laptop_digest(home: Path) -> str:
    with sqlite3.connect(home / "goldbrief.db") as database:
        (result,) = database.execute("SELECT result FROM work WHERE kind = 'dataset'").fetchone()
    return str(json.loads(result)["digest"])
