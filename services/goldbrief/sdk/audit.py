"""The audit record: who changed, promoted, exported, deleted, reviewed what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from goldbrief.api.audit.v1 import audit_pb2 as pb
from goldbrief.core.audit import AuditEntry, AuditHead, verify_chain
from goldbrief.sdk.answers import WATCH_S
from goldbrief.sdk.client import Client


def read_audit_entries(
    client: Client, last: int = 0, principal: str = "", resource: str = ""
) -> Iterator[AuditEntry]:
    """Read the record in its order; reading it is itself on record.

    Args:
        client: Of the server; its token needs the scope admin.
        last: Only the newest so many; 0 means all.
        principal: Only calls of this caller; empty means all.
        resource: Only calls whose resource contains this; empty means all.

    Yields:
        The entries.
    """
    request = pb.ListAuditEntriesRequest(last=last, principal=principal, resource=resource)
    for answer in client.audit.ListAuditEntries(request, timeout=WATCH_S):
        yield AuditEntry(**{f.name: getattr(answer.entry, f.name) for f in fields(AuditEntry)})


def verify_audit(client: Client, noted: AuditHead | None = None) -> AuditHead:
    """Read the whole record and make sure that nobody tampered with it.

    Args:
        client: Of the server; its token needs the scope admin.
        noted: A head of an earlier time that must still be in it.

    Returns:
        The head now.

    Raises:
        DataCorruptionError: It was tampered with; the message names the entry.
    """
    return verify_chain(read_audit_entries(client), noted)
