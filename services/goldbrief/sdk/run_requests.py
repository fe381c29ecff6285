"""What a fine-tuning run, or every trial of a sweep, can be asked for."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.training_rows import TaskType
from goldbrief.sdk.client import Client
from goldbrief.sdk.training_data import TrainingDataPaths, data_sources


class RunOptions(TypedDict, total=False):
    """Arguments that nobody has to give; without one, its default is as said."""

    eval_data_path: TrainingDataPaths
    """Held-out rows; none takes those of the dataset version."""
    eval_prompts: Sequence[str]
    """Completed at each checkpoint; see `ft.get_checkpoints`."""
    custom_weights_path: str
    """An adapter to go on from: `model@version`, or its key prefix."""
    method: Literal["lora", "full"] | None
    """Train an adapter, or all weights; None means lora."""
    learning_rate: float | None
    """Peak; None means 3e-4, with the method full 1e-5."""
    context_length: int | None
    """Longest row in tokens; None means 2048."""
    validate_inputs: bool
    """Whether the data are checked with the tokenizer before a GPU is asked for; true."""
    experiment_path: str
    """Groups runs."""
    lora_rank: int | None
    """None means 16."""
    lora_alpha: int | None
    """None means 32."""
    lora_targets: str | None
    """Comma-separated module names; None means all linear layers."""
    rslora: bool
    """Scale by alpha / sqrt(rank)."""
    batch_size: int | None
    """Rows of one optimizer step; None means 16."""
    seed: int | None
    """Of data order and adapter; None means 0."""
    schedule: str | None
    """`linear`, `cosine` or `constant`; None means linear."""
    early_stopping: bool | Mapping[str, Any]
    """True, or fields of `core.training.EarlyStopping`."""
    on_overflow: str | None
    """What becomes of rows that are too long: `error`, `drop` or `truncate`; None means error."""
    gpus: int | None
    """GPUs of the training Job; None means what the installation says."""
    resources: Mapping[str, Any] | None
    """Other fields of the message JobResources: memory, queue, node_selector."""
    priority: str
    """PriorityClass of the training pods."""
    budget_hours: float
    """Hours that training may take; 0 means as long as it takes."""
    dry_run: bool
    """Checks and estimates only."""
    hyperparameters: Mapping[str, Any] | None
    """Any other field of `core.training.TrainingSpec`."""
    prompt_json: str
    """Prompt format for rows that are not of a dataset version."""
    request_id: str
    """Makes the call idempotent; empty makes one up."""


def run_request(
    client: Client,
    model: str,
    train_data_path: TrainingDataPaths,
    register_to: str,
    training_duration: str = "1ep",
    task_type: TaskType = "INSTRUCTION_FINETUNE",
    *,
    options: RunOptions,
) -> finetuning_pb2.CreateFinetuningRunRequest:
    """Put a request together, and upload local files that it names.

    Args:
        client: Uploads.
        model: See `ft.create`.
        train_data_path: See `ft.create`.
        register_to: See `ft.create`.
        training_duration: See `ft.create`.
        task_type: See `ft.create`.
        options: The other arguments.

    Returns:
        The request.

    Raises:
        InvalidInputError: Local rows are bad.
        TypeError: An option is unknown.
    """
    if unknown := options.keys() - RunOptions.__annotations__.keys():
        raise TypeError(f"unknown arguments: {', '.join(sorted(unknown))}")
    request = finetuning_pb2.CreateFinetuningRunRequest(
        request_id=options.get("request_id") or f"ft-{uuid.uuid4().hex}",
        model=model,
        train_data=data_sources(client, train_data_path, task_type),
        eval_data=data_sources(client, options.get("eval_data_path", ()), task_type),
        register_to=register_to,
        training_duration=training_duration,
        task_type=task_type,
        hyperparameters_json=json.dumps(_hyperparameters(options)),
        prompt_json=options.get("prompt_json", ""),
        custom_weights_path=options.get("custom_weights_path", ""),
        experiment_path=options.get("experiment_path", ""),
        skip_validation=not options.get("validate_inputs", True),
        dry_run=options.get("dry_run", False),
        budget_hours=options.get("budget_hours", 0.0),
        eval_prompts=options.get("eval_prompts", ()),
        resources=finetuning_pb2.JobResources(
            **{**(options.get("resources") or {}), "priority_class": options.get("priority", "")}
        ),
    )
    gpus = options.get("gpus")
    if gpus is not None:
        request.resources.gpus = gpus
    return request


def _hyperparameters(options: RunOptions) -> dict[str, Any]:
    lora = {
        "rank": options.get("lora_rank"),
        "alpha": options.get("lora_alpha"),
        "target_modules": options.get("lora_targets"),
        "rslora": options.get("rslora") or None,
    }
    early_stopping = options.get("early_stopping", False)
    return _given(
        {
            "method": options.get("method"),
            "learning_rate": options.get("learning_rate"),
            "context_length": options.get("context_length"),
            "batch_size": options.get("batch_size"),
            "seed": options.get("seed"),
            "schedule": options.get("schedule"),
            "on_overflow": options.get("on_overflow"),
            "early_stopping": {} if early_stopping is True else early_stopping or None,
            "lora": _given(lora) or None,
            **(options.get("hyperparameters") or {}),
        }
    )


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
