from goldbrief.api.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateFinetuningRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "model", "train_data_path", "eval_data_path", "register_to", "training_duration", "task_type", "hyperparameters_json", "prompt_json")
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
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., model: _Optional[str] = ..., train_data_path: _Optional[str] = ..., eval_data_path: _Optional[str] = ..., register_to: _Optional[str] = ..., training_duration: _Optional[str] = ..., task_type: _Optional[str] = ..., hyperparameters_json: _Optional[str] = ..., prompt_json: _Optional[str] = ...) -> None: ...

class FinetuningRun(_message.Message):
    __slots__ = ("work", "model", "register_to", "step", "steps", "loss", "tokens_per_s", "remaining_s", "intrinsic_json", "adapter_prefix", "model_version")
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
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., model: _Optional[str] = ..., register_to: _Optional[str] = ..., step: _Optional[int] = ..., steps: _Optional[int] = ..., loss: _Optional[float] = ..., tokens_per_s: _Optional[float] = ..., remaining_s: _Optional[float] = ..., intrinsic_json: _Optional[str] = ..., adapter_prefix: _Optional[str] = ..., model_version: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

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
