"""Live summaries on a real PostgreSQL: many gateways at once keep within one day's budget."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from goldbrief.core.errors import ResourceExhaustedError
from goldbrief.evaluation.live.observing import Observed, Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.reporting import Reports
from goldbrief.evaluation.live.tables import answers_since
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.ledger import Database, Ledger
from goldbrief.platform.storage import DirectoryStore
from goldbrief.testing.live import ARTICLE, SUMMARY, FairJudge

pytestmark = pytest.mark.integration

BUDGET, CALLERS = 10, 24


@pytest.fixture
def database(postgres_url: str) -> Database:
    url = make_url(postgres_url)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS live WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE live"))
    server.dispose()
    database = Database(url.set(database="live").render_as_string(hide_password=False))
    database.migrate()
    return database


def answer(number: int) -> Observed:
    return Observed(f"summary-{number}", "briefs", "2", "", "CFO", "", ARTICLE, SUMMARY)


def test_no_more_than_the_budget_is_judged_however_many_ask_at_once(
    database: Database, tmp_path: Path
) -> None:
    store = DirectoryStore(tmp_path)
    profiles = TrainingProfiles(Ledger(database, store), store, None)  # type: ignore[arg-type]
    observer = Observer(database, LiveTexts(store, 0), profiles, FairJudge(), BUDGET)

    def ask(number: int) -> bool:
        try:
            observer.observe(answer(number))
        except ResourceExhaustedError:
            return False
        return True

    with ThreadPoolExecutor(CALLERS) as callers:
        judged = list(callers.map(ask, range(CALLERS)))
    assert sum(judged) == BUDGET
    with database.transaction() as session:
        assert len(answers_since(session, 0)) == BUDGET


def test_the_same_report_by_many_at_once_is_one(database: Database, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    reports = Reports(database, store, LiveTexts(store, 30))
    with ThreadPoolExecutor(CALLERS) as callers:
        made = callers.map(lambda _: reports.add(answer(1), "figure", "", "a"), range(CALLERS))
        assert len({one.row.id for one in made}) == 1
    (listed,) = reports.all("OPEN", 0)
    assert reports.get(listed.row.id).text is not None
