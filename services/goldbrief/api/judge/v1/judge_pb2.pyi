from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JudgeSummaryRequest(_message.Message):
    __slots__ = ("article_text", "summary", "persona", "style_json", "reference")
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    STYLE_JSON_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    article_text: str
    summary: str
    persona: str
    style_json: str
    reference: str
    def __init__(self, article_text: _Optional[str] = ..., summary: _Optional[str] = ..., persona: _Optional[str] = ..., style_json: _Optional[str] = ..., reference: _Optional[str] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("check", "severity", "message")
    CHECK_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    check: str
    severity: str
    message: str
    def __init__(self, check: _Optional[str] = ..., severity: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class JudgeSummaryResponse(_message.Message):
    __slots__ = ("judge", "rubric", "overall", "scores", "rationale", "findings", "figures_total", "figures_supported", "failed", "prompt_tokens", "completion_tokens", "judgment_json")
    class ScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    RUBRIC_FIELD_NUMBER: _ClassVar[int]
    OVERALL_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    RATIONALE_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    FIGURES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    FIGURES_SUPPORTED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    JUDGMENT_JSON_FIELD_NUMBER: _ClassVar[int]
    judge: str
    rubric: str
    overall: float
    scores: _containers.ScalarMap[str, float]
    rationale: str
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    figures_total: int
    figures_supported: int
    failed: bool
    prompt_tokens: int
    completion_tokens: int
    judgment_json: str
    def __init__(self, judge: _Optional[str] = ..., rubric: _Optional[str] = ..., overall: _Optional[float] = ..., scores: _Optional[_Mapping[str, float]] = ..., rationale: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., figures_total: _Optional[int] = ..., figures_supported: _Optional[int] = ..., failed: _Optional[bool] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., judgment_json: _Optional[str] = ...) -> None: ...

class CompareSummariesRequest(_message.Message):
    __slots__ = ("article_text", "first", "second", "persona", "style_json")
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    STYLE_JSON_FIELD_NUMBER: _ClassVar[int]
    article_text: str
    first: str
    second: str
    persona: str
    style_json: str
    def __init__(self, article_text: _Optional[str] = ..., first: _Optional[str] = ..., second: _Optional[str] = ..., persona: _Optional[str] = ..., style_json: _Optional[str] = ...) -> None: ...

class CompareSummariesResponse(_message.Message):
    __slots__ = ("judge", "rubric", "preferred", "consistent", "rationale", "comparison_json")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    RUBRIC_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_FIELD_NUMBER: _ClassVar[int]
    CONSISTENT_FIELD_NUMBER: _ClassVar[int]
    RATIONALE_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_JSON_FIELD_NUMBER: _ClassVar[int]
    judge: str
    rubric: str
    preferred: str
    consistent: bool
    rationale: str
    comparison_json: str
    def __init__(self, judge: _Optional[str] = ..., rubric: _Optional[str] = ..., preferred: _Optional[str] = ..., consistent: _Optional[bool] = ..., rationale: _Optional[str] = ..., comparison_json: _Optional[str] = ...) -> None: ...

class GetJudgeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetJudgeResponse(_message.Message):
    __slots__ = ("judge", "rubric", "calibrated", "dimensions", "version", "standing", "accept_score", "reject_score")
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    RUBRIC_FIELD_NUMBER: _ClassVar[int]
    CALIBRATED_FIELD_NUMBER: _ClassVar[int]
    DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_SCORE_FIELD_NUMBER: _ClassVar[int]
    REJECT_SCORE_FIELD_NUMBER: _ClassVar[int]
    judge: str
    rubric: str
    calibrated: bool
    dimensions: _containers.RepeatedScalarFieldContainer[str]
    version: str
    standing: str
    accept_score: float
    reject_score: float
    def __init__(self, judge: _Optional[str] = ..., rubric: _Optional[str] = ..., calibrated: _Optional[bool] = ..., dimensions: _Optional[_Iterable[str]] = ..., version: _Optional[str] = ..., standing: _Optional[str] = ..., accept_score: _Optional[float] = ..., reject_score: _Optional[float] = ...) -> None: ...

class Rating(_message.Message):
    __slots__ = ("rater", "scores", "simulated")
    class ScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    RATER_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    rater: str
    scores: _containers.ScalarMap[str, float]
    simulated: bool
    def __init__(self, rater: _Optional[str] = ..., scores: _Optional[_Mapping[str, float]] = ..., simulated: _Optional[bool] = ...) -> None: ...

class CalibrateJudgeRequest(_message.Message):
    __slots__ = ("article_text", "article_sha256", "summary", "persona", "style_json", "author", "ratings", "is_good")
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    STYLE_JSON_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    IS_GOOD_FIELD_NUMBER: _ClassVar[int]
    article_text: str
    article_sha256: str
    summary: str
    persona: str
    style_json: str
    author: str
    ratings: _containers.RepeatedCompositeFieldContainer[Rating]
    is_good: bool
    def __init__(self, article_text: _Optional[str] = ..., article_sha256: _Optional[str] = ..., summary: _Optional[str] = ..., persona: _Optional[str] = ..., style_json: _Optional[str] = ..., author: _Optional[str] = ..., ratings: _Optional[_Iterable[_Union[Rating, _Mapping]]] = ..., is_good: _Optional[bool] = ...) -> None: ...

class CalibrateJudgeResponse(_message.Message):
    __slots__ = ("judged", "total", "card_json", "card_markdown")
    JUDGED_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    CARD_JSON_FIELD_NUMBER: _ClassVar[int]
    CARD_MARKDOWN_FIELD_NUMBER: _ClassVar[int]
    judged: int
    total: int
    card_json: str
    card_markdown: str
    def __init__(self, judged: _Optional[int] = ..., total: _Optional[int] = ..., card_json: _Optional[str] = ..., card_markdown: _Optional[str] = ...) -> None: ...

class GetJudgeCardRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetJudgeCardResponse(_message.Message):
    __slots__ = ("card_json", "card_markdown")
    CARD_JSON_FIELD_NUMBER: _ClassVar[int]
    CARD_MARKDOWN_FIELD_NUMBER: _ClassVar[int]
    card_json: str
    card_markdown: str
    def __init__(self, card_json: _Optional[str] = ..., card_markdown: _Optional[str] = ...) -> None: ...
