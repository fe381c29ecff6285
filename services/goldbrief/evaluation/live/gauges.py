"""Drift and open reports as gauges: computed when they are read, at most once a minute."""

from __future__ import annotations

from prometheus_client.core import GaugeMetricFamily

from goldbrief.evaluation.live.quality import QualityReader
from goldbrief.platform.metrics.kept_gauges import KeptGauges

_KEPT_S = 60.0
_LABELS = ["model", "version", "feature"]


class LiveGauges(KeptGauges):
    """How far live summaries are from training, and what waits to be looked at.

    Args:
        reader: Knows it.
        kept_s: How long an answer serves all who ask.
    """

    def __init__(self, reader: QualityReader, kept_s: float = _KEPT_S) -> None:
        super().__init__(kept_s)
        self._reader = reader

    def read(self) -> list[GaugeMetricFamily]:
        """See KeptGauges.read."""
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
