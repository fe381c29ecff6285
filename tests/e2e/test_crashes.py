"""kill -9 at seeded moments: nothing lost, no effect twice, the same dataset digest."""

import json
import os
import random
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from goldbrief.testing.laptop import Laptop, fill_with_examples, last_event, make_laptop

pytestmark = [
    pytest.mark.integration,  # no server, but five minutes
    pytest.mark.e2e,
    pytest.mark.models,
    pytest.mark.timeout(900),
]

KILLS = 10
ARTICLES = 10
SEED = int(os.environ.get("GOLDBRIEF_CRASH_SEED", "20261123"))
WORKER_THREADS = 8


def test_ten_kills_change_nothing_but_the_time(tmp_path: Path, examples: Path) -> None:
    undisturbed = make_laptop(tmp_path / "undisturbed")
    fill_with_examples(undisturbed, examples, ARTICLES)
    calm = undisturbed.run(["run", "recipe.yaml", "--json"])
    assert calm.returncode == 0, calm.stderr
    crashed = Laptop(
        tmp_path / "crashed",
        {**undisturbed.environment, "GOLDBRIEF_HOME": str(tmp_path / "crashed" / "home")},
    )
    crashed.home.mkdir(parents=True)
    (crashed.home / "models").symlink_to(undisturbed.home / "models")
    fill_with_examples(crashed, examples, ARTICLES)
    (crashed.folder / "recipe.yaml").write_bytes((undisturbed.folder / "recipe.yaml").read_bytes())

    generator = random.Random(SEED)
    kills = [_kill_after(crashed, generator.uniform(0.0, 6.0), generator) for _ in range(KILLS)]
    final = crashed.run(["run", "recipe.yaml", "--json"], timeout_s=400)

    assert final.returncode == 0, final.stderr
    assert last_event(final.stdout)["run"] == last_event(calm.stdout)["run"]
    assert _digest(crashed) == _digest(undisturbed)
    states, effects = _items(crashed), _effects(crashed)
    assert states == {"SUCCEEDED"}
    assert {key for key, _ in effects} == {key for key, _ in _effects(undisturbed)}
    repeats = sum(starts - 1 for _, starts in effects)
    assert repeats <= sum(kills) * WORKER_THREADS
    print(
        f"crash test: seed {SEED}, {sum(kills)} kills, 0 lost, 0 duplicate effects of "
        f"{len(effects)}, {repeats} calls repeated, digest {_digest(crashed)[:12]} as undisturbed"
    )


def _kill_after(laptop: Laptop, seconds: float, generator: random.Random) -> bool:
    """Kill -9 a run `seconds` after its first event; half of the time its training too."""
    process = laptop.start(["run", "recipe.yaml", "--json"])
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    if generator.random() < 0.5:
        for pid in _training_processes(laptop):
            os.kill(pid, signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def _training_processes(laptop: Laptop) -> list[int]:
    """Process ids of the training that this laptop started, by its home in their environment."""
    home = f"GOLDBRIEF_HOME={laptop.home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_training = b"goldbrief_training" in (process / "cmdline").read_bytes()
            if is_training and home in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def _digest(laptop: Laptop) -> str:
    (row,) = _rows(laptop, "SELECT result FROM work WHERE kind = 'dataset'")
    return str(json.loads(row[0])["digest"])


def _items(laptop: Laptop) -> set[str]:
    return {row[0] for row in _rows(laptop, "SELECT state FROM item")}


def _effects(laptop: Laptop) -> list[tuple[str, int]]:
    return [
        (row[0], row[1]) for row in _rows(laptop, "SELECT key, starts FROM effect ORDER BY key")
    ]


def _rows(laptop: Laptop, query: str) -> list[tuple[str, int]]:
    with sqlite3.connect(laptop.home / "goldbrief.db") as database:
        return database.execute(query).fetchall()
