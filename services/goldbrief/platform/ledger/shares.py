"""Shares: processes that use the same endpoint divide its limit by what each has to do."""

from __future__ import annotations

import logging
import secrets
import threading
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from goldbrief.core.errors import GoldbriefError
from goldbrief.platform.ledger.database import Database
from goldbrief.platform.ledger.tables import Sharer, epoch_now

_log = logging.getLogger(__name__)

BEAT_S = 0.5
"""Between two looks at what the others need: what nobody uses meanwhile is lost."""
_SILENT_BEATS = 30
"""Beats without a word after which a process is taken for dead, and the others take its share."""


class Limited(Protocol):
    """What has a limit that is shared."""

    def demand(self) -> int:
        """Most turns wanted at once since it was last asked."""

    def held(self) -> float:
        """Part of the limit that is in use, 0 to 1."""

    def grant(self, share: float) -> None:
        """Use this part of the limit from now on, 0 to 1."""


class Share:
    """This process's part of a limit, by its part of the demand.

    It takes less at once, and more only as far as the others hold less, with what they began
    while they had more: together they stay within the limit. One that is alone has the whole.

    Args:
        database: Where the processes see each other.
        name: Of what is shared; the same in all processes.
        limited: Says what it needs, and gets its share.
        beat_s: See `BEAT_S`.
    """

    def __init__(
        self, database: Database, name: str, limited: Limited, beat_s: float = BEAT_S
    ) -> None:
        self._database = database
        self._name = name
        self._limited = limited
        self._beat_s = beat_s
        self._process = secrets.token_hex(8)
        self._share = 0.0

    def keep(self, stop: threading.Event) -> None:
        """Beat until `stop` is set; runs in a thread of its own.

        While the database is away the share stays as it is.
        """
        while True:
            try:
                self.beat()
            except GoldbriefError as error:
                _log.warning("the share of %s stays as it is: %s", self._name, error)
            if stop.wait(self._beat_s):
                break
        try:
            self.leave()
        except GoldbriefError as error:
            _log.info("the share of %s is left to expire: %s", self._name, error)

    def beat(self) -> None:
        """Tell the others our demand, and take what is ours; raises TransientError."""
        demand = self._limited.demand()
        with self._database.transaction() as session:
            others = self._others(session)
            total = demand + sum(other.demand for other in others)
            due = demand / total if total else 1 / (1 + len(others))
            free = 1 - sum(other.held for other in others)
            share = max(0.0, min(due, free))
            if share < self._share:
                self._limited.grant(share)  # before what is held is told: now it only falls
            session.merge(
                Sharer(
                    name=self._name,
                    process=self._process,
                    demand=demand,
                    held=max(share, self._limited.held()),
                    until=epoch_now() + _SILENT_BEATS * self._beat_s,
                )
            )
        self._share = share
        self._limited.grant(share)

    def _others(self, session: Session) -> list[Sharer]:
        """The other processes, all rows locked until the end of the transaction."""
        gone = delete(Sharer).where(Sharer.name == self._name, Sharer.until < epoch_now())
        session.execute(gone)
        all_of_them = select(Sharer).where(Sharer.name == self._name).order_by(Sharer.process)
        rows = session.scalars(all_of_them.with_for_update())
        return [row for row in rows if row.process != self._process]

    def leave(self) -> None:
        """Give the share to the others; raises TransientError."""
        mine = (Sharer.name == self._name, Sharer.process == self._process)
        with self._database.transaction() as session:
            session.execute(delete(Sharer).where(*mine))
