"""The main job in laptop mode, with a tiny base model: every phase, resume, control, bad input."""

import json
import sqlite3
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from goldbrief import Client
from goldbrief.core.errors import NotFoundError
from goldbrief.testing.laptop import Laptop, fill_with_examples, last_event, make_laptop

pytestmark = [pytest.mark.e2e, pytest.mark.models, pytest.mark.timeout(600)]

ARTICLES = 10


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory, examples: Path) -> Laptop:
    laptop = make_laptop(tmp_path_factory.mktemp("laptop"))
    fill_with_examples(laptop, examples, ARTICLES)
    (laptop.folder / "articles" / "broken.pdf").write_bytes(b"%PDF-1.7 nonsense")
    (laptop.folder / "articles" / "empty.md").write_bytes(b"")
    return laptop


@pytest.fixture(scope="module")
def finished(laptop: Laptop) -> subprocess.CompletedProcess[str]:
    result = laptop.run(["run", "recipe.yaml", "--json"])
    assert result.returncode == 0, result.stderr + result.stdout
    return result


def test_the_run_ends_with_a_report(
    laptop: Laptop, finished: subprocess.CompletedProcess[str]
) -> None:
    report = laptop.folder / last_event(finished.stdout)["report"]
    assert "<html" in report.read_text(encoding="utf-8")


def test_the_run_says_what_each_system_got_right_of_the_known_truth(
    finished: subprocess.CompletedProcess[str],
) -> None:
    truth = last_event(finished.stdout)["known_truth"]
    assert set(truth) == {"v1", "base", "tuned"}
    for facts in truth.values():
        assert facts["summaries"] == 2
        assert facts["key_facts"] > 0


def test_every_phase_was_seen_to_succeed(finished: subprocess.CompletedProcess[str]) -> None:
    events = [json.loads(line) for line in finished.stdout.strip().splitlines()]
    ended = [
        event["phase"] for event in events if event.get("state") == "SUCCEEDED" and "phase" in event
    ]
    phases = ["ingest", "synthesize", "curate", "finetune", "evaluate", "promote"]
    assert [name for name in ended if name in phases][:6] == phases


def test_the_same_command_finds_the_finished_run_and_repeats_nothing(
    laptop: Laptop, finished: subprocess.CompletedProcess[str]
) -> None:
    before = _effects(laptop)
    again = laptop.run(["run", "recipe.yaml", "--json"])
    assert last_event(again.stdout) == last_event(finished.stdout)
    assert _effects(laptop) == before


def test_a_running_server_answers_for_the_run(
    laptop: Laptop, finished: subprocess.CompletedProcess[str]
) -> None:
    run_id = last_event(finished.stdout)["run"]
    server = laptop.start(["up"])
    try:
        with Client(laptop.environment["GOLDBRIEF_ADDRESS"]) as client:
            _wait_until_up(client)
            status = laptop.run(["status"])
            assert run_id in status.stdout
            articles = laptop.run(["articles"])
            assert "REJECTED  broken.pdf" in articles.stdout
            assert "REJECTED  empty.md" in articles.stdout
            answer = client.summarize(
                "Revenue rose 12% to $4.1 million in 2025. " * 30, model="tiny"
            )
            assert (answer.model, answer.version, answer.run_id) == ("tiny", "1", run_id)
            body = {"article_text": "Costs fell by 3% in 2025. " * 30, "model": "tiny"}
            url = f"http://127.0.0.1:{laptop.environment['GOLDBRIEF_SUMMARIZE_HTTP_PORT']}"
            said = httpx.post(f"{url}/v1/summarize", json=body, timeout=120, trust_env=False)
            assert (said.json()["version"], said.json()["run_id"]) == ("1", run_id)
            with pytest.raises(NotFoundError):
                client.summarize("Revenue rose.", model="nobody")
            lineage = laptop.run(["lineage", "tiny@1"])
            assert "└ dataset tiny/" in lineage.stdout
            assert "└ evaluation eval-" in lineage.stdout
            golden = laptop.run(["lineage", str(next((laptop.folder / "goldens").glob("*.md")))])
            assert "model tiny@1" in golden.stdout
            assert "Runs.CreateRun  OK" in laptop.run(["audit", "list", "--last", "0"]).stdout
            assert laptop.run(["audit", "verify"]).returncode == 0
            missing = laptop.run(["status", "run-doesnotexist"])
            assert missing.returncode == 1
            assert run_id in missing.stderr
    finally:
        server.terminate()
        server.communicate(timeout=60)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run"], "Name a recipe file"),
        (["run", "absent.yaml"], "There is no recipe absent.yaml"),
        (["run", "recipe.yaml", "--goldens", "articles-missing"], "does not exist"),
        (["run", "recipe.yaml", "--articles", "home/models/none"], "does not exist"),
        (["status"], "Nothing answers at"),
    ],
)
def test_bad_input_ends_in_one_message(laptop: Laptop, arguments: list[str], expected: str) -> None:
    result = laptop.run(arguments, timeout_s=60)
    assert result.returncode != 0
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_services_elsewhere_that_are_down_are_not_replaced_by_others_here(laptop: Laptop) -> None:
    elsewhere = {"GOLDBRIEF_RUNS_ADDRESS": laptop.environment["GOLDBRIEF_ADDRESS"]}
    result = replace(laptop, environment=laptop.environment | elsewhere).run(["run", "recipe.yaml"])
    assert result.returncode == 1
    assert "Nothing answers at" in result.stderr
    assert "docker compose up" in result.stderr


def test_too_few_goldens_end_before_anything_starts(laptop: Laptop, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("## Overview\nx\n")
    result = laptop.run(["run", "recipe.yaml", "--goldens", str(tmp_path)], timeout_s=60)
    assert result.returncode == 1
    assert "holds 1 golden summaries; a style needs 3" in result.stderr


def _effects(laptop: Laptop) -> list[tuple[str, int]]:
    with sqlite3.connect(laptop.home / "goldbrief.db") as database:
        return database.execute("SELECT key, starts FROM effect ORDER BY key").fetchall()


def _wait_until_up(client: Client) -> None:
    deadline = time.monotonic() + 60
    while not client.is_up():
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.2)
