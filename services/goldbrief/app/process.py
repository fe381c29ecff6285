"""`goldbrief up`: services, worker, inference server and console in one process."""

from __future__ import annotations

import fcntl
import logging
import os
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from goldbrief.app.console import LaptopConsole
from goldbrief.core.errors import FailedPreconditionError
from goldbrief.core.settings import Settings
from goldbrief.datasets.service import build as build_datasets
from goldbrief.evaluation.service import build as build_evaluation
from goldbrief.finetuning.service import build as build_finetuning
from goldbrief.inference.config import InferenceSettings
from goldbrief.inference.server import start_in_thread
from goldbrief.judge.service import build as build_judge
from goldbrief.platform.broker import BackgroundWorker
from goldbrief.platform.hosting import Resources
from goldbrief.platform.metrics.server import MetricsServer
from goldbrief.platform.rpc.server import RpcServer
from goldbrief.platform.tls import tls_files
from goldbrief.platform.tracing.exporting import tracing
from goldbrief.registry.service import build as build_registry
from goldbrief.registry.syncer import SyncerThread, open_syncer
from goldbrief.runs.service import build as build_runs
from goldbrief.summarize.service import build as build_summarize
from goldbrief.synthesis.service import build as build_synthesis

_log = logging.getLogger(__name__)

BUILDERS = (
    build_runs,
    build_datasets,
    build_synthesis,
    build_judge,
    build_finetuning,
    build_evaluation,
    build_registry,
    build_summarize,
)


class RunningApp:
    """All services, running until stopped.

    Args:
        settings: Laptop settings; `home` belongs to one process at a time.

    Raises:
        FailedPreconditionError: The home is in use by another process, or a port is.
    """

    def __init__(self, settings: Settings) -> None:
        self._closing = ExitStack()
        try:
            self._start(settings)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Finish what is in flight, then stop everything, the last started first."""
        self._closing.close()

    def console_link(self) -> str:
        """See LaptopConsole.link."""
        return self._console.link()

    def _start(self, settings: Settings) -> None:
        # notes of libraries to their developers, not to users
        warnings.filterwarnings("ignore", category=FutureWarning)
        self._closing.enter_context(_lock(settings.home))
        self._closing.enter_context(tracing("goldbrief"))
        resources = Resources(settings)
        self._closing.callback(resources.close)
        services = [build(resources) for build in BUILDERS]
        if settings.metrics_port:
            self._closing.callback(MetricsServer(settings.host, settings.metrics_port).stop)
        server = RpcServer(
            settings.host,
            settings.port,
            services,
            doorkeeper=resources.doorkeeper,
            tls=tls_files(settings),
            audit_trail=resources.audit_trail,
        )
        port = server.start()
        self._closing.callback(server.stop)
        self._closing.callback(start_in_thread(InferenceSettings()).stop)
        syncer = SyncerThread(open_syncer(settings, resources.store), settings.adapter_sync_s)
        self._closing.callback(syncer.stop)
        # this process is the only user of the home: whoever held leases there is dead
        resources.ledger.outbox.recover()
        worker = BackgroundWorker(resources.broker, settings.worker_threads)
        worker.start()
        self._closing.callback(worker.stop)
        scheme = "https://" if settings.tls_certificate else ""
        self._console = LaptopConsole(settings, f"{scheme}{settings.host}:{port}")
        self._closing.callback(self._console.stop)
        self._closing.callback(server.begin_stop)
        _log.info("goldbrief is up on %s:%s", settings.host, port)


def up(settings: Settings) -> RunningApp:
    """Start everything in this process."""
    return RunningApp(settings)


def _lock(home: Path) -> IO[str]:
    home.mkdir(parents=True, exist_ok=True)
    file = (home / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise FailedPreconditionError(
            f"The folder {home.absolute()} is in use by process {owner}.",
            reason="HOME_IN_USE",
            remedy="Use that process (goldbrief status), stop it and wait until it has ended, "
            "or set GOLDBRIEF_HOME.",
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
