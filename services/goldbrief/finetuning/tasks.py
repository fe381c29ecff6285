"""The stages of fine-tuning as tasks."""

from __future__ import annotations

from goldbrief.finetuning.reconciler import Reconciler
from goldbrief.finetuning.runs import STAGES
from goldbrief.platform.broker import Broker


def register(broker: Broker, reconciler: Reconciler) -> None:
    """Let the reconciler do the stages."""
    broker.on_stage(STAGES["check"], reconciler.check)
    broker.on_stage(STAGES["train"], reconciler.train)
    broker.on_stage(STAGES["register"], reconciler.register)
