"""The audit record on a real PostgreSQL: one chain for all writers, and nobody changes it."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from goldbrief.core.audit import verify_chain
from goldbrief.platform.ledger import AuditTrail, Database

pytestmark = pytest.mark.integration

WRITERS, ENTRIES = 8, 25


@pytest.fixture
def url(postgres_url: str) -> str:
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS audited WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE audited"))
    server.dispose()
    return make_url(postgres_url).set(database="audited").render_as_string(hide_password=False)


def test_writers_with_connections_of_their_own_make_one_chain(url: str) -> None:
    Database(url).migrate()
    databases = [Database(url) for _ in range(WRITERS)]

    def write(database: Database) -> None:
        trail = AuditTrail(lambda: database)
        for number in range(ENTRIES):
            trail.append(f"call-{number}", "anna", "a.B/Delete", f"id=run-{number}", "OK")

    threads = [threading.Thread(target=write, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    head = verify_chain(AuditTrail(lambda: databases[0]).entries())
    assert head.number == WRITERS * ENTRIES
    for database in databases:
        database.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET principal = 'ben'",
        "DELETE FROM audit_entry WHERE number = 1",
        "TRUNCATE audit_entry",
    ],
)
def test_the_database_refuses_to_change_an_entry(url: str, change: str) -> None:
    database = Database(url)
    database.migrate()
    trail = AuditTrail(lambda: database)
    trail.append("call", "anna", "a.B/Delete", "id=run-1", "OK")
    with pytest.raises(DBAPIError, match="never changed or deleted"), database.transaction() as it:
        it.execute(text(change))
    assert verify_chain(trail.entries()).number == 1
    database.dispose()
