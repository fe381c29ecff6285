"""A worker in background threads: consumes messages, publishes the outbox, sweeps."""

from __future__ import annotations

import logging
import threading

from celery.app.trace import setup_worker_optimizations
from celery.worker import WorkController

from goldbrief.core.errors import GoldbriefError
from goldbrief.platform.broker.broker import Broker
from goldbrief.platform.broker.executor import BoundedExecutor

_log = logging.getLogger(__name__)

_HOSTNAME = "goldbrief@localhost"
_RESTART_S = 5.0
_RELAY_INTERVAL_S = 0.2
"""Long enough that several items share a message: a message costs as much as a stage."""
_MESSAGES_A_WORKER = 4
"""Messages that fill all threads of a worker. Larger ones would divide the work less evenly."""
_SWEEP_INTERVAL_S = 5.0


class BackgroundWorker:
    """Runs the tasks that a broker knows until stopped.

    Celery only receives: a message is done when threads have taken up its items, for what becomes
    of them is in the ledger. Threads fit handlers that wait for servers. They cannot be
    interrupted: handlers bound their own calls in time.

    Args:
        broker: With its tasks registered.
        threads: Items at once.
    """

    def __init__(self, broker: Broker, threads: int) -> None:
        self._broker = broker
        self._most = max(1, threads // _MESSAGES_A_WORKER)
        self._executor = broker.executor = BoundedExecutor(threads)
        self._stopping = threading.Event()
        self._controller: WorkController | None = None
        self._running: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work, in threads of its own."""
        self._broker.app.finalize()
        # what the `celery worker` command does: the pool's threads find the tasks of this app
        setup_worker_optimizations(self._broker.app, _HOSTNAME)
        for name, target in (
            ("celery", self._consume),
            ("outbox-relay", self._relay),
            ("sweeper", self._sweep),
        ):
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._running.append(thread)

    def stop(self) -> None:
        """Finish the tasks in flight, then end."""
        self._stopping.set()
        closing = threading.Thread(target=self._executor.close)
        closing.start()
        if self._controller is not None:
            self._controller.stop()
        for thread in [closing, *self._running]:
            thread.join(timeout=30)

    def wait(self) -> None:
        """Block until stopped."""
        self._stopping.wait()

    def _consume(self) -> None:
        # Celery waits for a broker that is away, but gives up on one that refuses commands, such
        # as Redis on a full volume
        while not self._stopping.is_set():
            self._controller = WorkController(
                app=self._broker.app,
                hostname=_HOSTNAME,
                pool="solo",
                concurrency=1,
                queues=list(self._broker.queues),
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
            )
            self._controller.start()
            if not self._stopping.wait(_RESTART_S):
                _log.warning("no messages were taken for %g s, beginning again", _RESTART_S)

    def _relay(self) -> None:
        outbox = self._broker.ledger.outbox
        while not self._stopping.wait(_RELAY_INTERVAL_S):
            try:
                outbox.publish(self._broker.send, self._most)
            except GoldbriefError as error:
                _log.warning("messages could not be published, trying again: %s", error)
                self._stopping.wait(1.0)

    def _sweep(self) -> None:
        while not self._stopping.wait(_SWEEP_INTERVAL_S):
            try:
                self._broker.ledger.outbox.sweep()
            except GoldbriefError as error:
                _log.warning("the sweep failed, trying again: %s", error)
