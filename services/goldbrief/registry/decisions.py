"""Decisions about which version is served: what was decided, on what grounds, by whom; signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from goldbrief.core.errors import GoldbriefError
from goldbrief.platform.ledger import Database
from goldbrief.platform.ledger.tables import epoch_now
from goldbrief.platform.signing import Signer, Verifier
from goldbrief.registry.tables import Decision, decisions_on, has_decided

KIND = "application/vnd.goldbrief.serving-decision+json"

Kind = Literal["PROMOTED", "HELD_BACK", "CANARY_BEGUN", "CANARY_ENDED", "ROLLED_BACK"]


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why something is decided."""

    cause_id: str
    """Of the promotion or rollback."""
    asked_by: str
    """Who asked for it, as the caller said."""
    reason: str = ""
    """In words; a forced promotion always has one."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Gate, results, checks and so on: what JSON can hold."""


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as it was recorded."""

    statement: Mapping[str, Any]
    """`decision`, `model`, `version`, `time`, `served_before`, `served_after`, and the grounds."""
    envelope: str
    problem: str
    """Why its signature is not believed; empty when it is."""


class DecisionLog:
    """Records decisions, each in the transaction that carries it out.

    Args:
        database: Where they are.
        signer: Vouches for them.
        verifier: Gives the keys whose word is taken when they are read.
    """

    def __init__(
        self, database: Database, signer: Signer, verifier: Callable[[], Verifier]
    ) -> None:
        self._database = database
        self._signer = signer
        self._verifier = verifier

    def record(
        self,
        session: Session,
        kind: Kind,
        model: str,
        version: int,
        grounds: Grounds,
        **served: Any,
    ) -> None:
        """Record a decision; one that this cause has made before is not made again.

        Args:
            session: Of the transaction that carries it out.
            kind: What is decided.
            model: On which model.
            version: On which version.
            grounds: Why.
            **served: `served_before` and `served_after`, the served versions or None.
        """
        if has_decided(session, grounds.cause_id, kind):
            return
        now = session.scalars(select(epoch_now())).one()
        statement = {
            "decision": kind,
            "model": model,
            "version": version,
            "time": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            "cause_id": grounds.cause_id,
            "asked_by": grounds.asked_by,
            "reason": grounds.reason,
            "evidence": dict(grounds.evidence),
            **served,
        }
        session.add(
            Decision(
                cause_id=grounds.cause_id,
                kind=kind,
                model=model,
                version=version,
                envelope=self._signer.sign(KIND, statement).decode(),
            )
        )

    def read(self, model: str) -> list[RecordedDecision]:
        """The decisions on a model, the latest first, each with its signature checked."""
        with self._database.transaction() as session:
            rows = decisions_on(session, model)
        return [self._checked(row) for row in rows]

    def _checked(self, row: Decision) -> RecordedDecision:
        try:
            statement = self._verifier().open(KIND, row.envelope.encode())
        except GoldbriefError as error:
            told = {"decision": row.kind, "model": row.model, "version": row.version}
            return RecordedDecision(told, row.envelope, error.message)
        return RecordedDecision(statement, row.envelope, "")
