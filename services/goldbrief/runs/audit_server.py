"""The RPC that reads the audit record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from goldbrief.api.audit.v1 import audit_pb2, audit_pb2_grpc
from goldbrief.platform.ledger.audit import AuditTrail


class AuditServicer(audit_pb2_grpc.AuditServiceServicer):
    """See audit.proto for what it promises.

    Args:
        trail: The record.
    """

    def __init__(self, trail: AuditTrail) -> None:
        self._trail = trail

    def ListAuditEntries(  # noqa: D102, N802
        self, request: audit_pb2.ListAuditEntriesRequest, context: Any
    ) -> Iterator[audit_pb2.ListAuditEntriesResponse]:
        wanted = (request.principal, request.resource)
        entries = (
            self._trail.newest(request.last, *wanted)
            if request.last > 0
            else self._trail.entries(*wanted)
        )
        for entry in entries:
            yield audit_pb2.ListAuditEntriesResponse(entry=audit_pb2.AuditEntry(**asdict(entry)))
