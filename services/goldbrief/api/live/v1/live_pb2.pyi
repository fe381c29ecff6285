from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
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
