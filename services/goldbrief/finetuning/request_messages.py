"""Requests of the API as requests of this room, for runs and sweeps alike."""

from __future__ import annotations

from collections.abc import Iterable

from goldbrief.api.finetuning.v1 import finetuning_pb2 as pb
from goldbrief.finetuning.data_paths import AskedSource
from goldbrief.finetuning.training_requests import TrainingRequest

_PLAIN_FIELDS = (
    "request_id", "run_id", "model", "train_data_path", "eval_data_path", "register_to",
    "training_duration", "task_type", "hyperparameters_json", "prompt_json",
    "custom_weights_path", "experiment_path", "skip_validation", "dry_run", "budget_hours",
)  # fmt: skip
"""Fields that the request and TrainingRequest have in common as they are."""


def training_request(request: pb.CreateFinetuningRunRequest) -> TrainingRequest:
    """Read the request for a run; nothing is checked."""
    fields = {name: getattr(request, name) for name in _PLAIN_FIELDS}
    resources = request.resources
    return TrainingRequest(
        **fields,
        eval_prompts=tuple(request.eval_prompts),
        train_data=_asked(request.train_data),
        eval_data=_asked(request.eval_data),
        resources={
            "gpus": resources.gpus if resources.HasField("gpus") else None,
            "memory": resources.memory,
            "priority_class": resources.priority_class,
            "queue": resources.queue,
            "node_selector": dict(resources.node_selector),
        },
    )


def _asked(sources: Iterable[pb.DataSource]) -> tuple[AskedSource, ...]:
    return tuple(AskedSource(one.path, one.weight, one.name) for one in sources)
