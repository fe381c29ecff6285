"""`goldbrief audit`: the record of a server that changes something."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldbrief.cli.main import cli
from goldbrief.core.errors import DataCorruptionError, NotFoundError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.rpc.server import RpcServer
from goldbrief.runs.service import build


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Where a runs service that is up at GOLDBRIEF_ADDRESS has its database."""
    resources = Resources(Settings(home=tmp_path))
    server = RpcServer("127.0.0.1", 0, [build(resources)], audit_trail=resources.audit_trail)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GOLDBRIEF_ADDRESS", f"127.0.0.1:{server.start()}")
        with pytest.raises(NotFoundError):
            run("cancel", "run-1")
        yield tmp_path
    server.stop()
    resources.close()


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.usefixtures("home")
def test_the_list_says_who_did_what_and_how_it_ended() -> None:
    lines = run("audit", "list").stdout.splitlines()
    assert lines[0].endswith("anonymous  Runs.CancelRun  STARTED  id=run-1")
    assert lines[1].endswith("anonymous  Runs.CancelRun  NOT_FOUND  id=run-1")
    assert lines[2].endswith("anonymous  Audit.ListAuditEntries  STARTED")
    assert "ListAuditEntries" not in run("audit", "list", "--resource", "run-1").stdout
    assert run("audit", "list", "--principal", "anna").stdout == ""
    (entry,) = map(json.loads, run("audit", "list", "--last", "1", "--json").stdout.splitlines())
    assert entry["outcome"] == "STARTED"
    assert len(entry["sha256"]) == 64


@pytest.mark.usefixtures("home")
def test_what_verify_prints_can_be_given_back_to_it() -> None:
    head = run("audit", "verify").stdout.strip()
    assert head.startswith("3:")
    later = run("audit", "verify", "--noted", head)
    assert later.exit_code == 0
    assert "unbroken" in later.stderr
    assert run("audit", "verify", "--noted", "3").exit_code == 2


def test_verify_names_the_entry_that_somebody_altered_in_the_database(home: Path) -> None:
    with sqlite3.connect(home / "goldbrief.db") as connection:
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("UPDATE audit_entry SET resource = 'id=run-2' WHERE number = 2")
    with pytest.raises(DataCorruptionError, match="entry 2 is not what was written"):
        run("audit", "verify")
