"""Running one service alone: its RPCs, its worker, or both; and migrating the database."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable

from goldbrief.core.errors import GoldbriefError, TransientError
from goldbrief.core.settings import Settings, read_settings
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting.resources import Resources
from goldbrief.platform.ledger import Database
from goldbrief.platform.logs import set_up_logs
from goldbrief.platform.metrics.server import MetricsServer
from goldbrief.platform.rpc.server import RpcServer, Service
from goldbrief.platform.tls import tls_files
from goldbrief.platform.tracing.exporting import tracing

_log = logging.getLogger(__name__)

DATABASE_WAIT_S = 180.0
"""How long `migrate` waits for a database that is starting; then it ends, to be tried again."""
_DATABASE_LOOK_S = 2.0


def run_service(room: str, build: Callable[[Resources], Service]) -> int:
    """Run a service until SIGTERM or SIGINT; the body of every room's `__main__`.

    Args:
        room: Name of the room, for help and logs.
        build: Registers the room's tasks and returns its RPCs.

    Returns:
        Exit code: 0 after a signal or a migration, 1 when it could not start.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m goldbrief.{room}",
        description=f"Run the {room} service. Settings come from GOLDBRIEF_* variables.",
    )
    parser.add_argument(
        "part", nargs="?", choices=["server", "worker", "both", "migrate"], default="both",
        help="answer RPCs, work on tasks, or both (default);"
        " or bring the schema of the database up to date and end",
    )  # fmt: skip
    part = parser.parse_args().part

    def run(settings: Settings, stop: threading.Event) -> None:
        if part == "migrate":
            migrate(settings, stop)
        else:
            _serve(room, part, build, settings, stop)

    return run_process(room, run)


def run_process(name: str, run: Callable[[Settings, threading.Event], None]) -> int:
    """Call `run` as a process of ours: settings, logs, traces, signals, one line when it fails.

    Args:
        name: Name of the module, for the line.
        run: Gets the settings, and an event that SIGTERM and SIGINT set.

    Returns:
        Exit code: 0, or 1 after an error of ours.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = read_settings()
        set_up_logs(settings.log_format)
        with tracing(f"goldbrief-{name}"):
            run(settings, stop)
    except GoldbriefError as error:
        print(f"goldbrief.{name}: {error}", file=sys.stderr)  # noqa: T201 - its line for people
        return 1
    return 0


def migrate(settings: Settings, stop: threading.Event, wait_s: float = DATABASE_WAIT_S) -> None:
    """Bring the schema of the database to this version.

    Args:
        settings: Say which database.
        stop: Ends the wait for it.
        wait_s: Longest wait for it.

    Raises:
        FailedPreconditionError: The schema is newer, or the database refuses us.
        TransientError: The database does not answer.
    """
    database = Database(settings.resolved_database_url)
    deadline = time.monotonic() + wait_s
    try:
        while True:
            try:
                database.migrate()
            except TransientError as error:
                if time.monotonic() > deadline or stop.wait(_DATABASE_LOOK_S):
                    raise
                _log.warning("%s", error)
            else:
                _log.info("the schema of the database is up to date")
                return
    finally:
        database.dispose()


def _serve(
    room: str,
    part: str,
    build: Callable[[Resources], Service],
    settings: Settings,
    stop: threading.Event,
) -> None:
    resources = Resources(settings)
    try:
        service = build(resources)
        if resources.broker.queues:
            resources.broker.require_access()
        _run(room, part, service, resources, stop)
    finally:
        resources.close()


def _run(
    room: str, part: str, service: Service, resources: Resources, stop: threading.Event
) -> None:
    settings = resources.settings
    server = (
        RpcServer(
            settings.host,
            settings.port,
            [service],
            settings.shutdown_grace_s,
            resources.doorkeeper,
            tls_files(settings),
            audit_trail=resources.audit_trail,
        )
        if part != "worker"
        else None
    )
    has_tasks = bool(resources.broker.queues)
    worker = (
        BackgroundWorker(resources.broker, settings.worker_threads)
        if part != "server" and has_tasks
        else None
    )
    metrics = MetricsServer(settings.host, settings.metrics_port) if settings.metrics_port else None
    if server is not None:
        port = server.start()
        _log.info("%s serves on %s:%s", room, settings.host, port)
    if worker is not None:
        worker.start()
    stop.wait()
    if server is not None:
        server.stop()
    if worker is not None:
        worker.stop()
    if metrics is not None:
        metrics.stop()
