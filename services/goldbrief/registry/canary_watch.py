"""Counts what gateways see during a canary, and looks at the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from typing import Any

from goldbrief.core.errors import NotFoundError
from goldbrief.platform.ledger import Database
from goldbrief.registry.canaries import Outcomes, Tolerance, Verdict, look_at
from goldbrief.registry.tables import Canary, OutcomeCount, outcome_counts


@dataclass(frozen=True, slots=True)
class Comparison:
    """A canary, and what was seen of it and of the served version."""

    canary: Canary
    tried: Outcomes
    served: Outcomes


class CanaryWatch:
    """Keeps the counts of canaries.

    Args:
        database: Where they are.
        tolerance: How much worse than the served version a canary may be.
    """

    def __init__(self, database: Database, tolerance: Tolerance) -> None:
        self._database = database
        self._tolerance = tolerance

    def count(self, canary_id: str, reporter: str, seen: Sequence[tuple[int, Outcomes]]) -> None:
        """Keep what one gateway has counted since a canary began.

        Args:
            canary_id: The canary; one that has ended takes no more counts.
            reporter: Names the gateway's process.
            seen: Version, and all that the gateway has seen of it.
        """
        with self._database.transaction() as session:
            canary = session.get(Canary, canary_id)
            if canary is None or canary.state != "RUNNING":
                return
            for version, outcomes in seen:
                key = {"canary_id": canary_id, "version": version, "reporter": reporter}
                session.merge(OutcomeCount(**key, **asdict(outcomes)))

    def compare(self, canary_id: str) -> Comparison | None:
        """The counts of all gateways; None for no such canary."""
        with self._database.transaction() as session:
            canary = session.get(Canary, canary_id)
            counts = outcome_counts(session, canary_id)
        if canary is None:
            return None
        tried = [_outcomes(one) for one in counts if one.version == canary.version]
        served = [_outcomes(one) for one in counts if one.version != canary.version]
        return Comparison(canary, _sum(tried), _sum(served))

    def look(self, canary: Canary) -> Verdict:
        """Look at a canary if it is time to, and note that it was looked at."""
        found = self._found(canary)
        verdict = look_at(found.tried, found.served, canary.requests, canary.looks, self._tolerance)
        if verdict.looks != canary.looks and verdict.action == "wait":
            with self._database.transaction() as session:
                session.get_one(Canary, canary.id).looks = verdict.looks
        return verdict

    def evidence(self, canary: Canary) -> dict[str, Any]:
        """The counts, for the record of a decision."""
        found = self._found(canary)
        return {"canary": asdict(found.tried), "served": asdict(found.served)}

    def _found(self, canary: Canary) -> Comparison:
        found = self.compare(canary.id)
        if found is None:
            raise NotFoundError(f"There is no canary {canary.id}.", reason="CANARY_NOT_FOUND")
        return found


def _outcomes(counted: OutcomeCount) -> Outcomes:
    return Outcomes(*(getattr(counted, name) for name in Outcomes.__slots__))


def _sum(outcomes: Sequence[Outcomes]) -> Outcomes:
    return reduce(add, outcomes, Outcomes())
