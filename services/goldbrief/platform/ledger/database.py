"""The database: PostgreSQL, or SQLite in WAL mode on a laptop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, make_url, select, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from goldbrief.core.errors import (
    FailedPreconditionError,
    InvalidInputError,
    ResourceExhaustedError,
    TransientError,
)
from goldbrief.platform.certificates import certificate_remedy
from goldbrief.platform.ledger.tables import epoch_now

_T = TypeVar("_T")

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x601DB41F  # any constant: PostgreSQL's advisory lock of this product
_BUSY_TIMEOUT_MS = 30_000
_REFUSALS = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "certificate verify failed",
    "does not exist",
    "permission denied",
)
"""PostgreSQL's words for what waiting does not mend."""
_FULL = ("disk is full", "No space left on device")
"""SQLite's words, and PostgreSQL's."""


class Database:
    """Connections and transactions.

    Args:
        url: SQLAlchemy URL; `sqlite:///path` or `postgresql+psycopg://...`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _make_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._untried = _without_ping(self.engine)
        self._hasty_sessions = sessionmaker(self._untried, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run the block in one transaction.

        Yields:
            A session; its objects stay readable after the commit.

        Raises:
            TransientError: The database does not answer.
            ResourceExhaustedError: Its disk is full.
            InvalidInputError: It cannot hold a value, such as text with a NUL character.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except DBAPIError as error:
            raise _mapped(error, self.url) from error

    def run(self, do: Callable[[Session], _T]) -> _T:
        """Run `do` in one transaction, and once more when its connection had been cut.

        Faster than `transaction`, which tries a connection before it uses it.

        Args:
            do: What may be done twice: when the connection is lost in the commit, nobody knows
                whether that took place.

        Returns:
            What it returned.

        Raises:
            TransientError: The database does not answer.
            ResourceExhaustedError: Its disk is full.
            InvalidInputError: It cannot hold a value, such as text with a NUL character.
        """
        try:
            with self._hasty_sessions.begin() as session:
                return do(session)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise _mapped(error, self.url) from error
        with self.transaction() as session:
            return do(session)

    def migrate(self) -> None:
        """Bring the schema to this version; safe to call from several processes at once.

        Raises:
            FailedPreconditionError: The schema was written by a newer version, or the
                database refuses us.
            TransientError: The database does not answer.
        """
        with self._opened() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            config = _alembic(connection)
            _current_schema(connection, config)
            command.upgrade(config, "head")

    def require_current(self) -> None:
        """Make sure that the schema is this version's.

        Raises:
            FailedPreconditionError: It is older or newer, or the database refuses us.
            TransientError: The database does not answer.
        """
        with self._opened() as connection:
            config = _alembic(connection)
            current = _current_schema(connection, config)
        head = ScriptDirectory.from_config(config).get_current_head()
        if current != head:
            raise FailedPreconditionError(
                f"The database is at schema {current or 'none'}, this version needs {head}.",
                reason="SCHEMA_TOO_OLD",
                remedy="Run `python -m goldbrief.runs migrate` with the same settings.",
            )

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise _refusal(error, self.url) or _mapped(error, self.url) from error

    def now(self) -> float:
        """The database's clock, in seconds since 1970."""
        with self.transaction() as session:
            return session.scalars(select(epoch_now())).one()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self._untried.dispose()


def _make_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=20, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _without_ping(engine: Engine) -> Engine:
    """An engine to the same database whose connections are used untried; SQLite has no others."""
    if engine.dialect.name == "sqlite":
        return engine
    return create_engine(engine.url, pool_size=20, max_overflow=20, pool_use_lifo=True)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # pysqlite would begin transactions by itself, and as readers that cannot be upgraded
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _current_schema(connection: Connection, config: Config) -> str | None:
    """Revision of the schema, None for an empty database; refuses one from the future."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise FailedPreconditionError(
            f"The database is at schema {current}, which this version does not know.",
            reason="SCHEMA_TOO_NEW",
            remedy="Use the version of Goldbrief that wrote it, or a newer one.",
        )
    return current


def _refusal(error: DBAPIError, url: str) -> FailedPreconditionError | None:
    """What is wrong with the URL, when that is why the database cannot be opened."""
    detail = str(error.orig).strip()
    if not any(words in detail for words in _REFUSALS):
        return None
    where = make_url(url).render_as_string(hide_password=True)
    return FailedPreconditionError(
        f"The database {where} refuses us: {detail.rstrip('.')}.",
        reason="DATABASE_REFUSED",
        remedy=certificate_remedy(error)
        or "Correct user, password and database name in GOLDBRIEF_DATABASE_URL or PGPASSWORD,"
        " or where they come from: a secret, or .env for docker compose.",
    )


def _mapped(error: DBAPIError, url: str) -> Exception:
    if isinstance(error, DataError):
        return InvalidInputError(
            f"The database cannot hold a value of the request: {error.orig}.",
            reason="VALUE_NOT_STORABLE",
            remedy="Send text without NUL characters, and numbers within the API's limits.",
        )
    detail = str(error.orig).strip()
    where = make_url(url).render_as_string(hide_password=True)
    if any(words in detail for words in _FULL):
        return ResourceExhaustedError(
            f"The disk of the database {where} is full.",
            reason="DISK_FULL",
            remedy="Free some space, then run the same command again: it goes on from here.",
        )
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return TransientError(
            f"The database {where} failed: {detail}", reason="DATABASE_UNAVAILABLE"
        )
    return error
