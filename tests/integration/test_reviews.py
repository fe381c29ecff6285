"""Reviews on a real PostgreSQL: of many windows and many leads one wins, the others are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from goldbrief.core.errors import FailedPreconditionError, GoldbriefError
from goldbrief.evaluation.reviews.rating import Rating
from goldbrief.platform.ledger import Database
from goldbrief.testing.reviewing import ReviewWorkplace

pytestmark = pytest.mark.integration

WINDOWS = 8


@pytest.fixture
def workplace(postgres_url: str, tmp_path: Path) -> ReviewWorkplace:
    url = make_url(postgres_url)
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS reviews WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE reviews"))
    server.dispose()
    database = Database(url.set(database="reviews").render_as_string(hide_password=False))
    database.migrate()
    texts = {"base": ["One. Two."] * 2, "tuned": ["Three. Four."] * 2}
    return ReviewWorkplace(tmp_path, {"a": "Text a.", "b": "Text b."}, texts, database)


def outcomes(act: Callable[[int], object]) -> list[str]:
    """What becomes of the same act by many at once."""
    found: list[str] = []

    def attempt(number: int) -> None:
        try:
            act(number)
            found.append("kept")
        except FailedPreconditionError:
            found.append("told")
        except GoldbriefError as error:
            found.append(error.reason)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(WINDOWS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_of_many_at_once_one_wins(workplace: ReviewWorkplace) -> None:
    names = ("ann", "ben")
    for name in names:
        workplace.accounts.create(name, "reviewer")
    made = workplace.sets.create("r1", "eval-1")
    one_of = ["kept"] + ["told"] * (WINDOWS - 1)
    assert outcomes(lambda _: workplace.sets.assign(made.row.id, 0, names, 2, 1)) == one_of
    assert workplace.sets.get(made.row.id).assigned == 6
    sheet = workplace.desk.sheets("ann")[0].assignment.id
    save = workplace.desk.save
    assert outcomes(lambda n: save(sheet, "ann", 0, Rating(comment=f"window {n}"))) == one_of
    decide = workplace.results.adjudicate
    assert outcomes(lambda n: decide(made.row.id, 1, 0, f"lead {n}", "tie")) == one_of


def test_the_same_request_by_many_at_once_makes_one_set(workplace: ReviewWorkplace) -> None:
    found = outcomes(lambda _: workplace.sets.create("r1", "eval-1"))
    assert set(found) <= {"kept", "CONCURRENT_CHANGE"}
    assert "kept" in found
    assert len(workplace.sets.all()) == 1
