import datetime

from goldbrief.api.common.v1 import work_pb2 as _work_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ModelVersion(_message.Message):
    __slots__ = ("model", "version", "served_name", "prefix", "finetuning_run_id", "run_id", "base_model", "dataset_digest", "prompt_json", "create_time", "stage")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVED_NAME_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    FINETUNING_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_MODEL_FIELD_NUMBER: _ClassVar[int]
    DATASET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PROMPT_JSON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    served_name: str
    prefix: str
    finetuning_run_id: str
    run_id: str
    base_model: str
    dataset_digest: str
    prompt_json: str
    create_time: _timestamp_pb2.Timestamp
    stage: str
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ..., served_name: _Optional[str] = ..., prefix: _Optional[str] = ..., finetuning_run_id: _Optional[str] = ..., run_id: _Optional[str] = ..., base_model: _Optional[str] = ..., dataset_digest: _Optional[str] = ..., prompt_json: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stage: _Optional[str] = ...) -> None: ...

class RegisterModelVersionRequest(_message.Message):
    __slots__ = ("model", "finetuning_run_id", "run_id", "dataset_digest")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FINETUNING_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    DATASET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    model: str
    finetuning_run_id: str
    run_id: str
    dataset_digest: str
    def __init__(self, model: _Optional[str] = ..., finetuning_run_id: _Optional[str] = ..., run_id: _Optional[str] = ..., dataset_digest: _Optional[str] = ...) -> None: ...

class RegisterModelVersionResponse(_message.Message):
    __slots__ = ("model_version",)
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ...) -> None: ...

class GetModelVersionRequest(_message.Message):
    __slots__ = ("model", "version")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class GetModelVersionResponse(_message.Message):
    __slots__ = ("model_version", "lineage")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    LINEAGE_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    lineage: Lineage
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ..., lineage: _Optional[_Union[Lineage, _Mapping]] = ...) -> None: ...

class Lineage(_message.Message):
    __slots__ = ("code_version", "base_revision", "prompt_template", "prompt_sha256", "train_data", "form", "manifest_sha256", "evaluation_ids", "judges", "judge_cards")
    CODE_VERSION_FIELD_NUMBER: _ClassVar[int]
    BASE_REVISION_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    PROMPT_SHA256_FIELD_NUMBER: _ClassVar[int]
    TRAIN_DATA_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_SHA256_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_IDS_FIELD_NUMBER: _ClassVar[int]
    JUDGES_FIELD_NUMBER: _ClassVar[int]
    JUDGE_CARDS_FIELD_NUMBER: _ClassVar[int]
    code_version: str
    base_revision: str
    prompt_template: str
    prompt_sha256: str
    train_data: _containers.RepeatedScalarFieldContainer[str]
    form: str
    manifest_sha256: str
    evaluation_ids: _containers.RepeatedScalarFieldContainer[str]
    judges: _containers.RepeatedScalarFieldContainer[str]
    judge_cards: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code_version: _Optional[str] = ..., base_revision: _Optional[str] = ..., prompt_template: _Optional[str] = ..., prompt_sha256: _Optional[str] = ..., train_data: _Optional[_Iterable[str]] = ..., form: _Optional[str] = ..., manifest_sha256: _Optional[str] = ..., evaluation_ids: _Optional[_Iterable[str]] = ..., judges: _Optional[_Iterable[str]] = ..., judge_cards: _Optional[_Iterable[str]] = ...) -> None: ...

class ListModelVersionsRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: str
    def __init__(self, model: _Optional[str] = ...) -> None: ...

class ListModelVersionsResponse(_message.Message):
    __slots__ = ("model_versions",)
    MODEL_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    model_versions: _containers.RepeatedCompositeFieldContainer[ModelVersion]
    def __init__(self, model_versions: _Optional[_Iterable[_Union[ModelVersion, _Mapping]]] = ...) -> None: ...

class VerifyModelVersionRequest(_message.Message):
    __slots__ = ("model", "version")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class VerificationFinding(_message.Message):
    __slots__ = ("subject", "ok", "detail", "remedy")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    subject: str
    ok: bool
    detail: str
    remedy: str
    def __init__(self, subject: _Optional[str] = ..., ok: _Optional[bool] = ..., detail: _Optional[str] = ..., remedy: _Optional[str] = ...) -> None: ...

class VerifyModelVersionResponse(_message.Message):
    __slots__ = ("model_version", "findings")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    findings: _containers.RepeatedCompositeFieldContainer[VerificationFinding]
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ..., findings: _Optional[_Iterable[_Union[VerificationFinding, _Mapping]]] = ...) -> None: ...

class SignModelVersionRequest(_message.Message):
    __slots__ = ("model", "version")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class SignModelVersionResponse(_message.Message):
    __slots__ = ("model_version", "key_id")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    key_id: str
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ..., key_id: _Optional[str] = ...) -> None: ...

class DownloadModelVersionRequest(_message.Message):
    __slots__ = ("model", "version", "merged")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MERGED_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    merged: bool
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ..., merged: _Optional[bool] = ...) -> None: ...

class DownloadModelVersionResponse(_message.Message):
    __slots__ = ("file", "chunk", "sha256")
    FILE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    file: str
    chunk: bytes
    sha256: str
    def __init__(self, file: _Optional[str] = ..., chunk: _Optional[bytes] = ..., sha256: _Optional[str] = ...) -> None: ...

class DeliverModelVersionRequest(_message.Message):
    __slots__ = ("model", "version")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class DeliverModelVersionResponse(_message.Message):
    __slots__ = ("model_version",)
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ...) -> None: ...

class CreatePromotionRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "model", "version", "evaluation_id", "results_json", "gate_json", "asked_by", "canary_percent", "canary_requests", "force", "reason")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_ID_FIELD_NUMBER: _ClassVar[int]
    RESULTS_JSON_FIELD_NUMBER: _ClassVar[int]
    GATE_JSON_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    CANARY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CANARY_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    model: str
    version: str
    evaluation_id: str
    results_json: str
    gate_json: str
    asked_by: str
    canary_percent: int
    canary_requests: int
    force: bool
    reason: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., evaluation_id: _Optional[str] = ..., results_json: _Optional[str] = ..., gate_json: _Optional[str] = ..., asked_by: _Optional[str] = ..., canary_percent: _Optional[int] = ..., canary_requests: _Optional[int] = ..., force: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class GateCheck(_message.Message):
    __slots__ = ("condition", "passed", "detail")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    PASSED_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    condition: str
    passed: bool
    detail: str
    def __init__(self, condition: _Optional[str] = ..., passed: _Optional[bool] = ..., detail: _Optional[str] = ...) -> None: ...

class Promotion(_message.Message):
    __slots__ = ("work", "promoted", "checks", "label", "model", "version", "canary", "rests_on")
    class RestsOnEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    WORK_FIELD_NUMBER: _ClassVar[int]
    PROMOTED_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    RESTS_ON_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    promoted: bool
    checks: _containers.RepeatedCompositeFieldContainer[GateCheck]
    label: str
    model: str
    version: str
    canary: Canary
    rests_on: _containers.ScalarMap[str, str]
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., promoted: _Optional[bool] = ..., checks: _Optional[_Iterable[_Union[GateCheck, _Mapping]]] = ..., label: _Optional[str] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., canary: _Optional[_Union[Canary, _Mapping]] = ..., rests_on: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Canary(_message.Message):
    __slots__ = ("id", "model", "version", "percent", "requests", "state", "reason", "tried", "served")
    ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TRIED_FIELD_NUMBER: _ClassVar[int]
    SERVED_FIELD_NUMBER: _ClassVar[int]
    id: str
    model: str
    version: str
    percent: int
    requests: int
    state: str
    reason: str
    tried: Outcomes
    served: Outcomes
    def __init__(self, id: _Optional[str] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., percent: _Optional[int] = ..., requests: _Optional[int] = ..., state: _Optional[str] = ..., reason: _Optional[str] = ..., tried: _Optional[_Union[Outcomes, _Mapping]] = ..., served: _Optional[_Union[Outcomes, _Mapping]] = ...) -> None: ...

class Outcomes(_message.Message):
    __slots__ = ("requests", "errors", "unsupported", "log_seconds", "log_seconds_squared")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    UNSUPPORTED_FIELD_NUMBER: _ClassVar[int]
    LOG_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LOG_SECONDS_SQUARED_FIELD_NUMBER: _ClassVar[int]
    requests: int
    errors: int
    unsupported: int
    log_seconds: float
    log_seconds_squared: float
    def __init__(self, requests: _Optional[int] = ..., errors: _Optional[int] = ..., unsupported: _Optional[int] = ..., log_seconds: _Optional[float] = ..., log_seconds_squared: _Optional[float] = ...) -> None: ...

class CreatePromotionResponse(_message.Message):
    __slots__ = ("promotion",)
    PROMOTION_FIELD_NUMBER: _ClassVar[int]
    promotion: Promotion
    def __init__(self, promotion: _Optional[_Union[Promotion, _Mapping]] = ...) -> None: ...

class GetPromotionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetPromotionResponse(_message.Message):
    __slots__ = ("promotion",)
    PROMOTION_FIELD_NUMBER: _ClassVar[int]
    promotion: Promotion
    def __init__(self, promotion: _Optional[_Union[Promotion, _Mapping]] = ...) -> None: ...

class RollBackRequest(_message.Message):
    __slots__ = ("model", "asked_by", "reason")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    model: str
    asked_by: str
    reason: str
    def __init__(self, model: _Optional[str] = ..., asked_by: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RollBackResponse(_message.Message):
    __slots__ = ("model_version",)
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ...) -> None: ...

class ListDecisionsRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: str
    def __init__(self, model: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("decision", "version", "time", "asked_by", "reason", "envelope_json", "problem")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ASKED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ENVELOPE_JSON_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    decision: str
    version: str
    time: str
    asked_by: str
    reason: str
    envelope_json: str
    problem: str
    def __init__(self, decision: _Optional[str] = ..., version: _Optional[str] = ..., time: _Optional[str] = ..., asked_by: _Optional[str] = ..., reason: _Optional[str] = ..., envelope_json: _Optional[str] = ..., problem: _Optional[str] = ...) -> None: ...

class ListDecisionsResponse(_message.Message):
    __slots__ = ("decisions",)
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[Decision]
    def __init__(self, decisions: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ...) -> None: ...

class VersionOutcomes(_message.Message):
    __slots__ = ("version", "outcomes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    version: str
    outcomes: Outcomes
    def __init__(self, version: _Optional[str] = ..., outcomes: _Optional[_Union[Outcomes, _Mapping]] = ...) -> None: ...

class ReportOutcomesRequest(_message.Message):
    __slots__ = ("canary_id", "reporter", "seen")
    CANARY_ID_FIELD_NUMBER: _ClassVar[int]
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    canary_id: str
    reporter: str
    seen: _containers.RepeatedCompositeFieldContainer[VersionOutcomes]
    def __init__(self, canary_id: _Optional[str] = ..., reporter: _Optional[str] = ..., seen: _Optional[_Iterable[_Union[VersionOutcomes, _Mapping]]] = ...) -> None: ...

class ReportOutcomesResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResolveModelRequest(_message.Message):
    __slots__ = ("model",)
    MODEL_FIELD_NUMBER: _ClassVar[int]
    model: str
    def __init__(self, model: _Optional[str] = ...) -> None: ...

class ResolveModelResponse(_message.Message):
    __slots__ = ("model_version", "canary_id", "canary_version", "canary_percent")
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    CANARY_ID_FIELD_NUMBER: _ClassVar[int]
    CANARY_VERSION_FIELD_NUMBER: _ClassVar[int]
    CANARY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    model_version: ModelVersion
    canary_id: str
    canary_version: ModelVersion
    canary_percent: int
    def __init__(self, model_version: _Optional[_Union[ModelVersion, _Mapping]] = ..., canary_id: _Optional[str] = ..., canary_version: _Optional[_Union[ModelVersion, _Mapping]] = ..., canary_percent: _Optional[int] = ...) -> None: ...
