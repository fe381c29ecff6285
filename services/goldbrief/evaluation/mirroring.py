"""What people say of an evaluation's summaries goes to MLflow within a minute or two."""

from __future__ import annotations

import time

from goldbrief.evaluation.reports import Reports
from goldbrief.platform.broker import StageContext
from goldbrief.platform.ledger import Advance, Finish, Later, Ledger, NewWork, Transition

TELL_RATINGS_TASK = "evaluation.tell_ratings"
TRACK_RATINGS_TASK = "runs.track_ratings"
"""Of the runs service, which alone writes to MLflow."""
_MINUTE_S = 60


class RatingsMirror:
    """Has ratings written to MLflow.

    Args:
        ledger: Where this is noted, so that it outlives a restart, and an MLflow that is away.
        reports: Tell what was said.
    """

    def __init__(self, ledger: Ledger, reports: Reports) -> None:
        self._works = ledger.works
        self._reports = reports

    def note(self, evaluation_id: str) -> None:
        """Have what is said until the end of this minute written, however many say something."""
        due = (int(time.time()) // _MINUTE_S + 1) * _MINUTE_S
        self._works.create(
            NewWork(
                kind="tracking",
                request_id=f"{evaluation_id}/ratings/{due}",
                spec={"evaluation_id": evaluation_id, "due": due},
                stages={"tell": TELL_RATINGS_TASK, "log": TRACK_RATINGS_TASK},
                items=[{}],
            )
        )

    def tell(self, stage: StageContext) -> Transition:
        """At the end of the minute, write down what was said, and hand it on."""
        remaining = stage.spec["due"] - time.time()
        if remaining > 0:
            return Later(remaining)
        folder = self._reports.write_ratings(stage.spec["evaluation_id"])
        return Advance("log", {"folder": folder}) if folder else Finish()
