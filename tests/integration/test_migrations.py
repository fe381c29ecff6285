"""`python -m goldbrief.<room> migrate` against a real PostgreSQL."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, make_url, text

from goldbrief.platform.ledger import Database

pytestmark = pytest.mark.integration


@pytest.fixture
def empty_database(postgres_url):
    url = make_url(postgres_url)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS fresh WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE fresh"))
    server.dispose()
    return url.set(database="fresh").render_as_string(hide_password=False)


def migrating(url, room="runs"):
    return subprocess.Popen(
        [sys.executable, "-m", f"goldbrief.{room}", "migrate"],
        env={**os.environ, "GOLDBRIEF_DATABASE_URL": url},
        text=True,
        stderr=subprocess.PIPE,
    )


def test_many_pods_that_migrate_at_once_do_it_once(empty_database):
    processes = [migrating(empty_database, room) for room in ("runs", "judge", "registry")]
    errors = [process.communicate(timeout=250)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    database = Database(empty_database)
    database.require_current()
    database.dispose()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"username": "nobody"}, 'role "nobody" does not exist'), ({"database": "x"}, '"x" does not')],
)
def test_a_database_that_refuses_us_ends_the_wait_at_once(empty_database, change, words):
    url = make_url(empty_database).set(**change)
    process = migrating(url.render_as_string(hide_password=False))
    _, errors = process.communicate(timeout=250)
    assert process.returncode == 1
    last = errors.strip().splitlines()[-1]
    assert words in last
    assert "Correct user, password and database name in GOLDBRIEF_DATABASE_URL" in last
