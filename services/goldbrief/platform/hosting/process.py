"""Running one service alone: its RPCs, its worker, or both."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable

from goldbrief.core.errors import GoldbriefError
from goldbrief.core.settings import Settings
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting.resources import Resources
from goldbrief.platform.rpc.server import RpcServer, Service


def run_service(room: str, build: Callable[[Resources], Service]) -> int:
    """Run a service until SIGTERM or SIGINT; the body of every room's `__main__`.

    Args:
        room: Name of the room, for help and logs.
        build: Registers the room's tasks and returns its RPCs.

    Returns:
        Exit code: 0 after a signal, 1 when it could not start.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m goldbrief.{room}",
        description=f"Run the {room} service. Settings come from GOLDBRIEF_* variables.",
    )
    parser.add_argument(
        "part", nargs="?", choices=["server", "worker", "both"], default="both",
        help="answer RPCs, work on tasks, or both (default)",
    )  # fmt: skip
    part = parser.parse_args().part
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = Settings()
    resources = Resources(settings)
    try:
        _run(room, part, build(resources), resources, stop)
    except GoldbriefError as error:
        print(f"goldbrief.{room}: {error}", file=sys.stderr)  # noqa: T201 - its one line for people
        return 1
    finally:
        resources.close()
    return 0


def _run(
    room: str, part: str, service: Service, resources: Resources, stop: threading.Event
) -> None:
    settings = resources.settings
    server = RpcServer(settings.host, settings.port, [service]) if part != "worker" else None
    has_tasks = bool(resources.broker.queues)
    worker = (
        BackgroundWorker(resources.broker, settings.worker_threads)
        if part != "server" and has_tasks
        else None
    )
    if server is not None:
        port = server.start()
        logging.getLogger(__name__).info("%s serves on %s:%s", room, settings.host, port)
    if worker is not None:
        worker.start()
    stop.wait()
    if server is not None:
        server.stop()
    if worker is not None:
        worker.stop()
