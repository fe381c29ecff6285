"""`goldbrief tokens`: made once, listed, revoked, and never stored."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.cli.main import cli
from goldbrief.core.errors import GoldbriefError
from goldbrief.platform.access import Doorkeeper


def run(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["tokens", *arguments, "--file", str(file)])


def test_a_token_is_printed_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "tokens.yaml"
    made = run(file, "create", "newsroom", "--scope", "summarize", "--scope", "read")
    token = made.stdout.strip()
    assert Doorkeeper(file).admit(f"Bearer {token}", "read").name == "newsroom"
    assert token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "newsroom: summarize, read, until 2" in run(file, "list").stdout


def test_a_revoked_token_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "tokens.yaml"
    for name in ("one", "two"):
        run(file, "create", name, "--scope", "read", "--expires", "never")
    assert run(file, "revoke", "one").stdout == "one is revoked\n"
    assert run(file, "list").stdout == "two: read, for ever\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "one", "--scope", "read"), "has a token one already"),
        (("create", "two", "--scope", "read", "--expires", "soon"), "no time from now"),
        (("create", "a b", "--scope", "read"), "cannot name a token"),
        (("revoke", "two"), "has no token two"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    file = tmp_path / "tokens.yaml"
    run(file, "create", "one", "--scope", "read")
    before = file.read_text()
    error = run(file, *arguments).exception
    assert isinstance(error, GoldbriefError)
    assert said in error.message
    assert file.read_text() == before
