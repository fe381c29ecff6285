"""`make .env`: what docker compose needs, with secrets that nobody else has."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "make_env.sh", tmp_path / "scripts")
    shutil.copy(ROOT / ".env.example", tmp_path)
    return tmp_path


def make(folder: Path) -> tuple[str, dict[str, str]]:
    """Run it; returns what it said, and the variables."""
    script = folder / "scripts" / "make_env.sh"
    said = subprocess.run([script], check=True, capture_output=True, text=True).stdout
    lines = (folder / ".env").read_text().splitlines()
    return said, dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_secrets_are_random_long_and_nobody_else_s(folder: Path) -> None:
    _, found = make(folder)
    secrets = [value for name, value in found.items() if name.endswith(("_PASSWORD", "_SECRET"))]
    assert len(secrets) >= 5
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 32
    assert (folder / ".env").stat().st_mode & 0o077 == 0


def test_what_a_newer_version_needs_is_added_to_one_that_is_there(folder: Path) -> None:
    (folder / ".env").write_text("POSTGRES_PASSWORD=mine\nCONSOLE_PORT=8000")
    said, found = make(folder)
    assert "added MLFLOW_PASSWORD to .env" in said
    assert (found["POSTGRES_PASSWORD"], found["CONSOLE_PORT"]) == ("mine", "8000")
    assert len(found["MLFLOW_PASSWORD"]) == 32
    assert make(folder) == ("", found)
