from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FinishReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINISH_REASON_UNSPECIFIED: _ClassVar[FinishReason]
    FINISH_REASON_STOP: _ClassVar[FinishReason]
    FINISH_REASON_LENGTH: _ClassVar[FinishReason]

class FigurePolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIGURE_POLICY_UNSPECIFIED: _ClassVar[FigurePolicy]
    FIGURE_POLICY_ANNOTATE: _ClassVar[FigurePolicy]
    FIGURE_POLICY_RETRY: _ClassVar[FigurePolicy]
    FIGURE_POLICY_WITHHOLD: _ClassVar[FigurePolicy]
    FIGURE_POLICY_ENFORCE: _ClassVar[FigurePolicy]

class FigureSupport(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIGURE_SUPPORT_UNSPECIFIED: _ClassVar[FigureSupport]
    FIGURE_SUPPORT_SUPPORTED: _ClassVar[FigureSupport]
    FIGURE_SUPPORT_UNSUPPORTED: _ClassVar[FigureSupport]
    FIGURE_SUPPORT_UNCLEAR: _ClassVar[FigureSupport]
FINISH_REASON_UNSPECIFIED: FinishReason
FINISH_REASON_STOP: FinishReason
FINISH_REASON_LENGTH: FinishReason
FIGURE_POLICY_UNSPECIFIED: FigurePolicy
FIGURE_POLICY_ANNOTATE: FigurePolicy
FIGURE_POLICY_RETRY: FigurePolicy
FIGURE_POLICY_WITHHOLD: FigurePolicy
FIGURE_POLICY_ENFORCE: FigurePolicy
FIGURE_SUPPORT_UNSPECIFIED: FigureSupport
FIGURE_SUPPORT_SUPPORTED: FigureSupport
FIGURE_SUPPORT_UNSUPPORTED: FigureSupport
FIGURE_SUPPORT_UNCLEAR: FigureSupport

class SummarizeRequest(_message.Message):
    __slots__ = ("article_text", "model", "persona", "figure_policy", "fresh")
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    FIGURE_POLICY_FIELD_NUMBER: _ClassVar[int]
    FRESH_FIELD_NUMBER: _ClassVar[int]
    article_text: str
    model: str
    persona: str
    figure_policy: FigurePolicy
    fresh: bool
    def __init__(self, article_text: _Optional[str] = ..., model: _Optional[str] = ..., persona: _Optional[str] = ..., figure_policy: _Optional[_Union[FigurePolicy, str]] = ..., fresh: _Optional[bool] = ...) -> None: ...

class StreamSummarizeRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: SummarizeRequest
    def __init__(self, request: _Optional[_Union[SummarizeRequest, _Mapping]] = ...) -> None: ...

class TokenUsage(_message.Message):
    __slots__ = ("prompt_tokens", "completion_tokens", "latency_s", "calls", "cached")
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_S_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    CACHED_FIELD_NUMBER: _ClassVar[int]
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    calls: int
    cached: bool
    def __init__(self, prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., latency_s: _Optional[float] = ..., calls: _Optional[int] = ..., cached: _Optional[bool] = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: int
    end: int
    def __init__(self, start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class FigureCheck(_message.Message):
    __slots__ = ("text", "supported", "support", "summary_span", "article_spans")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    SUPPORT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_SPAN_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SPANS_FIELD_NUMBER: _ClassVar[int]
    text: str
    supported: bool
    support: FigureSupport
    summary_span: Span
    article_spans: _containers.RepeatedCompositeFieldContainer[Span]
    def __init__(self, text: _Optional[str] = ..., supported: _Optional[bool] = ..., support: _Optional[_Union[FigureSupport, str]] = ..., summary_span: _Optional[_Union[Span, _Mapping]] = ..., article_spans: _Optional[_Iterable[_Union[Span, _Mapping]]] = ...) -> None: ...

class Section(_message.Message):
    __slots__ = ("name", "heading", "items")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HEADING_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    name: str
    heading: str
    items: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., heading: _Optional[str] = ..., items: _Optional[_Iterable[str]] = ...) -> None: ...

class SummarizeResponse(_message.Message):
    __slots__ = ("text", "overview", "takeaways", "actions", "structure_valid", "structure_problems", "figures", "finish_reason", "usage", "model", "version", "finetuning_run_id", "run_id", "base_model", "prompt_template", "strategy", "article_share", "persona", "request_id", "sections", "style_problems", "style_version", "raw_finish_reason", "base_revision", "truncated", "withheld", "chunks", "article_warnings")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OVERVIEW_FIELD_NUMBER: _ClassVar[int]
    TAKEAWAYS_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    STRUCTURE_VALID_FIELD_NUMBER: _ClassVar[int]
    STRUCTURE_PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FINETUNING_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHARE_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    STYLE_PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    STYLE_VERSION_FIELD_NUMBER: _ClassVar[int]
    RAW_FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    BASE_REVISION_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    CHUNKS_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_WARNINGS_FIELD_NUMBER: _ClassVar[int]
    text: str
    overview: str
    takeaways: _containers.RepeatedScalarFieldContainer[str]
    actions: _containers.RepeatedScalarFieldContainer[str]
    structure_valid: bool
    structure_problems: _containers.RepeatedScalarFieldContainer[str]
    figures: _containers.RepeatedCompositeFieldContainer[FigureCheck]
    finish_reason: FinishReason
    usage: TokenUsage
    model: str
    version: str
    finetuning_run_id: str
    run_id: str
    base_model: str
    prompt_template: str
    strategy: str
    article_share: float
    persona: str
    request_id: str
    sections: _containers.RepeatedCompositeFieldContainer[Section]
    style_problems: _containers.RepeatedScalarFieldContainer[str]
    style_version: str
    raw_finish_reason: str
    base_revision: str
    truncated: bool
    withheld: bool
    chunks: int
    article_warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, text: _Optional[str] = ..., overview: _Optional[str] = ..., takeaways: _Optional[_Iterable[str]] = ..., actions: _Optional[_Iterable[str]] = ..., structure_valid: _Optional[bool] = ..., structure_problems: _Optional[_Iterable[str]] = ..., figures: _Optional[_Iterable[_Union[FigureCheck, _Mapping]]] = ..., finish_reason: _Optional[_Union[FinishReason, str]] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., finetuning_run_id: _Optional[str] = ..., run_id: _Optional[str] = ..., base_model: _Optional[str] = ..., prompt_template: _Optional[str] = ..., strategy: _Optional[str] = ..., article_share: _Optional[float] = ..., persona: _Optional[str] = ..., request_id: _Optional[str] = ..., sections: _Optional[_Iterable[_Union[Section, _Mapping]]] = ..., style_problems: _Optional[_Iterable[str]] = ..., style_version: _Optional[str] = ..., raw_finish_reason: _Optional[str] = ..., base_revision: _Optional[str] = ..., truncated: _Optional[bool] = ..., withheld: _Optional[bool] = ..., chunks: _Optional[int] = ..., article_warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class StreamSummarizeResponse(_message.Message):
    __slots__ = ("delta", "final")
    DELTA_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    delta: str
    final: SummarizeResponse
    def __init__(self, delta: _Optional[str] = ..., final: _Optional[_Union[SummarizeResponse, _Mapping]] = ...) -> None: ...

class BatchItem(_message.Message):
    __slots__ = ("id", "request")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    id: str
    request: SummarizeRequest
    def __init__(self, id: _Optional[str] = ..., request: _Optional[_Union[SummarizeRequest, _Mapping]] = ...) -> None: ...

class BatchSummarizeRequest(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[BatchItem]
    def __init__(self, items: _Optional[_Iterable[_Union[BatchItem, _Mapping]]] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "reason", "message", "remedy", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REMEDY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    code: int
    reason: str
    message: str
    remedy: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., remedy: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class BatchSummarizeResponse(_message.Message):
    __slots__ = ("id", "summary", "failure")
    ID_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    id: str
    summary: SummarizeResponse
    failure: Failure
    def __init__(self, id: _Optional[str] = ..., summary: _Optional[_Union[SummarizeResponse, _Mapping]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ...) -> None: ...

class ReportSummaryRequest(_message.Message):
    __slots__ = ("request_id", "reason", "comment", "model", "version", "persona", "article_text", "summary")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    comment: str
    model: str
    version: str
    persona: str
    article_text: str
    summary: str
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ..., comment: _Optional[str] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., persona: _Optional[str] = ..., article_text: _Optional[str] = ..., summary: _Optional[str] = ...) -> None: ...

class ReportSummaryResponse(_message.Message):
    __slots__ = ("report_id", "text_kept")
    REPORT_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_KEPT_FIELD_NUMBER: _ClassVar[int]
    report_id: str
    text_kept: bool
    def __init__(self, report_id: _Optional[str] = ..., text_kept: _Optional[bool] = ...) -> None: ...
