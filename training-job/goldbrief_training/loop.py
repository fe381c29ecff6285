"""The training loop: batches in, a better adapter out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.training import TrainingSpec
from goldbrief_training import sharding
from goldbrief_training.batches import micro_batches
from goldbrief_training.checkpoints import Checkpoints
from goldbrief_training.encoding import Sample, end_of_text
from goldbrief_training.events import EventLog
from goldbrief_training.interruption import Interruption, RunInterruptedError
from goldbrief_training.milestones import Milestones
from goldbrief_training.model import TrainableModel, completion_nll
from goldbrief_training.plan import Plan
from goldbrief_training.ranks import ALONE, Ranks
from goldbrief_training.state import TrainingState


class NonFiniteLossError(InvalidInputError):
    """The loss or its gradient is infinite or not a number; the same spec would end there again."""

    default_reason = "NON_FINITE_LOSS"


@dataclass(frozen=True, slots=True)
class Loop:
    """One run's way through its plan."""

    spec: TrainingSpec
    """As `memory.fitted` gives it."""
    samples: Sequence[Sample]
    plan: Plan
    checkpoints: Checkpoints
    milestones: Milestones
    events: EventLog
    interruption: Interruption
    ranks: Ranks = ALONE

    def run(self, state: TrainingState) -> None:
        """Train from `state` to the end of the plan, saving as it goes.

        A signal is answered between micro-batches, since a step can outlast the 30
        seconds that Kubernetes grants: the unfinished step is given up, and its start
        is the checkpoint. Several ranks answer together, between steps.

        Args:
            state: Where to start; changed in place.

        Raises:
            NonFiniteLossError: See there; the state is that before the failing step.
            RunInterruptedError: A signal came; the checkpoint is stored.
        """
        speed = _Speed(state.tokens)
        while True:
            self.milestones.look(state)
            asked = self.ranks.any(self.interruption.requested, state.model.device)
            if state.step == len(self.plan.steps) or self.milestones.is_over(state.step):
                return
            random_state = state.random_state()
            try:
                if asked:
                    self.interruption.check()
                    raise RunInterruptedError("Another rank was asked to leave.")
                loss = self._optimizer_step(state)
            except RunInterruptedError:
                self._save(state, random_state)
                raise
            self._report(state, loss, speed)
            if self.milestones.is_due(state.step):
                self._save(state, state.random_state())

    def _optimizer_step(self, state: TrainingState) -> float:
        """Do one step; returns the mean loss of its completion tokens, in nats."""
        step = self.plan.steps[state.step]
        rows = [self.samples[row] for row in step.rows]
        model = state.model
        state.optimizer.zero_grad(set_to_none=True)
        loss = self._add_gradients(model, rows)
        norm = sharding.whole(
            torch.nn.utils.clip_grad_norm_(model.trainable.values(), self.spec.grad_clip)
        )
        if not (math.isfinite(loss) and math.isfinite(norm.item())):
            places = ", ".join(row.where for row in rows)
            raise NonFiniteLossError(
                f"Step {state.step + 1}: loss {loss}, gradient norm {norm.item()}, on {places}.",
                remedy="Lower learning_rate, or look at these rows.",
            )
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate(self.spec, state.step, len(self.plan.steps))
        state.optimizer.step()
        state.step += 1
        state.tokens += step.tokens
        return loss

    def _add_gradients(self, model: TrainableModel, rows: Sequence[Sample]) -> float:
        """Each rank its share; afterwards all have the gradients of all rows, and the loss."""
        size = self.spec.micro_batch_size
        if self.ranks.size == 1:
            return add_gradients(model, rows, size, self.interruption.check)
        own = self.ranks.share(rows, size)
        weight = _completion_tokens(own) / _completion_tokens(rows)
        loss = torch.zeros(1, device=model.device)
        if model.is_shared and self.ranks.has_pass_less(rows, size):
            # All gather the weights together, so that nobody may sit a pass out.
            add_gradients(model, rows[-1:], size, weight=0.0)
        if own:
            loss += add_gradients(model, own, size, weight=weight) * weight
        self.ranks.add_up([loss, *(() if model.peft is None else _gradients(model))])
        return loss.item()

    def _report(self, state: TrainingState, loss: float, speed: _Speed) -> None:
        steps = len(self.plan.steps)
        tokens_per_s = speed.tokens_per_s(state.tokens)
        self.events.emit(
            "PROGRESS",
            f"Step {state.step} of {steps}: loss {loss:.4f}, {tokens_per_s:.0f} tokens/s.",
            step=state.step,
            steps=steps,
            loss=loss,
            learning_rate=learning_rate(self.spec, state.step - 1, steps),
            tokens=state.tokens,
            tokens_per_s=round(tokens_per_s, 1),
            epoch=self.plan.steps[state.step - 1].epoch,
            remaining_s=round((self.plan.tokens - state.tokens) / tokens_per_s, 1),
        )

    def _save(self, state: TrainingState, random_state: dict[str, torch.Tensor]) -> None:
        is_sharded = state.model.is_sharded
        if not (self.ranks.is_first or is_sharded):
            return
        self.checkpoints.save(
            state.step,
            state.tokens,
            lambda folder: state.write(folder, random_state),
            self.milestones.kept_steps,
            self.ranks if is_sharded else ALONE,
        )
        self.events.emit("CHECKPOINT", f"Checkpoint of step {state.step}.", step=state.step)


def add_gradients(
    model: TrainableModel,
    rows: Sequence[Sample],
    micro_batch_size: int,
    between: Callable[[], None] = lambda: None,
    weight: float = 1.0,
) -> float:
    """Add the gradients of an optimizer batch to those of the trained parameters.

    Args:
        model: The model.
        rows: The optimizer batch, best sorted by length.
        micro_batch_size: Rows of one pass.
        between: Called before each pass; may raise to give the batch up.
        weight: Of the gradients, in a step that ranks share.

    Returns:
        The mean loss of the batch's completion tokens, in nats.
    """
    completion_tokens = _completion_tokens(rows)
    parts = []
    for batch in micro_batches(rows, micro_batch_size, end_of_text(model.tokenizer), model.device):
        between()
        with model.computing():
            nll = completion_nll(model.without_frozen, batch, model.levers.chunked_head)
        # Each token of the optimizer batch weighs the same, whatever micro-batch it is in.
        with model.recomputing():
            torch.autograd.backward(nll * weight / completion_tokens)
        parts.append(nll.detach())
    # Read once, since a GPU stands still while its results are waited for.
    return torch.stack(parts).sum().item() / completion_tokens


def _gradients(model: TrainableModel) -> list[torch.Tensor]:
    """Of all trained parameters, also those that no row of this rank has reached."""
    parameters = model.trainable.values()
    return [p.grad if p.grad is not None else _with_zeros(p) for p in parameters]


def _with_zeros(parameter: torch.nn.Parameter) -> torch.Tensor:
    parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _completion_tokens(rows: Sequence[Sample]) -> int:
    return sum(row.completion_tokens for row in rows)


def learning_rate(spec: TrainingSpec, step: int, steps: int) -> float:
    """Linear warm-up to `spec.learning_rate`, then `spec.schedule`.

    Args:
        spec: Gives the peak, the fraction of steps that warm up, and the schedule.
        step: Steps done before this one.
        steps: Steps of the whole run.

    Returns:
        The learning rate of the step.
    """
    warmup = math.ceil(spec.warmup_fraction * steps)
    if step < warmup:
        return spec.learning_rate * (step + 1) / warmup
    left = (steps - step) / (steps - warmup)
    factor = {
        "linear": left,
        "cosine": (1 - math.cos(math.pi * left)) / 2,
        "constant": 1.0,
    }[spec.schedule]
    return spec.learning_rate * factor


class _Speed:
    """Tokens per second of this process, without what came before a restart."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._start = time.monotonic()

    def tokens_per_s(self, tokens: int) -> float:
        return (tokens - self._tokens) / max(time.monotonic() - self._start, 1e-6)
