"""The main job over separate processes with real servers equals the one in one process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from goldbrief.platform.ledger import Database
from goldbrief.testing.laptop import fill_with_examples, last_event, make_laptop
from goldbrief.testing.processes import local_cluster
from goldbrief.testing.servers import ServerMissingError, find_program

pytestmark = [pytest.mark.integration, pytest.mark.models, pytest.mark.timeout(900)]

ARTICLES = 10


def test_the_same_recipe_gives_the_same_dataset_over_processes_and_in_one(
    tmp_path: Path, examples: Path
) -> None:
    try:
        for program in ("redis-server", "postgres", "minio"):
            find_program(program)
    except ServerMissingError as error:
        pytest.skip(str(error))
    laptop = make_laptop(tmp_path / "laptop")
    fill_with_examples(laptop, examples, ARTICLES)
    one = laptop.run(["run", "recipe.yaml", "--json"])
    assert one.returncode == 0, one.stderr

    home = tmp_path / "cluster"
    home.mkdir()
    (home / "models").symlink_to((laptop.home / "models").resolve())
    os.environ["GOLDBRIEF_BASE_MODEL"] = laptop.environment["GOLDBRIEF_BASE_MODEL"]
    try:
        with local_cluster(home) as environment:
            many = subprocess.run(
                [sys.executable, "-m", "goldbrief.cli", "run", "recipe.yaml", "--json"],
                env={**os.environ, **environment}, cwd=laptop.folder, text=True,
                capture_output=True, timeout=600, check=False,
            )  # fmt: skip
            assert many.returncode == 0, many.stderr
            over_processes = _digest(environment["GOLDBRIEF_DATABASE_URL"])
    finally:
        del os.environ["GOLDBRIEF_BASE_MODEL"]
    assert last_event(many.stdout)["run"] == last_event(one.stdout)["run"]
    assert over_processes == _digest(f"sqlite:///{laptop.home}/goldbrief.db")


def _digest(url: str) -> str:
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            row = connection.exec_driver_sql("SELECT result FROM work WHERE kind = 'dataset'").one()
    finally:
        database.dispose()
    result = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    return str(result["digest"])
