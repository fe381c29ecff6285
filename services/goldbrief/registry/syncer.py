"""Brings the ordered adapters to one engine: `python -m goldbrief.registry.syncer [--once]`.

It runs beside the engine and shares its folder of served adapters. Each adapter appears
there by a rename: complete, verified, and never changed afterwards.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from goldbrief.core.errors import GoldbriefError, ResourceExhaustedError
from goldbrief.core.seams import ObjectStore
from goldbrief.core.settings import Settings
from goldbrief.platform.hosting import run_process
from goldbrief.platform.storage import open_store
from goldbrief.registry.orders import ordered_names, read_order
from goldbrief.registry.signatures import ManifestTrust

_log = logging.getLogger(__name__)

_INCOMING = ".incoming-"
_ABANDONED_S = 3600.0
"""Age at which a half-fetched adapter belongs to nobody: longer than any fetch."""
_RETRY_S = 30.0
"""Until the next try of an adapter that could not be brought."""


class Syncer:
    """Keeps an engine's folder in step with the orders.

    Args:
        store: Holds orders and adapters.
        folder: Where the engine looks; each adapter gets `<model>--<version>/` in it.
        trust: Says whose versions the engine may have.
    """

    def __init__(self, store: ObjectStore, folder: Path, trust: ManifestTrust) -> None:
        self._store = store
        self._folder = folder
        self._trust = trust
        self._not_before: dict[str, float] = {}

    def sync(self) -> bool:
        """Bring what is ordered and not here yet.

        One adapter that cannot be brought does not hold up the others; it is logged and
        tried again later.

        Returns:
            Whether every ordered adapter is here.

        Raises:
            TransientError: The object store does not answer.
        """
        names = [name for name in ordered_names(self._store) if not (self._folder / name).is_dir()]
        for name in names:
            if time.monotonic() >= self._not_before.get(name, 0.0):
                self._bring(name)
        return all((self._folder / name).is_dir() for name in names)

    def remove_abandoned(self) -> None:
        """Remove what a syncer that was killed had begun to fetch."""
        for path in self._folder.glob(f"{_INCOMING}*"):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(path, ignore_errors=True)

    def _bring(self, name: str) -> None:
        try:
            self._place(name)
        except GoldbriefError as error:
            _log.error("%s is not brought to the engine: %s", name, error)
            self._not_before[name] = time.monotonic() + _RETRY_S
        else:
            _log.info("%s is here", name)

    def _place(self, name: str) -> None:
        order = read_order(self._store, name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=_INCOMING) as incoming:
                complete = Path(incoming, name)
                complete.mkdir()
                self._trust.fetch(self._store, order, name, complete)
                for path in (*complete.iterdir(), complete):
                    _flush(path)
                _rename(complete, self._folder / name)
            _flush(self._folder)
        except OSError as error:
            raise ResourceExhaustedError(
                f"{self._folder} cannot be written: {error.strerror}.",
                reason="DISK_FULL" if error.errno == errno.ENOSPC else "FOLDER_NOT_WRITABLE",
                remedy="Give the engine's volume more space, or let our user write to it.",
            ) from error


class SyncerThread:
    """A syncer in a background thread.

    Args:
        syncer: What it runs.
        interval_s: Seconds between two looks.
    """

    def __init__(self, syncer: Syncer, interval_s: float) -> None:
        self._stop = threading.Event()
        arguments = (syncer, interval_s, self._stop)
        self._thread = threading.Thread(
            target=follow, args=arguments, name="adapter-syncer", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Finish the adapter in hand, then end."""
        self._stop.set()
        self._thread.join()


def follow(syncer: Syncer, interval_s: float, stop: threading.Event) -> None:
    """Sync again and again until `stop` is set, also while the object store is away."""
    syncer.remove_abandoned()
    while not stop.is_set():
        try:
            syncer.sync()
        except GoldbriefError as error:
            _log.warning("the orders cannot be read, trying again: %s", error)
            stop.wait(max(interval_s, 1.0))
        stop.wait(interval_s)


def open_syncer(settings: Settings, store: ObjectStore) -> Syncer:
    """The syncer that the settings ask for; raises InvalidInputError for a wrong key in them."""
    return Syncer(store, settings.served_adapters_dir, ManifestTrust.of(settings))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        Exit code: 0 after a signal, or once all is here; 1 after an error.
    """
    parser = argparse.ArgumentParser(prog="python -m goldbrief.registry.syncer")
    parser.add_argument(
        "--once", action="store_true", help="bring what is ordered now, as far as possible, and end"
    )
    once = parser.parse_args(arguments).once

    def run(settings: Settings, stop: threading.Event) -> None:
        syncer = open_syncer(settings, open_store(settings))
        if once:
            syncer.sync()
        else:
            follow(syncer, settings.adapter_sync_s, stop)

    return run_process("registry.syncer", run)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        # another process was faster, with the same files
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise


if __name__ == "__main__":
    raise SystemExit(main())
