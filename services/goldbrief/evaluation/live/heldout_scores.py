"""What a judge gave a version on held-out articles: what its live scores are compared with.

Not the scores of the training set: those are of the teacher's summaries, and only of the accepted
ones, so that every tuned model's live scores lie below them without anything having changed.
"""

from __future__ import annotations

import json

from goldbrief.core.seams import ObjectStore
from goldbrief.core.states import State
from goldbrief.evaluation.evaluations import KIND
from goldbrief.evaluation.live.drift import Histogram, histogram
from goldbrief.platform.ledger import Ledger, Work


class HeldOutScores:
    """Finds the newest evaluation of a version by a judge.

    Args:
        ledger: Knows the evaluations.
        store: Holds their judgments.
    """

    def __init__(self, ledger: Ledger, store: ObjectStore) -> None:
        self._ledger = ledger
        self._store = store
        self._known: dict[tuple[str, str, str], Histogram | None] = {}

    def find(self, served_name: str, judge: str) -> Histogram | None:
        """Scores of a version.

        Args:
            served_name: As engines know the version.
            judge: Name of the judge, since judges differ.

        Returns:
            Their histogram; None where no evaluation has enough.

        Raises:
            TransientError: Database or object store do not answer.
        """
        for work in self._ledger.works.of_kind(KIND):
            system = _system(work, served_name)
            if work.state == State.SUCCEEDED and system:
                return self._scores(work, system, judge)
        return None

    def _scores(self, work: Work, system: str, judge: str) -> Histogram | None:
        key = work.id, system, judge
        if key not in self._known:
            lines = self._store.get(f"evaluations/{work.id}/judgments.jsonl").splitlines()
            rows = [json.loads(line) for line in lines]
            self._known[key] = histogram(
                [
                    row["overall"]
                    for row in rows
                    if (row["system"], row["judge"]) == (system, judge)
                    and row["overall"] is not None
                ]
            )
        return self._known[key]


def _system(work: Work, served_name: str) -> str:
    """Name under which an evaluation has a version; empty where it has not."""
    systems = work.spec["systems"]
    return next((one["name"] for one in systems if one.get("adapter") == served_name), "")
