"""A ledger on a throw-away database, and a worker that runs it to its end."""

from __future__ import annotations

import time
from pathlib import Path
from types import MappingProxyType

from goldbrief.core.settings import Settings
from goldbrief.platform.broker import BackgroundWorker, Broker
from goldbrief.platform.ledger import Base, Database, Ledger, Work
from goldbrief.platform.ledger.spending import Prices
from goldbrief.platform.storage import DirectoryStore


def make_ledger(
    folder: Path, lease_s: float = 30.0, prices: Prices = MappingProxyType({})
) -> Ledger:
    """Make a ledger on SQLite in `folder`, with every table that was imported so far."""
    database = Database(f"sqlite:///{folder / 'test.db'}")
    Base.metadata.create_all(database.engine)
    return Ledger(database, DirectoryStore(folder / "objects"), lease_s, prices)


def make_broker(folder: Path, ledger: Ledger) -> Broker:
    """Make a broker inside this process."""
    return Broker(Settings(home=folder), ledger)


def run_to_end(broker: Broker, work_id: str, timeout_s: float = 60.0) -> Work:
    """Work on everything until the work has ended; raises TimeoutError."""
    worker = BackgroundWorker(broker, threads=4)
    worker.start()
    try:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            work = broker.ledger.works.get(work_id)
            if work.ended_at is not None:
                return work
            time.sleep(0.02)
        raise TimeoutError(
            f"{work_id} is still {work.state}: {broker.ledger.works.counts(work_id)}"
        )
    finally:
        worker.stop()
        broker.close()
