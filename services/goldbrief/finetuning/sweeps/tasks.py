"""The stages of sweeps as tasks."""

from __future__ import annotations

from goldbrief.finetuning.sweeps.conclusion import Conclusion
from goldbrief.finetuning.sweeps.judging import TrialJudging
from goldbrief.finetuning.sweeps.sweeps import STAGES
from goldbrief.finetuning.sweeps.training import TrialTraining
from goldbrief.platform.broker import Broker


def register(
    broker: Broker, training: TrialTraining, judging: TrialJudging, conclusion: Conclusion
) -> None:
    """Let these do the stages."""
    broker.on_stage(STAGES["train"], training.train)
    broker.on_stage(STAGES["judge"], judging.judge)
    broker.on_stage(STAGES["compare"], conclusion.compare)
    broker.on_stage(STAGES["register"], conclusion.register)
