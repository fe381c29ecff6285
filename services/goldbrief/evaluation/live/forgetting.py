"""Deletes what was kept of live summaries when its time is over."""

from __future__ import annotations

import logging
import threading

from goldbrief.core.errors import GoldbriefError
from goldbrief.evaluation.live.tables import forget_before, now
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.ledger import Database

SCORES_KEPT_DAYS = 90
_LOOK_S = 3600.0
_DAY_S = 86_400
_log = logging.getLogger(__name__)


def forget_in_time(database: Database, texts: LiveTexts, stop: threading.Event) -> None:
    """Look every hour for what is to be gone, until `stop` is set; failures wait for the next."""
    while True:
        try:
            forget(database, texts)
        except GoldbriefError as error:
            _log.warning("what is kept of live summaries stays an hour longer: %s", error)
        if stop.wait(_LOOK_S):
            return


def forget(database: Database, texts: LiveTexts) -> None:
    """Delete rows after 90 days, and texts after their last day.

    Args:
        database: Has the rows.
        texts: What is kept beside them.

    Raises:
        TransientError: Database or object store do not answer.
    """
    with database.transaction() as session:
        time = now(session)
        forget_before(session, time - SCORES_KEPT_DAYS * _DAY_S)
    if count := texts.forget_before(time):
        _log.info("deleted %d texts of live summaries whose days are over", count)
