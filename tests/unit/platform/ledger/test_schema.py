"""A service and its database agree on the schema, or the service says what to do."""

import threading

import pytest
from sqlalchemy import text

from goldbrief.core.errors import FailedPreconditionError, TransientError
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import Resources
from goldbrief.platform.hosting.process import migrate
from goldbrief.platform.ledger import Database


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


def make_from_the_future(settings):
    migrate(settings, threading.Event())
    database = Database(settings.resolved_database_url)
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def start(settings, migrate_on_start):
    resources = Resources(settings.model_copy(update={"migrate_on_start": migrate_on_start}))
    with resources.database.transaction() as session:
        return session.execute(text("SELECT count(*) FROM work")).scalar()


def test_a_laptop_makes_its_schema_when_it_starts(settings):
    assert start(settings, migrate_on_start=True) == 0
    assert start(settings, migrate_on_start=True) == 0


def test_where_a_command_migrates_a_service_starts_after_it(settings):
    with pytest.raises(FailedPreconditionError) as caught:
        start(settings, migrate_on_start=False)
    assert caught.value.reason == "SCHEMA_TOO_OLD"
    assert "python -m goldbrief.runs migrate" in caught.value.remedy
    migrate(settings, threading.Event())
    assert start(settings, migrate_on_start=False) == 0


@pytest.mark.parametrize("migrate_on_start", [True, False])
def test_a_database_from_the_future_is_left_alone(settings, migrate_on_start):
    make_from_the_future(settings)
    with pytest.raises(FailedPreconditionError) as caught:
        start(settings, migrate_on_start)
    assert caught.value.reason == "SCHEMA_TOO_NEW"
    assert "9999" in caught.value.message
    with pytest.raises(FailedPreconditionError):
        migrate(settings, threading.Event())


def test_a_migration_waits_for_a_database_that_is_not_up_yet(settings, monkeypatch):
    outcomes = iter([TransientError("no answer"), None])

    def flaky(_):
        error = next(outcomes)
        if error:
            raise error

    monkeypatch.setattr(Database, "migrate", flaky)
    monkeypatch.setattr("goldbrief.platform.hosting.process._DATABASE_LOOK_S", 0.01)
    migrate(settings, threading.Event())
    assert next(outcomes, "used up") == "used up"


def test_a_migration_does_not_wait_for_ever(settings):
    nowhere = settings.model_copy(
        update={"database_url": "postgresql+psycopg://goldbrief@127.0.0.1:1/goldbrief"}
    )
    with pytest.raises(TransientError):
        migrate(nowhere, threading.Event(), wait_s=0)
    stop = threading.Event()
    stop.set()
    with pytest.raises(TransientError):
        migrate(nowhere, stop)
