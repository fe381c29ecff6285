from goldbrief.api.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Golden(_message.Message):
    __slots__ = ("name", "persona", "summary", "article_text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    persona: str
    summary: str
    article_text: str
    def __init__(self, name: _Optional[str] = ..., persona: _Optional[str] = ..., summary: _Optional[str] = ..., article_text: _Optional[str] = ...) -> None: ...

class InferStyleRequest(_message.Message):
    __slots__ = ("goldens",)
    GOLDENS_FIELD_NUMBER: _ClassVar[int]
    goldens: _containers.RepeatedCompositeFieldContainer[Golden]
    def __init__(self, goldens: _Optional[_Iterable[_Union[Golden, _Mapping]]] = ...) -> None: ...

class InferStyleResponse(_message.Message):
    __slots__ = ("style_json", "evidence", "notes")
    class EvidenceEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    STYLE_JSON_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    style_json: str
    evidence: _containers.ScalarMap[str, str]
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, style_json: _Optional[str] = ..., evidence: _Optional[_Mapping[str, str]] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateSynthesisRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "article_sha256s", "plan_key", "judge")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256S_FIELD_NUMBER: _ClassVar[int]
    PLAN_KEY_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    article_sha256s: _containers.RepeatedScalarFieldContainer[str]
    plan_key: str
    judge: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., article_sha256s: _Optional[_Iterable[str]] = ..., plan_key: _Optional[str] = ..., judge: _Optional[str] = ...) -> None: ...

class Synthesis(_message.Message):
    __slots__ = ("work", "teacher", "judge")
    WORK_FIELD_NUMBER: _ClassVar[int]
    TEACHER_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    teacher: str
    judge: str
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., teacher: _Optional[str] = ..., judge: _Optional[str] = ...) -> None: ...

class CreateSynthesisResponse(_message.Message):
    __slots__ = ("synthesis",)
    SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    synthesis: Synthesis
    def __init__(self, synthesis: _Optional[_Union[Synthesis, _Mapping]] = ...) -> None: ...

class GetSynthesisRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetSynthesisResponse(_message.Message):
    __slots__ = ("synthesis",)
    SYNTHESIS_FIELD_NUMBER: _ClassVar[int]
    synthesis: Synthesis
    def __init__(self, synthesis: _Optional[_Union[Synthesis, _Mapping]] = ...) -> None: ...

class ListCandidatesRequest(_message.Message):
    __slots__ = ("synthesis_id", "outcome", "page_size", "page_token")
    SYNTHESIS_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    synthesis_id: str
    outcome: str
    page_size: int
    page_token: str
    def __init__(self, synthesis_id: _Optional[str] = ..., outcome: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("article_sha256", "persona", "outcome", "reason", "text", "score", "rounds", "judgment_json")
    ARTICLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    ROUNDS_FIELD_NUMBER: _ClassVar[int]
    JUDGMENT_JSON_FIELD_NUMBER: _ClassVar[int]
    article_sha256: str
    persona: str
    outcome: str
    reason: str
    text: str
    score: float
    rounds: int
    judgment_json: str
    def __init__(self, article_sha256: _Optional[str] = ..., persona: _Optional[str] = ..., outcome: _Optional[str] = ..., reason: _Optional[str] = ..., text: _Optional[str] = ..., score: _Optional[float] = ..., rounds: _Optional[int] = ..., judgment_json: _Optional[str] = ...) -> None: ...

class ListCandidatesResponse(_message.Message):
    __slots__ = ("candidates", "next_page_token")
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    next_page_token: str
    def __init__(self, candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
