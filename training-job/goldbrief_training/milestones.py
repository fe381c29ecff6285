"""What happens at checkpoints beside saving: answers to prompts, and the loss on held-out rows."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from goldbrief.core.hashing import canonical_json
from goldbrief.core.seams import ObjectStore
from goldbrief.core.training import TrainingSpec, generations_key
from goldbrief_training.encoding import Sample
from goldbrief_training.evaluation import held_out_nll
from goldbrief_training.events import EventLog
from goldbrief_training.generation import generate
from goldbrief_training.interruption import Interruption
from goldbrief_training.state import TrainingState


@dataclass(frozen=True, slots=True)
class Milestones:
    """The steps of a run at which its state is saved and looked at.

    What a look found is stored, so that a run that is resumed at a milestone looks once.
    """

    spec: TrainingSpec
    steps: int
    """Of the plan."""
    held_out: Sequence[Sample]
    store: ObjectStore
    events: EventLog
    interruption: Interruption

    def is_due(self, step: int) -> bool:
        """Whether the state after a step is saved."""
        return (
            step == self.steps
            or step % self.spec.checkpoint_every_steps == 0
            or self._is_measured(step)
        )

    def look(self, state: TrainingState) -> None:
        """Do what is to be done at a step and was not done before; raises RunInterruptedError."""
        if state.step == 0 or not self.is_due(state.step):
            return
        if self.spec.eval_prompts and self._is_answered(state.step):
            self._generate(state)
        if self._is_measured(state.step):
            self._measure(state)

    def is_over(self, step: int) -> bool:
        """Whether the held-out loss, measured at a step, has not fallen for too long."""
        stopping = self.spec.early_stopping
        if stopping is None or not self._is_measured(step):
            return False
        losses = self._losses()
        best = _lowest(losses)
        return sum(measured > best for measured in losses) >= stopping.patience

    @property
    def best_step(self) -> int:
        """The step with the lowest held-out loss; 0 when none was measured."""
        return _lowest(self._losses())

    @property
    def kept_steps(self) -> tuple[int, ...]:
        """Steps whose checkpoints are still needed, however old."""
        return (self.best_step,) if self.spec.early_stopping else ()

    def _is_answered(self, step: int) -> bool:
        at_checkpoints = self.spec.eval_prompts_at == "checkpoints"
        return at_checkpoints or step == self.steps or self._is_measured(step)

    def _is_measured(self, step: int) -> bool:
        if self.spec.early_stopping is None:
            return False
        every = max(1, math.ceil(self.spec.early_stopping.every * self.steps))
        return step % every == 0 or step == self.steps

    def _generate(self, state: TrainingState) -> None:
        key = generations_key(self.spec.run_id, state.step)
        if not self.store.exists(key):
            prompts, longest = self.spec.eval_prompts, self.spec.eval_max_tokens
            texts = generate(state.model, prompts, longest, self.interruption)
            self.store.put(key, canonical_json(texts))

    def _measure(self, state: TrainingState) -> None:
        key = f"{self._measurements}step-{state.step}.json"
        if self.store.exists(key):
            return
        loss = held_out_nll(
            state.model, self.held_out, self.spec.micro_batch_size, self.interruption
        )
        self.store.put(key, canonical_json({"step": state.step, "loss": loss}))
        best = self.best_step
        self.events.emit(
            "MEASURED",
            f"Held-out loss {loss:.4f} after step {state.step}; the lowest is that of step {best}.",
            step=state.step,
            held_out_loss=loss,
            best_step=best,
        )

    def _losses(self) -> dict[int, float]:
        measured = [json.loads(self.store.get(key)) for key in self.store.list(self._measurements)]
        return {one["step"]: one["loss"] for one in measured}

    @property
    def _measurements(self) -> str:
        return f"runs/{self.spec.run_id}/measurements/"


def _lowest(losses: dict[int, float]) -> int:
    """The step of the lowest loss, the first of equals; 0 when there is none."""
    return min(losses, key=lambda step: (losses[step], step), default=0)
