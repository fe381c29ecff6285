"""Gauges that cost something to find out: computed when they are read, and kept for a while."""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Self

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from goldbrief.core.errors import GoldbriefError

_log = logging.getLogger(__name__)


class KeptGauges(Collector):
    """Gauges of a database: several scrapers do not add to its load.

    Args:
        kept_s: How long an answer serves all who ask.
    """

    def __init__(self, kept_s: float) -> None:
        self._kept_s = kept_s
        self._kept: list[GaugeMetricFamily] = []
        self._asked = -kept_s
        self._lock = threading.Lock()

    @abstractmethod
    def read(self) -> Iterable[GaugeMetricFamily]:
        """Find them out; may raise GoldbriefError."""

    def register(self) -> Self:
        """Have every reader of this process's metrics be told; returns itself."""
        REGISTRY.register(self)
        return self

    def unregister(self) -> None:
        """Take them away again."""
        REGISTRY.unregister(self)

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing ahead, so that to register asks no database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See Collector; what is away leaves the gauges out."""
        with self._lock:
            if time.monotonic() - self._asked >= self._kept_s:
                try:
                    self._kept = list(self.read())
                except GoldbriefError as error:
                    _log.warning("%s are not told: %s", type(self).__name__, error)
                    self._kept = []
                self._asked = time.monotonic()
            yield from self._kept
