"""What changes during training, and its way into a checkpoint and back."""

from __future__ import annotations

import torch

from goldbrief_training.checkpoints import Checkpoint
from goldbrief_training.model import AdaptedModel

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class TrainingState:
    """Adapter, optimizer, counters and random state of a run.

    The optimizer is AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) without weight
    decay, which would pull the adapter towards the untuned model.

    Args:
        model: The model to train.
    """

    def __init__(self, model: AdaptedModel) -> None:
        self.model = model
        self.optimizer = torch.optim.AdamW(model.trainable.values(), weight_decay=0.0, fused=True)
        self.step = 0
        """Optimizer steps done."""
        self.tokens = 0
        """Training tokens seen, without padding."""

    def random_state(self) -> dict[str, torch.Tensor]:
        """State of the random generators that dropout draws from."""
        state = {"random.cpu": torch.get_rng_state()}
        if self.model.device.type == "cuda":
            state["random.cuda"] = torch.cuda.get_rng_state(self.model.device)
        return state

    def to_checkpoint(self, random_state: dict[str, torch.Tensor]) -> Checkpoint:
        """Copy the state to the CPU.

        Args:
            random_state: As it was after step `self.step`.

        Returns:
            The checkpoint.
        """
        tensors = dict(random_state)
        for name, parameter in self.model.trainable.items():
            tensors[f"adapter.{name}"] = parameter.detach().cpu()
            for moment, value in self.optimizer.state[parameter].items():
                tensors[f"optimizer.{name}.{moment}"] = value.cpu()
        return Checkpoint(self.step, self.tokens, tensors)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Become the state of a checkpoint of the same run.

        Args:
            checkpoint: Made by `to_checkpoint`.
        """
        self.step, self.tokens = checkpoint.step, checkpoint.tokens
        moments = {}
        for index, (name, parameter) in enumerate(self.model.trainable.items()):
            parameter.data.copy_(checkpoint.tensors[f"adapter.{name}"])
            stored = {m: checkpoint.tensors.get(f"optimizer.{name}.{m}") for m in _MOMENTS}
            moments[index] = {m: value for m, value in stored.items() if value is not None}
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        torch.set_rng_state(checkpoint.tensors["random.cpu"])
        if "random.cuda" in checkpoint.tensors and self.model.device.type == "cuda":
            torch.cuda.set_rng_state(checkpoint.tensors["random.cuda"], self.model.device)
