"""Wiring of what is known of live summaries."""

from __future__ import annotations

from functools import partial

from goldbrief.core.settings import read_settings_of
from goldbrief.evaluation.live.config import LiveSettings
from goldbrief.evaluation.live.forgetting import forget_in_time
from goldbrief.evaluation.live.gauges import LiveGauges
from goldbrief.evaluation.live.heldout_scores import HeldOutScores
from goldbrief.evaluation.live.observing import Judge, Observer
from goldbrief.evaluation.live.profiles import TrainingProfiles
from goldbrief.evaluation.live.quality import QualityReader
from goldbrief.evaluation.live.reporting import Reports
from goldbrief.evaluation.live.server import LiveServicer
from goldbrief.evaluation.live.texts import LiveTexts
from goldbrief.platform.hosting import Resources


def build_live(resources: Resources, judge: Judge) -> LiveServicer:
    """Make the RPCs, and have what was kept too long deleted."""
    settings = read_settings_of(LiveSettings)
    database, store = resources.database, resources.store
    texts = LiveTexts(store, settings.text_days)
    resources.in_background("forget", partial(forget_in_time, database, texts))
    profiles = TrainingProfiles(resources.ledger, store, resources.embedder)
    scores = HeldOutScores(resources.ledger, store)
    reader = QualityReader(database, profiles, scores, settings.window_days)
    if resources.settings.metrics_port:
        resources.closing.callback(LiveGauges(reader).register().unregister)
    observer = Observer(database, texts, profiles, judge, settings.daily_judgments)
    return LiveServicer(observer, Reports(database, store, texts), reader, settings)
