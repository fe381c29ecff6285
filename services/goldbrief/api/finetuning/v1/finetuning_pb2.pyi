import datetime

from goldbrief.api.common.v1 import work_pb2 as _work_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateFinetuningRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "model", "train_data_path", "eval_data_path", "register_to", "training_duration", "task_type", "hyperparameters_json", "prompt_json", "train_data", "eval_data", "custom_weights_path", "experiment_path", "skip_validation", "dry_run", "resources", "budget_hours", "eval_prompts")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TRAIN_DATA_PATH_FIELD_NUMBER: _ClassVar[int]
    EVAL_DATA_PATH_FIELD_NUMBER: _ClassVar[int]
    REGISTER_TO_FIELD_NUMBER: _ClassVar[int]
    TRAINING_DURATION_FIELD_NUMBER: _ClassVar[int]
    TASK_TYPE_FIELD_NUMBER: _ClassVar[int]
    HYPERPARAMETERS_JSON_FIELD_NUMBER: _ClassVar[int]
    PROMPT_JSON_FIELD_NUMBER: _ClassVar[int]
    TRAIN_DATA_FIELD_NUMBER: _ClassVar[int]
    EVAL_DATA_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_WEIGHTS_PATH_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_PATH_FIELD_NUMBER: _ClassVar[int]
    SKIP_VALIDATION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    BUDGET_HOURS_FIELD_NUMBER: _ClassVar[int]
    EVAL_PROMPTS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    model: str
    train_data_path: str
    eval_data_path: str
    register_to: str
    training_duration: str
    task_type: str
    hyperparameters_json: str
    prompt_json: str
    train_data: _containers.RepeatedCompositeFieldContainer[DataSource]
    eval_data: _containers.RepeatedCompositeFieldContainer[DataSource]
    custom_weights_path: str
    experiment_path: str
    skip_validation: bool
    dry_run: bool
    resources: JobResources
    budget_hours: float
    eval_prompts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., model: _Optional[str] = ..., train_data_path: _Optional[str] = ..., eval_data_path: _Optional[str] = ..., register_to: _Optional[str] = ..., training_duration: _Optional[str] = ..., task_type: _Optional[str] = ..., hyperparameters_json: _Optional[str] = ..., prompt_json: _Optional[str] = ..., train_data: _Optional[_Iterable[_Union[DataSource, _Mapping]]] = ..., eval_data: _Optional[_Iterable[_Union[DataSource, _Mapping]]] = ..., custom_weights_path: _Optional[str] = ..., experiment_path: _Optional[str] = ..., skip_validation: _Optional[bool] = ..., dry_run: _Optional[bool] = ..., resources: _Optional[_Union[JobResources, _Mapping]] = ..., budget_hours: _Optional[float] = ..., eval_prompts: _Optional[_Iterable[str]] = ...) -> None: ...

class DataSource(_message.Message):
    __slots__ = ("path", "weight", "name")
    PATH_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    path: str
    weight: float
    name: str
    def __init__(self, path: _Optional[str] = ..., weight: _Optional[float] = ..., name: _Optional[str] = ...) -> None: ...

class JobResources(_message.Message):
    __slots__ = ("gpus", "memory", "priority_class", "queue", "node_selector")
    class NodeSelectorEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GPUS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_CLASS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    NODE_SELECTOR_FIELD_NUMBER: _ClassVar[int]
    gpus: int
    memory: str
    priority_class: str
    queue: str
    node_selector: _containers.ScalarMap[str, str]
    def __init__(self, gpus: _Optional[int] = ..., memory: _Optional[str] = ..., priority_class: _Optional[str] = ..., queue: _Optional[str] = ..., node_selector: _Optional[_Mapping[str, str]] = ...) -> None: ...

class FinetuningRun(_message.Message):
    __slots__ = ("work", "model", "register_to", "step", "steps", "loss", "tokens_per_s", "remaining_s", "intrinsic_json", "adapter_prefix", "model_version", "train_data_path", "experiment_path", "dry_run", "waiting", "estimate_json", "spec_json", "tokens")
    WORK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REGISTER_TO_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    LOSS_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_S_FIELD_NUMBER: _ClassVar[int]
    REMAINING_S_FIELD_NUMBER: _ClassVar[int]
    INTRINSIC_JSON_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_PREFIX_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    TRAIN_DATA_PATH_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_PATH_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_JSON_FIELD_NUMBER: _ClassVar[int]
    SPEC_JSON_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    model: str
    register_to: str
    step: int
    steps: int
    loss: float
    tokens_per_s: float
    remaining_s: float
    intrinsic_json: str
    adapter_prefix: str
    model_version: str
    train_data_path: str
    experiment_path: str
    dry_run: bool
    waiting: str
    estimate_json: str
    spec_json: str
    tokens: int
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., model: _Optional[str] = ..., register_to: _Optional[str] = ..., step: _Optional[int] = ..., steps: _Optional[int] = ..., loss: _Optional[float] = ..., tokens_per_s: _Optional[float] = ..., remaining_s: _Optional[float] = ..., intrinsic_json: _Optional[str] = ..., adapter_prefix: _Optional[str] = ..., model_version: _Optional[str] = ..., train_data_path: _Optional[str] = ..., experiment_path: _Optional[str] = ..., dry_run: _Optional[bool] = ..., waiting: _Optional[str] = ..., estimate_json: _Optional[str] = ..., spec_json: _Optional[str] = ..., tokens: _Optional[int] = ...) -> None: ...

class CreateFinetuningRunResponse(_message.Message):
    __slots__ = ("finetuning_run",)
    FINETUNING_RUN_FIELD_NUMBER: _ClassVar[int]
    finetuning_run: FinetuningRun
    def __init__(self, finetuning_run: _Optional[_Union[FinetuningRun, _Mapping]] = ...) -> None: ...

class GetFinetuningRunRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetFinetuningRunResponse(_message.Message):
    __slots__ = ("finetuning_run",)
    FINETUNING_RUN_FIELD_NUMBER: _ClassVar[int]
    finetuning_run: FinetuningRun
    def __init__(self, finetuning_run: _Optional[_Union[FinetuningRun, _Mapping]] = ...) -> None: ...

class ListFinetuningRunsRequest(_message.Message):
    __slots__ = ("run_id", "experiment_path", "states", "model", "register_to", "created_after", "created_before", "limit")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENT_PATH_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    REGISTER_TO_FIELD_NUMBER: _ClassVar[int]
    CREATED_AFTER_FIELD_NUMBER: _ClassVar[int]
    CREATED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    experiment_path: str
    states: _containers.RepeatedScalarFieldContainer[_work_pb2.State]
    model: str
    register_to: str
    created_after: _timestamp_pb2.Timestamp
    created_before: _timestamp_pb2.Timestamp
    limit: int
    def __init__(self, run_id: _Optional[str] = ..., experiment_path: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_work_pb2.State, str]]] = ..., model: _Optional[str] = ..., register_to: _Optional[str] = ..., created_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., limit: _Optional[int] = ...) -> None: ...

class ListFinetuningRunsResponse(_message.Message):
    __slots__ = ("finetuning_runs",)
    FINETUNING_RUNS_FIELD_NUMBER: _ClassVar[int]
    finetuning_runs: _containers.RepeatedCompositeFieldContainer[FinetuningRun]
    def __init__(self, finetuning_runs: _Optional[_Iterable[_Union[FinetuningRun, _Mapping]]] = ...) -> None: ...

class CancelFinetuningRunRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class CancelFinetuningRunResponse(_message.Message):
    __slots__ = ("finetuning_run",)
    FINETUNING_RUN_FIELD_NUMBER: _ClassVar[int]
    finetuning_run: FinetuningRun
    def __init__(self, finetuning_run: _Optional[_Union[FinetuningRun, _Mapping]] = ...) -> None: ...

class CancelExperimentRequest(_message.Message):
    __slots__ = ("experiment_path",)
    EXPERIMENT_PATH_FIELD_NUMBER: _ClassVar[int]
    experiment_path: str
    def __init__(self, experiment_path: _Optional[str] = ...) -> None: ...

class CancelExperimentResponse(_message.Message):
    __slots__ = ("finetuning_runs",)
    FINETUNING_RUNS_FIELD_NUMBER: _ClassVar[int]
    finetuning_runs: _containers.RepeatedCompositeFieldContainer[FinetuningRun]
    def __init__(self, finetuning_runs: _Optional[_Iterable[_Union[FinetuningRun, _Mapping]]] = ...) -> None: ...

class DeleteFinetuningRunRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DeleteFinetuningRunResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListCheckpointsRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("step", "tokens", "prefix", "generations_json")
    STEP_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    GENERATIONS_JSON_FIELD_NUMBER: _ClassVar[int]
    step: int
    tokens: int
    prefix: str
    generations_json: str
    def __init__(self, step: _Optional[int] = ..., tokens: _Optional[int] = ..., prefix: _Optional[str] = ..., generations_json: _Optional[str] = ...) -> None: ...

class ListCheckpointsResponse(_message.Message):
    __slots__ = ("checkpoints",)
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    checkpoints: _containers.RepeatedCompositeFieldContainer[Checkpoint]
    def __init__(self, checkpoints: _Optional[_Iterable[_Union[Checkpoint, _Mapping]]] = ...) -> None: ...

class ListBaseModelsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class BaseModel(_message.Message):
    __slots__ = ("name", "family", "context_length", "has_chat_template")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_LENGTH_FIELD_NUMBER: _ClassVar[int]
    HAS_CHAT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    name: str
    family: str
    context_length: int
    has_chat_template: bool
    def __init__(self, name: _Optional[str] = ..., family: _Optional[str] = ..., context_length: _Optional[int] = ..., has_chat_template: _Optional[bool] = ...) -> None: ...

class ListBaseModelsResponse(_message.Message):
    __slots__ = ("base_models",)
    BASE_MODELS_FIELD_NUMBER: _ClassVar[int]
    base_models: _containers.RepeatedCompositeFieldContainer[BaseModel]
    def __init__(self, base_models: _Optional[_Iterable[_Union[BaseModel, _Mapping]]] = ...) -> None: ...

class WatchEventsRequest(_message.Message):
    __slots__ = ("id", "from_number", "no_follow")
    ID_FIELD_NUMBER: _ClassVar[int]
    FROM_NUMBER_FIELD_NUMBER: _ClassVar[int]
    NO_FOLLOW_FIELD_NUMBER: _ClassVar[int]
    id: str
    from_number: int
    no_follow: bool
    def __init__(self, id: _Optional[str] = ..., from_number: _Optional[int] = ..., no_follow: _Optional[bool] = ...) -> None: ...

class WatchEventsResponse(_message.Message):
    __slots__ = ("event",)
    EVENT_FIELD_NUMBER: _ClassVar[int]
    event: _work_pb2.Event
    def __init__(self, event: _Optional[_Union[_work_pb2.Event, _Mapping]] = ...) -> None: ...

class CreateSweepRequest(_message.Message):
    __slots__ = ("run", "grid_json", "max_parallel", "eval_rows", "budget_judge_tokens")
    RUN_FIELD_NUMBER: _ClassVar[int]
    GRID_JSON_FIELD_NUMBER: _ClassVar[int]
    MAX_PARALLEL_FIELD_NUMBER: _ClassVar[int]
    EVAL_ROWS_FIELD_NUMBER: _ClassVar[int]
    BUDGET_JUDGE_TOKENS_FIELD_NUMBER: _ClassVar[int]
    run: CreateFinetuningRunRequest
    grid_json: str
    max_parallel: int
    eval_rows: int
    budget_judge_tokens: int
    def __init__(self, run: _Optional[_Union[CreateFinetuningRunRequest, _Mapping]] = ..., grid_json: _Optional[str] = ..., max_parallel: _Optional[int] = ..., eval_rows: _Optional[int] = ..., budget_judge_tokens: _Optional[int] = ...) -> None: ...

class Sweep(_message.Message):
    __slots__ = ("work", "model", "train_data_path", "register_to", "eval_rows", "max_parallel", "trials", "stopped", "winner", "model_version")
    WORK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TRAIN_DATA_PATH_FIELD_NUMBER: _ClassVar[int]
    REGISTER_TO_FIELD_NUMBER: _ClassVar[int]
    EVAL_ROWS_FIELD_NUMBER: _ClassVar[int]
    MAX_PARALLEL_FIELD_NUMBER: _ClassVar[int]
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    WINNER_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    model: str
    train_data_path: str
    register_to: str
    eval_rows: int
    max_parallel: int
    trials: _containers.RepeatedCompositeFieldContainer[SweepTrial]
    stopped: str
    winner: int
    model_version: str
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., model: _Optional[str] = ..., train_data_path: _Optional[str] = ..., register_to: _Optional[str] = ..., eval_rows: _Optional[int] = ..., max_parallel: _Optional[int] = ..., trials: _Optional[_Iterable[_Union[SweepTrial, _Mapping]]] = ..., stopped: _Optional[str] = ..., winner: _Optional[int] = ..., model_version: _Optional[str] = ...) -> None: ...

class SweepTrial(_message.Message):
    __slots__ = ("index", "values_json", "state", "cause", "finetuning_run_id", "waiting", "training_s", "score")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    VALUES_JSON_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    FINETUNING_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    TRAINING_S_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    index: int
    values_json: str
    state: _work_pb2.State
    cause: _work_pb2.Cause
    finetuning_run_id: str
    waiting: str
    training_s: float
    score: float
    def __init__(self, index: _Optional[int] = ..., values_json: _Optional[str] = ..., state: _Optional[_Union[_work_pb2.State, str]] = ..., cause: _Optional[_Union[_work_pb2.Cause, _Mapping]] = ..., finetuning_run_id: _Optional[str] = ..., waiting: _Optional[str] = ..., training_s: _Optional[float] = ..., score: _Optional[float] = ...) -> None: ...

class CreateSweepResponse(_message.Message):
    __slots__ = ("sweep",)
    SWEEP_FIELD_NUMBER: _ClassVar[int]
    sweep: Sweep
    def __init__(self, sweep: _Optional[_Union[Sweep, _Mapping]] = ...) -> None: ...

class GetSweepRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetSweepResponse(_message.Message):
    __slots__ = ("sweep",)
    SWEEP_FIELD_NUMBER: _ClassVar[int]
    sweep: Sweep
    def __init__(self, sweep: _Optional[_Union[Sweep, _Mapping]] = ...) -> None: ...

class ListSweepsRequest(_message.Message):
    __slots__ = ("limit",)
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    limit: int
    def __init__(self, limit: _Optional[int] = ...) -> None: ...

class ListSweepsResponse(_message.Message):
    __slots__ = ("sweeps",)
    SWEEPS_FIELD_NUMBER: _ClassVar[int]
    sweeps: _containers.RepeatedCompositeFieldContainer[Sweep]
    def __init__(self, sweeps: _Optional[_Iterable[_Union[Sweep, _Mapping]]] = ...) -> None: ...

class CancelSweepRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class CancelSweepResponse(_message.Message):
    __slots__ = ("sweep",)
    SWEEP_FIELD_NUMBER: _ClassVar[int]
    sweep: Sweep
    def __init__(self, sweep: _Optional[_Union[Sweep, _Mapping]] = ...) -> None: ...

class GetSweepReportRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetSweepReportResponse(_message.Message):
    __slots__ = ("markdown", "results_json")
    MARKDOWN_FIELD_NUMBER: _ClassVar[int]
    RESULTS_JSON_FIELD_NUMBER: _ClassVar[int]
    markdown: str
    results_json: str
    def __init__(self, markdown: _Optional[str] = ..., results_json: _Optional[str] = ...) -> None: ...
