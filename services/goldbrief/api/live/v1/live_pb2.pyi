import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LiveAnswer(_message.Message):
    __slots__ = ("request_id", "model", "version", "dataset_digest", "persona", "style_json", "article_text", "summary")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DATASET_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    STYLE_JSON_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    model: str
    version: str
    dataset_digest: str
    persona: str
    style_json: str
    article_text: str
    summary: str
    def __init__(self, request_id: _Optional[str] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., dataset_digest: _Optional[str] = ..., persona: _Optional[str] = ..., style_json: _Optional[str] = ..., article_text: _Optional[str] = ..., summary: _Optional[str] = ...) -> None: ...

class ObserveAnswerRequest(_message.Message):
    __slots__ = ("answer",)
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    answer: LiveAnswer
    def __init__(self, answer: _Optional[_Union[LiveAnswer, _Mapping]] = ...) -> None: ...

class ObserveAnswerResponse(_message.Message):
    __slots__ = ("overall",)
    OVERALL_FIELD_NUMBER: _ClassVar[int]
    overall: float
    def __init__(self, overall: _Optional[float] = ...) -> None: ...

class LiveReport(_message.Message):
    __slots__ = ("id", "request_id", "model", "version", "persona", "article_sha256", "reason", "reported_by", "create_time", "state", "decisions", "decided_by", "candidate", "overall", "verified", "text_kept")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REPORTED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    OVERALL_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    TEXT_KEPT_FIELD_NUMBER: _ClassVar[int]
    id: str
    request_id: str
    model: str
    version: str
    persona: str
    article_sha256: str
    reason: str
    reported_by: str
    create_time: _timestamp_pb2.Timestamp
    state: str
    decisions: int
    decided_by: str
    candidate: bool
    overall: float
    verified: bool
    text_kept: bool
    def __init__(self, id: _Optional[str] = ..., request_id: _Optional[str] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., persona: _Optional[str] = ..., article_sha256: _Optional[str] = ..., reason: _Optional[str] = ..., reported_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[str] = ..., decisions: _Optional[int] = ..., decided_by: _Optional[str] = ..., candidate: _Optional[bool] = ..., overall: _Optional[float] = ..., verified: _Optional[bool] = ..., text_kept: _Optional[bool] = ...) -> None: ...

class ReportAnswerRequest(_message.Message):
    __slots__ = ("answer", "reason", "comment", "reported_by")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    REPORTED_BY_FIELD_NUMBER: _ClassVar[int]
    answer: LiveAnswer
    reason: str
    comment: str
    reported_by: str
    def __init__(self, answer: _Optional[_Union[LiveAnswer, _Mapping]] = ..., reason: _Optional[str] = ..., comment: _Optional[str] = ..., reported_by: _Optional[str] = ...) -> None: ...

class ReportAnswerResponse(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: LiveReport
    def __init__(self, report: _Optional[_Union[LiveReport, _Mapping]] = ...) -> None: ...

class ListLiveReportsRequest(_message.Message):
    __slots__ = ("state", "limit")
    STATE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    state: str
    limit: int
    def __init__(self, state: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class ListLiveReportsResponse(_message.Message):
    __slots__ = ("reports",)
    REPORTS_FIELD_NUMBER: _ClassVar[int]
    reports: _containers.RepeatedCompositeFieldContainer[LiveReport]
    def __init__(self, reports: _Optional[_Iterable[_Union[LiveReport, _Mapping]]] = ...) -> None: ...

class GetLiveReportRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetLiveReportResponse(_message.Message):
    __slots__ = ("report", "article_text", "summary", "comment")
    REPORT_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    report: LiveReport
    article_text: str
    summary: str
    comment: str
    def __init__(self, report: _Optional[_Union[LiveReport, _Mapping]] = ..., article_text: _Optional[str] = ..., summary: _Optional[str] = ..., comment: _Optional[str] = ...) -> None: ...

class DecideLiveReportRequest(_message.Message):
    __slots__ = ("id", "decisions", "state", "author", "corrected")
    ID_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_FIELD_NUMBER: _ClassVar[int]
    id: str
    decisions: int
    state: str
    author: str
    corrected: str
    def __init__(self, id: _Optional[str] = ..., decisions: _Optional[int] = ..., state: _Optional[str] = ..., author: _Optional[str] = ..., corrected: _Optional[str] = ...) -> None: ...

class DecideLiveReportResponse(_message.Message):
    __slots__ = ("report",)
    REPORT_FIELD_NUMBER: _ClassVar[int]
    report: LiveReport
    def __init__(self, report: _Optional[_Union[LiveReport, _Mapping]] = ...) -> None: ...

class FeatureDrift(_message.Message):
    __slots__ = ("feature", "verdict", "live", "needed", "psi", "limit")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    LIVE_FIELD_NUMBER: _ClassVar[int]
    NEEDED_FIELD_NUMBER: _ClassVar[int]
    PSI_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    feature: str
    verdict: str
    live: int
    needed: int
    psi: float
    limit: float
    def __init__(self, feature: _Optional[str] = ..., verdict: _Optional[str] = ..., live: _Optional[int] = ..., needed: _Optional[int] = ..., psi: _Optional[float] = ..., limit: _Optional[float] = ...) -> None: ...

class VersionQuality(_message.Message):
    __slots__ = ("model", "version", "judged", "mean_score", "flawed", "figures_total", "figures_supported", "drift")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    JUDGED_FIELD_NUMBER: _ClassVar[int]
    MEAN_SCORE_FIELD_NUMBER: _ClassVar[int]
    FLAWED_FIELD_NUMBER: _ClassVar[int]
    FIGURES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    FIGURES_SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    model: str
    version: str
    judged: int
    mean_score: float
    flawed: int
    figures_total: int
    figures_supported: int
    drift: _containers.RepeatedCompositeFieldContainer[FeatureDrift]
    def __init__(self, model: _Optional[str] = ..., version: _Optional[str] = ..., judged: _Optional[int] = ..., mean_score: _Optional[float] = ..., flawed: _Optional[int] = ..., figures_total: _Optional[int] = ..., figures_supported: _Optional[int] = ..., drift: _Optional[_Iterable[_Union[FeatureDrift, _Mapping]]] = ...) -> None: ...

class GetLiveQualityRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetLiveQualityResponse(_message.Message):
    __slots__ = ("versions", "window_days", "judged_today", "daily_judgments", "text_days")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_DAYS_FIELD_NUMBER: _ClassVar[int]
    JUDGED_TODAY_FIELD_NUMBER: _ClassVar[int]
    DAILY_JUDGMENTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_DAYS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[VersionQuality]
    window_days: float
    judged_today: int
    daily_judgments: int
    text_days: float
    def __init__(self, versions: _Optional[_Iterable[_Union[VersionQuality, _Mapping]]] = ..., window_days: _Optional[float] = ..., judged_today: _Optional[int] = ..., daily_judgments: _Optional[int] = ..., text_days: _Optional[float] = ...) -> None: ...
