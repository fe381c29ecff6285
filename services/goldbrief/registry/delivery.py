"""Brings adapters to the engine: complete, verified, and under a name of their own."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from pathlib import Path

from goldbrief.core.errors import DataCorruptionError, TransientError
from goldbrief.core.hashing import sha256_bytes
from goldbrief.core.seams import Engine, ObjectStore
from goldbrief.registry.adapters import MANIFEST, fetch_adapter
from goldbrief.registry.tables import ModelVersion

_LOOK_INTERVAL_S = 0.2


class Delivery:
    """Copies adapters into the folder from which an engine loads them.

    Args:
        store: Holds the adapters.
        folder: Each adapter gets `<model>--<version>/` in it; the content never changes.
        engine: Looks into the folder.
        wait_s: How long the engine may take to find a new adapter.
    """

    def __init__(
        self, store: ObjectStore, folder: Path, engine: Engine, wait_s: float = 10.0
    ) -> None:
        self._store = store
        self._folder = folder
        self._engine = engine
        self._wait_s = wait_s

    def deliver(self, version: ModelVersion) -> None:
        """Place a version and wait until the engine knows it.

        Args:
            version: What to deliver; one that is there already is not copied again.

        Raises:
            NotFoundError: Its files are gone from the store.
            DataCorruptionError: They do not match the manifest.
            TransientError: The engine does not list it yet, or does not answer.
        """
        self.place(version)
        deadline = time.monotonic() + self._wait_s
        while version.served_name not in self._engine.adapters():
            if time.monotonic() > deadline:
                raise TransientError(
                    f"The engine does not list {version.served_name} after {self._wait_s:g} s.",
                    reason="ENGINE_LACKS_ADAPTER",
                    remedy=f"See whether the engine loads adapters from {self._folder}.",
                )
            time.sleep(_LOOK_INTERVAL_S)

    def place(self, version: ModelVersion) -> None:
        """Put the files where the engine looks, without waiting for it; raises as `deliver`."""
        target = self._folder / version.served_name
        if target.is_dir():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".incoming-") as incoming:
            complete = Path(incoming, version.served_name)
            complete.mkdir()
            fetch_adapter(self._store, version.prefix, complete)
            if sha256_bytes((complete / MANIFEST).read_bytes()) != version.manifest_sha256:
                raise DataCorruptionError(
                    f"The manifest of {version.served_name} is not the one that was registered.",
                    reason="ADAPTER_CORRUPT",
                )
            for path in (*complete.iterdir(), complete):
                _sync(path)
            _rename(complete, target)
        _sync(self._folder)


def _sync(path: Path) -> None:
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
