"""Faults that hit a synthesis in its course, and what must hold when it has ended."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import redis

from goldbrief.core.settings import Settings
from goldbrief.core.states import State
from goldbrief.platform.hosting import Resources
from goldbrief.platform.ledger import Item
from goldbrief.testing import faulty_store
from goldbrief.testing.invariants import Findings, examine
from goldbrief.testing.loaded_endpoint import FAULTS as USUAL_FAULTS
from goldbrief.testing.loaded_synthesis import (
    Program,
    create_synthesis,
    endpoint,
    role_settings,
)
from goldbrief.testing.servers import (
    MINIO_KEY,
    MINIO_SECRET,
    Server,
    free_port,
    minio_server,
    postgres_server,
    redis_server,
)

WORKER_THREADS = 40
"""Of each of the two workers: together more than the endpoint has slots."""
_SPEED = 5.0
"""Of the endpoint: faults are rarer in the calls the slower it is."""
_PAUSE_S = 5.0
_CLOCK_S = 3 * 3600.0
"""How far a wrong clock is off."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a synthesis with faults."""

    items: int
    seed: int
    faults: dict[str, int]
    """How often each hit."""
    seconds: float
    recovery_s: dict[str, float]
    """From the end of a fault to the next answer that was recorded: the longest of each fault,
    while a tenth of the items was left (the last may all be in the hands of what was killed)."""
    most_paid_again: int
    """Kills times the calls in flight at each."""
    found: Findings

    @property
    def holds(self) -> bool:
        """Whether all is well, and no more was paid again than was in flight at the kills."""
        return self.found.is_spotless and self.found.paid_again <= self.most_paid_again


class LoadedSynthesis:
    """A synthesis over real PostgreSQL, Redis and MinIO, its two workers, and its faulty endpoint.

    The workers reach the object store through a proxy that fails now and then.

    Args:
        folder: For data and logs.
        items: How many summaries are to be written.
        seed: Of the faults' order and moments.
    """

    def __init__(self, folder: Path, items: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._seed, self._items = seed, items
        self._stack = ExitStack()
        self._hits: dict[str, int] = {}
        self._kills = 0
        self.faults: dict[str, Callable[[], None]] = {
            "synthesis worker killed": lambda: self._kill("synthesis"),
            "judge worker killed": lambda: self._kill("judge"),
            "Redis killed": self._kill_redis,
            "Redis wiped": self._wipe_redis,
            "Redis paused": self._pause_redis,
            "PostgreSQL stopped at once": self._kill_postgres,
            "PostgreSQL cuts all connections": self._cut_connections,
            "endpoint fails every call": self._fail_endpoint,
            "endpoint hangs": self._hang_endpoint,
            "every message doubled, in another order": self._double_messages,
            "object store fails": self._fail_store,
            "clock of the synthesis worker three hours slow": lambda: self._kill(
                "synthesis", -_CLOCK_S
            ),
            "clock of the judge worker three hours fast": lambda: self._kill("judge", _CLOCK_S),
        }
        """Name to what it does."""
        self._start(folder)

    def run(self, kinds: list[str], every_s: float, most: int | None = None) -> Report:
        """Let faults hit until the synthesis has ended.

        Args:
            kinds: Names of the faults to draw from; each hits once before any hits again.
            every_s: Mean time between two.
            most: Faults after which there are no more; None for no end.

        Returns:
            What came of it.
        """
        began = time.monotonic()
        recovery_s: dict[str, float] = {}
        waiting: list[str] = []
        while not self._has_ended(self._random.expovariate(1 / every_s)):
            if sum(self._hits.values()) == most:
                continue
            waiting = waiting or self._random.sample(kinds, len(kinds))
            name = waiting.pop()
            self._hits[name] = self._hits.get(name, 0) + 1
            self.faults[name]()
            if self._done() < 0.9 * self._items:
                recovery_s[name] = max(recovery_s.get(name, 0.0), self._recovery_s())
        return self._report(time.monotonic() - began, recovery_s)

    def stop(self) -> None:
        """End all processes."""
        self._stack.close()

    def _start(self, folder: Path) -> None:
        self._endpoint_url, self._endpoint = self._stack.enter_context(endpoint(folder, _SPEED))
        self._redis = Server(redis_server, folder / "redis")
        self._stack.callback(self._redis.stop)
        self._postgres = Server(postgres_server, folder / "postgres")
        self._stack.callback(self._postgres.stop)
        store = self._stack.enter_context(minio_server(folder / "minio"))
        self._store_proxy = f"127.0.0.1:{free_port()}"
        fields = {
            "home": str(folder),
            "broker_url": self._redis.url,
            "database_url": self._postgres.url,
            "objects": "s3://goldbrief",
            "s3_endpoint": store,
            "s3_access_key": MINIO_KEY,
            "s3_secret_key": MINIO_SECRET,
            "s3_secure": "false",
            "worker_threads": str(WORKER_THREADS),
            **role_settings(self._endpoint_url),
        }
        self._resources = Resources(Settings.model_validate(fields))
        self._stack.callback(self._resources.close)
        self._work = create_synthesis(self._resources.ledger, self._resources.store, self._items)
        port = self._store_proxy.partition(":")[2]
        proxy = Program(["goldbrief.testing.faulty_store", port, store], {}, folder / "proxy.log")
        self._stack.callback(proxy.stop)
        fields["s3_endpoint"] = self._store_proxy
        environment = {f"GOLDBRIEF_{name.upper()}": value for name, value in fields.items()}
        self._workers = {}
        for room in ("synthesis", "judge"):
            log = folder / f"{room}.log"
            program = Program([f"goldbrief.{room}", "worker"], environment, log)
            self._workers[room] = program
            self._stack.callback(program.stop)

    def _kill(self, room: str, clock_s: float = 0.0) -> None:
        self._kills += 1
        self._workers[room].kill(clock_s)

    def _redis_client(self) -> redis.Redis:
        return redis.Redis.from_url(self._redis.url)

    def _redis_pid(self) -> int:
        return int(self._redis_client().info()["process_id"])

    def _kill_redis(self) -> None:
        self._redis.restart(self._redis_pid(), signal.SIGKILL)

    def _wipe_redis(self) -> None:
        self._redis_client().flushall()

    def _pause_redis(self) -> None:
        pid = self._redis_pid()
        os.kill(pid, signal.SIGSTOP)
        time.sleep(_PAUSE_S)
        os.kill(pid, signal.SIGCONT)

    def _postgres_connection(self) -> psycopg.Connection:
        url = self._postgres.url.replace("postgresql+psycopg", "postgresql")
        return psycopg.connect(url, autocommit=True)

    def _kill_postgres(self) -> None:
        with self._postgres_connection() as connection:
            folder = connection.execute("SHOW data_directory").fetchone()
        assert folder is not None  # noqa: S101 - SHOW answers with one row
        pid = int((Path(folder[0]) / "postmaster.pid").read_text().split()[0])
        self._postgres.restart(pid, signal.SIGQUIT)

    def _cut_connections(self) -> None:
        with self._postgres_connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def _fail_endpoint(self) -> None:
        httpx.post(f"{self._endpoint_url}/faults", json={"server_error": 1.0})
        time.sleep(_PAUSE_S)
        httpx.post(f"{self._endpoint_url}/faults", json=USUAL_FAULTS)

    def _hang_endpoint(self) -> None:
        with self._endpoint.paused():
            time.sleep(_PAUSE_S)

    def _fail_store(self) -> None:
        httpx.post(f"http://{self._store_proxy}/-/faults", json=faulty_store.STORM)
        time.sleep(_PAUSE_S)
        httpx.post(f"http://{self._store_proxy}/-/faults", json=faulty_store.QUIET)

    def _double_messages(self) -> None:
        items = [item for item in self._items_of_work() if not State(item.state).is_terminal]
        for item in self._random.sample(items * 2, len(items) * 2):
            self._resources.broker.send(self._work.stages[item.stage], [str(item.id)])

    def _items_of_work(self) -> list[Item]:
        return self._resources.ledger.works.items(self._work.id)

    def _done(self) -> int:
        return self._resources.ledger.works.counts(self._work.id).done

    def _recorded(self) -> int:
        return self._resources.ledger.works.counts(self._work.id).calls

    def _has_ended(self, within_s: float) -> bool:
        deadline = time.monotonic() + within_s
        while self._resources.ledger.works.get(self._work.id).ended_at is None:
            if time.monotonic() > deadline:
                return False
            for worker in self._workers.values():
                worker.revive()
            time.sleep(0.2)
        return True

    def _recovery_s(self) -> float:
        began, recorded = time.monotonic(), self._recorded()
        while self._recorded() == recorded and not self._has_ended(0.2):
            pass
        return time.monotonic() - began

    def _report(self, seconds: float, recovery_s: dict[str, float]) -> Report:
        answers = httpx.get(f"{self._endpoint_url}/stats").json()["fates"].get("answer", 0)
        resources = self._resources
        return Report(
            items=self._items,
            seed=self._seed,
            faults=dict(sorted(self._hits.items())),
            seconds=seconds,
            recovery_s=recovery_s,
            most_paid_again=self._kills * WORKER_THREADS,
            found=examine(resources.ledger, resources.store, self._work.id, answers),
        )


@contextmanager
def loaded_synthesis(folder: Path, items: int, seed: int) -> Iterator[LoadedSynthesis]:
    """Run a `LoadedSynthesis` and end it.

    Args:
        folder: For data and logs.
        items: How many summaries are to be written.
        seed: Of the faults' order and moments.

    Yields:
        The synthesis, begun.
    """
    synthesis = LoadedSynthesis(folder, items, seed)
    try:
        yield synthesis
    finally:
        synthesis.stop()
