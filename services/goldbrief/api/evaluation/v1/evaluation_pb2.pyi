from goldbrief.api.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class System(_message.Message):
    __slots__ = ("name", "kind", "adapter", "endpoint", "outputs_jsonl")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_JSONL_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    adapter: str
    endpoint: str
    outputs_jsonl: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., adapter: _Optional[str] = ..., endpoint: _Optional[str] = ..., outputs_jsonl: _Optional[str] = ...) -> None: ...

class CreateEvaluationRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "systems", "plan_key", "plan_json")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SYSTEMS_FIELD_NUMBER: _ClassVar[int]
    PLAN_KEY_FIELD_NUMBER: _ClassVar[int]
    PLAN_JSON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    systems: _containers.RepeatedCompositeFieldContainer[System]
    plan_key: str
    plan_json: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., systems: _Optional[_Iterable[_Union[System, _Mapping]]] = ..., plan_key: _Optional[str] = ..., plan_json: _Optional[str] = ...) -> None: ...

class Evaluation(_message.Message):
    __slots__ = ("work", "results_json", "report_key", "files", "systems", "dataset_prefix")
    WORK_FIELD_NUMBER: _ClassVar[int]
    RESULTS_JSON_FIELD_NUMBER: _ClassVar[int]
    REPORT_KEY_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    SYSTEMS_FIELD_NUMBER: _ClassVar[int]
    DATASET_PREFIX_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    results_json: str
    report_key: str
    files: _containers.RepeatedScalarFieldContainer[str]
    systems: _containers.RepeatedCompositeFieldContainer[System]
    dataset_prefix: str
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., results_json: _Optional[str] = ..., report_key: _Optional[str] = ..., files: _Optional[_Iterable[str]] = ..., systems: _Optional[_Iterable[_Union[System, _Mapping]]] = ..., dataset_prefix: _Optional[str] = ...) -> None: ...

class CreateEvaluationResponse(_message.Message):
    __slots__ = ("evaluation",)
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    evaluation: Evaluation
    def __init__(self, evaluation: _Optional[_Union[Evaluation, _Mapping]] = ...) -> None: ...

class GetEvaluationRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetEvaluationResponse(_message.Message):
    __slots__ = ("evaluation",)
    EVALUATION_FIELD_NUMBER: _ClassVar[int]
    evaluation: Evaluation
    def __init__(self, evaluation: _Optional[_Union[Evaluation, _Mapping]] = ...) -> None: ...

class ListEvaluationsRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class ListEvaluationsResponse(_message.Message):
    __slots__ = ("evaluations",)
    EVALUATIONS_FIELD_NUMBER: _ClassVar[int]
    evaluations: _containers.RepeatedCompositeFieldContainer[Evaluation]
    def __init__(self, evaluations: _Optional[_Iterable[_Union[Evaluation, _Mapping]]] = ...) -> None: ...

class GetReportRequest(_message.Message):
    __slots__ = ("id", "file")
    ID_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    id: str
    file: str
    def __init__(self, id: _Optional[str] = ..., file: _Optional[str] = ...) -> None: ...

class GetReportResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class ListPredictionsRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class Prediction(_message.Message):
    __slots__ = ("system", "article_uri", "persona", "summary")
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_URI_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    system: str
    article_uri: str
    persona: str
    summary: str
    def __init__(self, system: _Optional[str] = ..., article_uri: _Optional[str] = ..., persona: _Optional[str] = ..., summary: _Optional[str] = ...) -> None: ...

class ListPredictionsResponse(_message.Message):
    __slots__ = ("prediction",)
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    prediction: Prediction
    def __init__(self, prediction: _Optional[_Union[Prediction, _Mapping]] = ...) -> None: ...

class WriteSampleRequest(_message.Message):
    __slots__ = ("system", "article_text", "persona", "prompt_json")
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    PROMPT_JSON_FIELD_NUMBER: _ClassVar[int]
    system: System
    article_text: str
    persona: str
    prompt_json: str
    def __init__(self, system: _Optional[_Union[System, _Mapping]] = ..., article_text: _Optional[str] = ..., persona: _Optional[str] = ..., prompt_json: _Optional[str] = ...) -> None: ...

class WriteSampleResponse(_message.Message):
    __slots__ = ("text", "latency_s", "prompt_tokens", "completion_tokens")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LATENCY_S_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    text: str
    latency_s: float
    prompt_tokens: int
    completion_tokens: int
    def __init__(self, text: _Optional[str] = ..., latency_s: _Optional[float] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ...) -> None: ...
