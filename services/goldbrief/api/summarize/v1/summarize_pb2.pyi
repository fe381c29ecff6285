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
FINISH_REASON_UNSPECIFIED: FinishReason
FINISH_REASON_STOP: FinishReason
FINISH_REASON_LENGTH: FinishReason

class SummarizeRequest(_message.Message):
    __slots__ = ("article_text", "model", "persona")
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    article_text: str
    model: str
    persona: str
    def __init__(self, article_text: _Optional[str] = ..., model: _Optional[str] = ..., persona: _Optional[str] = ...) -> None: ...

class StreamSummarizeRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: SummarizeRequest
    def __init__(self, request: _Optional[_Union[SummarizeRequest, _Mapping]] = ...) -> None: ...

class TokenUsage(_message.Message):
    __slots__ = ("prompt_tokens", "completion_tokens", "latency_s")
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    LATENCY_S_FIELD_NUMBER: _ClassVar[int]
    prompt_tokens: int
    completion_tokens: int
    latency_s: float
    def __init__(self, prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., latency_s: _Optional[float] = ...) -> None: ...

class FigureCheck(_message.Message):
    __slots__ = ("text", "supported")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    text: str
    supported: bool
    def __init__(self, text: _Optional[str] = ..., supported: _Optional[bool] = ...) -> None: ...

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
    __slots__ = ("text", "overview", "takeaways", "actions", "structure_valid", "structure_problems", "figures", "finish_reason", "usage", "model", "version", "finetuning_run_id", "run_id", "base_model", "prompt_template", "strategy", "article_share", "persona", "request_id", "sections", "style_problems", "style_version")
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
    def __init__(self, text: _Optional[str] = ..., overview: _Optional[str] = ..., takeaways: _Optional[_Iterable[str]] = ..., actions: _Optional[_Iterable[str]] = ..., structure_valid: _Optional[bool] = ..., structure_problems: _Optional[_Iterable[str]] = ..., figures: _Optional[_Iterable[_Union[FigureCheck, _Mapping]]] = ..., finish_reason: _Optional[_Union[FinishReason, str]] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., model: _Optional[str] = ..., version: _Optional[str] = ..., finetuning_run_id: _Optional[str] = ..., run_id: _Optional[str] = ..., base_model: _Optional[str] = ..., prompt_template: _Optional[str] = ..., strategy: _Optional[str] = ..., article_share: _Optional[float] = ..., persona: _Optional[str] = ..., request_id: _Optional[str] = ..., sections: _Optional[_Iterable[_Union[Section, _Mapping]]] = ..., style_problems: _Optional[_Iterable[str]] = ..., style_version: _Optional[str] = ...) -> None: ...

class StreamSummarizeResponse(_message.Message):
    __slots__ = ("delta", "final")
    DELTA_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    delta: str
    final: SummarizeResponse
    def __init__(self, delta: _Optional[str] = ..., final: _Optional[_Union[SummarizeResponse, _Mapping]] = ...) -> None: ...
