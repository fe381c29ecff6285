"""What changes during training, and its way into a checkpoint and back."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import torch
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner
from torch.distributed.checkpoint.hf_storage import (
    HuggingFaceStorageReader,
    HuggingFaceStorageWriter,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from goldbrief_training.checkpoints import Checkpoint
from goldbrief_training.model import TrainableModel

_STATE = "state.safetensors"


class TrainingState:
    """Trained weights, optimizer, counters and random state of a run.

    The optimizer is AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) without weight
    decay, which would pull an adapter towards the untuned model.

    Args:
        model: The model to train.
    """

    def __init__(self, model: TrainableModel) -> None:
        self.model = model
        self.optimizer = torch.optim.AdamW(model.trainable.values(), weight_decay=0.0, fused=True)
        for parameter in model.trainable.values():
            # As AdamW itself would at the first step, so that a checkpoint always has the same.
            self.optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter),
                "exp_avg_sq": torch.zeros_like(parameter),
            }
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

    def write(self, folder: Path, random_state: dict[str, torch.Tensor]) -> None:
        """Write the state as safetensors; of weights that ranks share, each writes its part.

        Args:
            folder: An empty folder of this rank.
            random_state: As it was after step `self.step`.
        """
        tensors = self._tensors() | random_state
        if self.model.is_sharded:
            save(
                tensors, storage_writer=HuggingFaceStorageWriter(str(folder), save_distributed=True)
            )
        else:
            own = {name: tensor.cpu() for name, tensor in tensors.items()}
            safetensors.torch.save_file(own, folder / _STATE)

    @torch.no_grad()
    def restore(self, checkpoint: Checkpoint) -> None:
        """Become the state of a checkpoint of the same run.

        Args:
            checkpoint: What `write` wrote, by any number of ranks.
        """
        self.step, self.tokens = checkpoint.step, checkpoint.tokens
        random_state = self.random_state()
        tensors = self._tensors() | random_state
        if self.model.peft is None:
            load(
                tensors,
                storage_reader=HuggingFaceStorageReader(str(checkpoint.folder)),
                planner=DefaultLoadPlanner(allow_partial_load=True),
                no_dist=not self.model.is_sharded,
            )
        else:
            stored = safetensors.torch.load_file(checkpoint.folder / _STATE)
            for name in tensors.keys() & stored.keys():
                tensors[name].copy_(stored[name])
        torch.set_rng_state(random_state["random.cpu"])
        if "random.cuda" in random_state:
            torch.cuda.set_rng_state(random_state["random.cuda"], self.model.device)

    def _tensors(self) -> dict[str, torch.Tensor]:
        """Those that training changes, themselves."""
        tensors = {}
        for name, parameter in self.model.trainable.items():
            tensors[f"weights.{name}"] = parameter.detach()
            for moment, value in self.optimizer.state[parameter].items():
                tensors[f"optimizer.{name}.{moment}"] = value
        return tensors
