"""The stages of a promotion as tasks."""

from __future__ import annotations

from goldbrief.platform.broker import Broker
from goldbrief.registry.promotion_stages import PromotionStages
from goldbrief.registry.promotions import STAGES


def register(broker: Broker, stages: PromotionStages) -> None:
    """Let `stages` do the stages."""
    for name, task in STAGES.items():
        broker.on_stage(task, getattr(stages, name))
