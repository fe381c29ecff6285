"""The audit record: whatever is done to it afterwards is refused, or shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from goldbrief.core.audit import AuditHead, parse_head, verify_chain
from goldbrief.core.errors import DataCorruptionError
from goldbrief.platform.ledger import AuditTrail, Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'audit.db'}")
    database.migrate()
    yield database
    database.dispose()


@pytest.fixture
def trail(database: Database) -> AuditTrail:
    trail = AuditTrail(lambda: database)
    for number in range(4):
        trail.append(f"call-{number}", "anna", "a.B/Delete", f"id=run-{number}", "OK")
    return trail


def test_a_record_that_nobody_touched_is_whole(trail: AuditTrail) -> None:
    entries = list(trail.entries())
    assert [entry.number for entry in entries] == [1, 2, 3, 4]
    assert [entry.time for entry in entries] == sorted(entry.time for entry in entries)
    head = verify_chain(entries)
    assert head == AuditHead(4, entries[-1].sha256)
    assert parse_head(str(head)) == head


def test_entries_are_found_by_caller_and_resource(trail: AuditTrail) -> None:
    trail.append("call", "ben", "a.B/Delete", "id=run-1 100%", "OK")
    assert [entry.number for entry in trail.entries("ben")] == [5]
    assert [entry.number for entry in trail.entries(resource="run-1")] == [2, 5]
    assert [entry.number for entry in trail.newest(1, resource="run-1")] == [5]
    assert [entry.number for entry in trail.newest(2)] == [4, 5]
    assert list(trail.entries(resource="10%0")) == []


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entry SET principal = 'ben'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_change_an_entry(
    trail: AuditTrail, database: Database, change: str
) -> None:
    before = list(trail.entries())
    with pytest.raises(DBAPIError, match="never changed or deleted"), database.transaction() as it:
        it.execute(text(change))
    assert list(trail.entries()) == before


@pytest.mark.parametrize(
    "fields", [{"principal": "ben"}, {"time": 0.0}, {"outcome": "CANCELLED"}, {"resource": ""}]
)
def test_an_altered_entry_shows(trail: AuditTrail, fields: dict[str, object]) -> None:
    entries = list(trail.entries())
    entries[1] = replace(entries[1], **fields)  # type: ignore[arg-type]
    with pytest.raises(DataCorruptionError, match="entry 2 is not what was written"):
        verify_chain(entries)


def test_a_missing_entry_shows_also_when_the_others_are_numbered_anew(trail: AuditTrail) -> None:
    entries = list(trail.entries())
    del entries[1]
    with pytest.raises(DataCorruptionError, match="entry 3 follows entry 1"):
        verify_chain(entries)
    anew = [replace(entry, number=number) for number, entry in enumerate(entries, start=1)]
    with pytest.raises(DataCorruptionError, match="entry 2 is not what was written"):
        verify_chain(anew)


def test_a_head_that_was_noted_shows_that_newest_entries_were_cut_off(trail: AuditTrail) -> None:
    entries = list(trail.entries())
    noted = verify_chain(entries)
    trail.append("call", "anna", "a.B/Delete", "", "OK")
    assert verify_chain(trail.entries(), noted).number == 5
    assert verify_chain(entries[:3]).number == 3
    with pytest.raises(DataCorruptionError, match="entry 4 is not the one that was noted"):
        verify_chain(entries[:3], noted)


def test_an_empty_record_is_whole_and_has_no_head_to_note() -> None:
    assert str(verify_chain([])) == "empty"
    assert parse_head("empty") is None


def test_entries_of_many_threads_are_one_chain(trail: AuditTrail) -> None:
    def append() -> None:
        for number in range(5):
            trail.append(f"{threading.get_ident()}-{number}", "anna", "a.B/Delete", "", "OK")

    threads = [threading.Thread(target=append) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify_chain(trail.entries()).number == 34
