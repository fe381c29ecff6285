"""Drift and open reports as gauges: computed when they are read, at most once a minute."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

from goldbrief.core.errors import GoldbriefError
from goldbrief.evaluation.live.quality import QualityReader

_KEPT_S = 60.0
_LABELS = ["model", "version", "feature"]
_log = logging.getLogger(__name__)


class LiveGauges(Collector):
    """How far live summaries are from training, and what waits to be looked at.

    Args:
        reader: Knows it.
        kept_s: How long an answer serves all who ask.
    """

    def __init__(self, reader: QualityReader, kept_s: float = _KEPT_S) -> None:
        self._reader = reader
        self._kept_s = kept_s
        self._kept: list[GaugeMetricFamily] = []
        self._asked = -kept_s
        self._lock = threading.Lock()

    def register(self) -> LiveGauges:
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
                    self._kept = self._read()
                except GoldbriefError as error:
                    _log.warning("what is known of live summaries is not told: %s", error)
                    self._kept = []
                self._asked = time.monotonic()
            yield from self._kept

    def _read(self) -> list[GaugeMetricFamily]:
        quality = self._reader.read()
        live = _family("answers", "Different articles of the window that have the feature.")
        needed = _family("answers_needed", "How many it takes; 0: training has too few.")
        psi = _family("drift", "Population stability index against training; where it can be told.")
        limit = _family(
            "drift_limit", "What chance exceeds once in a thousand looks, 0.1 at least."
        )
        for one in quality.versions:
            for feature, drift in one.drift.items():
                labels = [one.model, one.version, feature]
                live.add_metric(labels, drift.live)
                needed.add_metric(labels, drift.needed)
                if drift.verdict != "not enough":
                    psi.add_metric(labels, drift.psi)
                    limit.add_metric(labels, drift.limit)
        waiting = GaugeMetricFamily(
            "goldbrief_live_reports_open",
            "Summaries that were marked wrong, and that nobody has looked at.",
            quality.open_reports,
        )
        age = GaugeMetricFamily(
            "goldbrief_live_report_age_seconds", "Of the oldest of these.", quality.oldest_open_s
        )
        return [live, needed, psi, limit, waiting, age]


def _family(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"goldbrief_live_{name}", text, labels=_LABELS)
