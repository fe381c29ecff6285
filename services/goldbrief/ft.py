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
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Unpack

from goldbrief.api.common.v1 import work_pb2
from goldbrief.api.finetuning.v1 import finetuning_pb2
from goldbrief.core.training_rows import TaskType
from goldbrief.sdk.client import Client
from goldbrief.sdk.finetuning import FinetuningRun, TrainingCheckpoint
from goldbrief.sdk.run_requests import RunOptions, run_request
from goldbrief.sdk.sweeps import Sweep, SweepTrial
from goldbrief.sdk.training_data import TrainingDataPaths
from goldbrief.sdk.waiting import FinetuningFailedError

__all__ = [
    "FinetuningFailedError",
    "FinetuningRun",
    "RunOptions",
    "Sweep",
    "SweepTrial",
    "TrainingCheckpoint",
    "cancel",
    "cancel_experiment",
    "create",
    "delete",
    "get",
    "get_checkpoints",
    "get_events",
    "get_models",
    "get_sweep",
    "list",
    "list_sweeps",
    "sweep",
]


def create(
    model: str,
    train_data_path: TrainingDataPaths,
    register_to: str,
    training_duration: str = "1ep",
    task_type: TaskType = "INSTRUCTION_FINETUNE",
    *,
    client: Client | None = None,
    **options: Unpack[RunOptions],
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
        client: None connects to GOLDBRIEF_ADDRESS.
        **options: Held-out rows, hyperparameters, resources, a budget: see `RunOptions`. After a
            `dry_run`, wait for the run and read its `estimate`.

    Returns:
        The run, started.

    Raises:
        InvalidInputError: The request cannot work, or local rows are bad.
    """
    client = client or Client()
    request = run_request(
        client, model, train_data_path, register_to, training_duration, task_type, options=options
    )
    answer = client.finetuning.CreateFinetuningRun(request)
    return FinetuningRun(client, answer.finetuning_run)


def sweep(  # noqa: PLR0913 - one call, and nothing but the first three needed
    model: str,
    train_data_path: TrainingDataPaths,
    register_to: str,
    *,
    learning_rates: Sequence[float] = (),
    training_durations: Sequence[str] = (),
    grid: Mapping[str, Sequence[Any]] | None = None,
    max_parallel: int = 0,
    eval_rows: int = 0,
    budget_judge_tokens: int = 0,
    client: Client | None = None,
    **options: Unpack[RunOptions],
) -> Sweep:
    """Train with every combination of some values, and register what the judge scores highest.

    Args:
        model: As of `create`.
        train_data_path: As of `create`; rows of prompt and response.
        register_to: Model name that the winner is registered under.
        learning_rates: To try.
        training_durations: To try, e.g. `["1ep", "3ep"]`.
        grid: Values of other hyperparameters to try, e.g. `{"lora.rank": [8, 16]}`. Without any
            values the method's default grid is tried.
        max_parallel: Trials that train at once; 0 means one on a single machine, and as many as a
            cluster admits.
        eval_rows: Held-out rows that every trial answers and the judge scores; 0 means 20.
        budget_judge_tokens: Tokens that the judge may use; 0 means as many as it takes.
        client: None connects to GOLDBRIEF_ADDRESS.
        **options: What all trials have in common: see `RunOptions`. `budget_hours` is for all
            together; `dry_run` tells the trials and starts nothing.

    Returns:
        The sweep, started.

    Raises:
        InvalidInputError: The grid or a trial of it cannot work, there are no held-out rows, or
            local rows are bad.
    """
    client = client or Client()
    values: dict[str, Sequence[Any]] = {**(grid or {})}
    if learning_rates:
        values["learning_rate"] = [*learning_rates]
    if training_durations:
        values["training_duration"] = [*training_durations]
    run = run_request(client, model, train_data_path, register_to, options=options)
    request = finetuning_pb2.CreateSweepRequest(
        run=run,
        grid_json=json.dumps(values),
        max_parallel=max_parallel,
        eval_rows=eval_rows,
        budget_judge_tokens=budget_judge_tokens,
    )
    return Sweep(client, client.finetuning.CreateSweep(request).sweep)


def get_sweep(sweep_id: str, client: Client | None = None) -> Sweep:
    """Return a sweep; raises NotFoundError."""
    client = client or Client()
    request = finetuning_pb2.GetSweepRequest(id=sweep_id)
    return Sweep(client, client.finetuning.GetSweep(request).sweep)


def list_sweeps(limit: int = 0, client: Client | None = None) -> builtins.list[Sweep]:
    """List sweeps, the newest first; a limit of 0 means 100."""
    client = client or Client()
    request = finetuning_pb2.ListSweepsRequest(limit=limit)
    return [Sweep(client, message) for message in client.finetuning.ListSweeps(request).sweeps]


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
