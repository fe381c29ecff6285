"""The record of who changed what: its entries, and the chain of hashes that holds them together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from goldbrief.core.errors import DataCorruptionError
from goldbrief.core.hashing import sha256_json

STARTED = "STARTED"
"""Outcome of the entry that is written before a call does anything."""
_HEAD = re.compile(r"([1-9][0-9]*):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry: that a call began, or how it ended."""

    number: int
    """Counts from 1 without gaps."""
    time: float
    """Seconds since 1970 by the database's clock."""
    call_id: str
    """The same for beginning and end of a call."""
    principal: str
    """Name of the token that called, `goldbrief` for the shared one; `... for anna` where the
    console called for a user."""
    method: str
    """Full name of the RPC, e.g. `goldbrief.api.runs.v1.RunsService/CancelRun`."""
    resource: str
    """Ids that the call named or made, e.g. `model=briefs version=3`; never content."""
    outcome: str
    """STARTED, OK, or the gRPC code of the refusal or failure."""
    sha256: str
    """Of this entry and the hash of the one before."""

    def expected_sha256(self, previous: str) -> str:
        """The hash that it has unless it was altered; `previous` is that of the entry before."""
        return entry_sha256(
            previous,
            self.number,
            self.time,
            (self.call_id, self.principal, self.method, self.resource, self.outcome),
        )


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry, which stands for all before it; note it where nobody here can write."""

    number: int = 0
    sha256: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.sha256}" if self.number else "empty"


def entry_sha256(previous: str, number: int, time: float, words: tuple[str, ...]) -> str:
    """Hash of an entry with these fields after one with the hash `previous`; empty for none."""
    return sha256_json([previous, number, time, *words])


def parse_head(text: str) -> AuditHead | None:
    """Read a head as it prints itself; None when it is none."""
    found = _HEAD.fullmatch(text.strip())
    return AuditHead(int(found[1]), found[2]) if found else None


def verify_chain(entries: Iterable[AuditEntry], noted: AuditHead | None = None) -> AuditHead:
    """Make sure that no entry was altered, taken out or put in.

    The chain itself cannot show that its newest entries were cut off, or that all of it was written
    anew; a head that was noted elsewhere shows both.

    Args:
        entries: All entries, in order.
        noted: A head of an earlier time that must still be in the chain.

    Returns:
        The head now.

    Raises:
        DataCorruptionError: An entry does not follow from the one before, or the noted head is
            gone; the message names the number.
    """
    head = AuditHead()
    found = noted is None
    for entry in entries:
        if entry.number != head.number + 1:
            raise _broken(f"entry {entry.number} follows entry {head.number}", head.number + 1)
        if entry.sha256 != entry.expected_sha256(head.sha256):
            raise _broken(f"entry {entry.number} is not what was written", entry.number)
        head = AuditHead(entry.number, entry.sha256)
        found = found or head == noted
    if noted is not None and not found:
        raise _broken(f"entry {noted.number} is not the one that was noted", noted.number)
    return head


def _broken(what: str, number: int) -> DataCorruptionError:
    return DataCorruptionError(
        f"The audit record was tampered with: {what}.",
        reason="AUDIT_BROKEN",
        remedy="Compare it with a backup of the database from that time.",
        metadata={"number": str(number)},
    )
