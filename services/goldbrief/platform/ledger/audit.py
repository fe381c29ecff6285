"""The audit record: an append-only table whose entries are chained by their hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

from sqlalchemy import Index, Select, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from goldbrief.core.audit import AuditEntry, entry_sha256
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Base, epoch_now

_APPEND_LOCK = 0x601DA0D1  # any constant: PostgreSQL's advisory lock of those who append
_PAGE = 1000


class AuditRow(Base):
    """See `AuditEntry`; triggers of the migration refuse changes and deletions."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_entry_by_principal", "principal"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[float]
    call_id: Mapped[str] = mapped_column(String(32))
    principal: Mapped[str] = mapped_column(String(130))
    method: Mapped[str] = mapped_column(String(120))
    resource: Mapped[str] = mapped_column(String(600))
    outcome: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64))


class AuditTrail:
    """Appends to the record and reads it.

    Args:
        open_database: Gives the database when the first entry is written: a service whose calls
            are not recorded needs none.
    """

    def __init__(self, open_database: Callable[[], Database]) -> None:
        self._open_database = open_database

    def append(
        self, call_id: str, principal: str, method: str, resource: str, outcome: str
    ) -> None:
        """Add an entry.

        Args:
            call_id: The same for beginning and end of a call.
            principal: Name of who calls.
            method: Full name of the RPC.
            resource: Ids that the call named or made; never content.
            outcome: See `AuditEntry`.

        Raises:
            TransientError: The database does not answer.
            ResourceExhaustedError: Its disk is full.
        """
        words = (call_id, principal, method, resource, outcome)
        with self._open_database().transaction() as session:
            _take_turn(session)
            newest = session.scalars(
                select(AuditRow).order_by(AuditRow.number.desc()).limit(1)
            ).first()
            number = newest.number + 1 if newest else 1
            time = session.scalars(select(epoch_now())).one()
            sha256 = entry_sha256(newest.sha256 if newest else "", number, time, words)
            session.add(
                AuditRow(
                    number=number,
                    time=time,
                    call_id=call_id,
                    principal=principal,
                    method=method,
                    resource=resource,
                    outcome=outcome,
                    sha256=sha256,
                )
            )

    def entries(self, principal: str = "", resource: str = "") -> Iterator[AuditEntry]:
        """Yield entries in order, those that there are when it comes to them.

        Args:
            principal: Only those of this caller; empty means all.
            resource: Only those whose resource contains this; empty means all.

        Yields:
            The entries.
        """
        query = _wanted(principal, resource).order_by(AuditRow.number).limit(_PAGE)
        after = 0
        while page := self._read(query.where(AuditRow.number > after)):
            yield from page
            after = page[-1].number

    def newest(self, count: int, principal: str = "", resource: str = "") -> list[AuditEntry]:
        """Return the newest `count` entries in order; see `entries` for the others."""
        query = _wanted(principal, resource).order_by(AuditRow.number.desc()).limit(count)
        return self._read(query)[::-1]

    def _read(self, query: Select[AuditRow]) -> list[AuditEntry]:
        with self._open_database().transaction() as session:
            return [_entry(row) for row in session.scalars(query)]


def _wanted(principal: str, resource: str) -> Select[AuditRow]:
    query = select(AuditRow)
    if principal:
        query = query.where(AuditRow.principal == principal)
    if resource:
        query = query.where(AuditRow.resource.contains(resource, autoescape=True))
    return query


def _take_turn(session: Session) -> None:
    """Let one append at a time; SQLite's transactions do that by themselves."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_APPEND_LOCK})"))


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(**{field.name: getattr(row, field.name) for field in fields(AuditEntry)})
