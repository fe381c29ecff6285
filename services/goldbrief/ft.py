"""Fine-tuning in one call.

    from goldbrief import ft
    run = ft.create("mistral-7b", "briefs/3f2a99", "briefs", training_duration="1ep")
    run.wait()
    print(run.model_version, run.evaluation)

Functions talk to the server that GOLDBRIEF_ADDRESS names (127.0.0.1:7700), or to that of the
`client` given. They raise `goldbrief.core.errors`.
"""

from __future__ import annotations

import builtins
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.training_rows import TaskType
from goldbrief.sdk.client import Client
from goldbrief.sdk.finetuning import FinetuningFailedError, FinetuningRun, TrainingCheckpoint
from goldbrief.sdk.training_data import TrainingDataPaths, data_sources

__all__ = [
    "FinetuningFailedError",
    "FinetuningRun",
    "TrainingCheckpoint",
    "cancel",
    "cancel_experiment",
    "create",
    "delete",
    "get",
    "get_checkpoints",
    "get_events",
    "get_models",
    "list",
]


def create(  # noqa: PLR0913 - one call, and nothing but the first five needed
    model: str,
    train_data_path: TrainingDataPaths,
    register_to: str,
    training_duration: str = "1ep",
    task_type: TaskType = "INSTRUCTION_FINETUNE",
    *,
    eval_data_path: TrainingDataPaths = (),
    eval_prompts: Sequence[str] = (),
    custom_weights_path: str = "",
    learning_rate: float | None = None,
    context_length: int | None = None,
    validate_inputs: bool = True,
    experiment_path: str = "",
    lora_rank: int | None = None,
    lora_alpha: int | None = None,
    lora_targets: str | None = None,
    rslora: bool = False,
    batch_size: int | None = None,
    seed: int | None = None,
    schedule: str | None = None,
    early_stopping: bool | Mapping[str, Any] = False,
    on_overflow: str | None = None,
    gpus: int | None = None,
    resources: Mapping[str, Any] | None = None,
    priority: str = "",
    budget_hours: float = 0.0,
    dry_run: bool = False,
    hyperparameters: Mapping[str, Any] | None = None,
    prompt_json: str = "",
    request_id: str = "",
    client: Client | None = None,
) -> FinetuningRun:
    """Start a fine-tuning run.

    Args:
        model: Base model: a name of `get_models`, a folder of the server, or a hub id.
        train_data_path: A file or folder of this machine (uploaded), a dataset version as
            `name/version`, an object key or a prefix of keys. A sequence takes several, a
            mapping gives each a weight.
        register_to: Model name that the result is registered under.
        training_duration: `1ep`, `200ba`, `500sp` or `1000000tok`.
        task_type: INSTRUCTION_FINETUNE (rows of prompt and response), CHAT_COMPLETION (rows
            of messages) or CONTINUED_PRETRAIN (text).
        eval_data_path: Held-out rows; none takes those of the dataset version.
        eval_prompts: Completed at each checkpoint; see `get_checkpoints`.
        custom_weights_path: An adapter to go on from: `model@version`, or its key prefix.
        learning_rate: Peak; None means 3e-4.
        context_length: Longest row in tokens; None means 2048.
        validate_inputs: Whether the data are checked with the tokenizer before a GPU is asked
            for.
        experiment_path: Groups runs.
        lora_rank: None means 16.
        lora_alpha: None means 32.
        lora_targets: Comma-separated module names; None means all linear layers.
        rslora: Scale by alpha / sqrt(rank).
        batch_size: Rows of one optimizer step; None means 16.
        seed: Of data order and adapter; None means 0.
        schedule: `linear`, `cosine` or `constant`; None means linear.
        early_stopping: True, or fields of `core.training.EarlyStopping`.
        on_overflow: What becomes of rows that are too long: `error`, `drop` or `truncate`;
            None means error.
        gpus: GPUs of the training Job; None means what the installation says.
        resources: Other fields of the message JobResources: memory, queue, node_selector.
        priority: PriorityClass of the training pods.
        budget_hours: Hours that training may take; 0 means as long as it takes.
        dry_run: Checks and estimates only: wait for it, then read `estimate`.
        hyperparameters: Any other field of `core.training.TrainingSpec`.
        prompt_json: Prompt format for rows that are not of a dataset version.
        request_id: Makes the call idempotent; empty makes one up.
        client: None connects to GOLDBRIEF_ADDRESS.

    Returns:
        The run, started.

    Raises:
        InvalidInputError: The request cannot work, or local rows are bad.
    """
    client = client or Client()
    lora = {"rank": lora_rank, "alpha": lora_alpha, "target_modules": lora_targets}
    chosen: dict[str, Any] = {
        "learning_rate": learning_rate,
        "context_length": context_length,
        "batch_size": batch_size,
        "seed": seed,
        "schedule": schedule,
        "on_overflow": on_overflow,
        "early_stopping": {} if early_stopping is True else early_stopping or None,
        "lora": {**_given(lora), **({"rslora": True} if rslora else {})} or None,
        **(hyperparameters or {}),
    }
    fields = {**(resources or {}), "priority_class": priority}
    asked = finetuning_pb2.JobResources(**fields)
    if gpus is not None:
        asked.gpus = gpus
    request = finetuning_pb2.CreateFinetuningRunRequest(
        request_id=request_id or f"ft-{uuid.uuid4().hex}",
        model=model,
        train_data=data_sources(client, train_data_path, task_type),
        eval_data=data_sources(client, eval_data_path, task_type),
        register_to=register_to,
        training_duration=training_duration,
        task_type=task_type,
        hyperparameters_json=json.dumps(_given(chosen)),
        prompt_json=prompt_json,
        custom_weights_path=custom_weights_path,
        experiment_path=experiment_path,
        skip_validation=not validate_inputs,
        dry_run=dry_run,
        resources=asked,
        budget_hours=budget_hours,
        eval_prompts=eval_prompts,
    )
    answer = client.finetuning.CreateFinetuningRun(request)
    return FinetuningRun(client, answer.finetuning_run)


def get(run_id: str, client: Client | None = None) -> FinetuningRun:
    """Return a run; raises NotFoundError."""
    client = client or Client()
    request = finetuning_pb2.GetFinetuningRunRequest(id=run_id)
    return FinetuningRun(client, client.finetuning.GetFinetuningRun(request).finetuning_run)


def list(  # noqa: A001 - reads as ft.list
    *,
    experiment_path: str = "",
    states: Sequence[str] = (),
    model: str = "",
    register_to: str = "",
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    limit: int = 0,
    client: Client | None = None,
) -> builtins.list[FinetuningRun]:
    """List runs that match everything given, newest first.

    Args:
        experiment_path: Only those of this experiment.
        states: Only those in one of these states, e.g. `RUNNING`.
        model: Only those of this base model.
        register_to: Only those that register to this name.
        created_after: Only those created then or later.
        created_before: Only those created before.
        limit: At most so many; 0 means 100.
        client: None connects to GOLDBRIEF_ADDRESS.

    Returns:
        The runs.
    """
    client = client or Client()
    request = finetuning_pb2.ListFinetuningRunsRequest(
        experiment_path=experiment_path,
        states=[f"STATE_{state.upper()}" for state in states],
        model=model,
        register_to=register_to,
        limit=limit,
    )
    if created_after is not None:
        request.created_after.FromDatetime(created_after)
    if created_before is not None:
        request.created_before.FromDatetime(created_before)
    found = client.finetuning.ListFinetuningRuns(request).finetuning_runs
    return [FinetuningRun(client, message) for message in found]


def cancel(*run_ids: str, client: Client | None = None) -> builtins.list[FinetuningRun]:
    """Stop runs for good; returns them."""
    client = client or Client()
    return [get(run_id, client).cancel() for run_id in run_ids]


def cancel_experiment(
    experiment_path: str, client: Client | None = None
) -> builtins.list[FinetuningRun]:
    """Stop all runs of an experiment; returns those that had not ended."""
    client = client or Client()
    request = finetuning_pb2.CancelExperimentRequest(experiment_path=experiment_path)
    stopped = client.finetuning.CancelExperiment(request).finetuning_runs
    return [FinetuningRun(client, message) for message in stopped]


def delete(run_id: str, client: Client | None = None) -> None:
    """Remove a run that has ended, with its events and checkpoints."""
    get(run_id, client).delete()


def get_events(
    run_id: str, follow: bool = False, client: Client | None = None
) -> Iterator[work_pb2.Event]:
    """Yield the events of a run; with `follow` until it ends."""
    return get(run_id, client).events(follow)


def get_checkpoints(run_id: str, client: Client | None = None) -> builtins.list[TrainingCheckpoint]:
    """List the checkpoints of a run with the answers to its `eval_prompts`, newest first."""
    return get(run_id, client).checkpoints()


def get_models(client: Client | None = None) -> builtins.list[finetuning_pb2.BaseModel]:
    """List the base models that are kept on the server."""
    client = client or Client()
    request = finetuning_pb2.ListBaseModelsRequest()
    return [*client.finetuning.ListBaseModels(request).base_models]


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
