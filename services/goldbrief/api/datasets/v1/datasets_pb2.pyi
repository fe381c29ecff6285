from goldbrief.api.common.v1 import work_pb2 as _work_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UploadFileRequest(_message.Message):
    __slots__ = ("name", "chunk")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    name: str
    chunk: bytes
    def __init__(self, name: _Optional[str] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class UploadFileResponse(_message.Message):
    __slots__ = ("sha256", "size")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    size: int
    def __init__(self, sha256: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class ListSourcesRequest(_message.Message):
    __slots__ = ("uri",)
    URI_FIELD_NUMBER: _ClassVar[int]
    uri: str
    def __init__(self, uri: _Optional[str] = ...) -> None: ...

class ListSourcesResponse(_message.Message):
    __slots__ = ("files",)
    FILES_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[UploadedFile]
    def __init__(self, files: _Optional[_Iterable[_Union[UploadedFile, _Mapping]]] = ...) -> None: ...

class UploadedFile(_message.Message):
    __slots__ = ("name", "sha256", "uri")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    name: str
    sha256: str
    uri: str
    def __init__(self, name: _Optional[str] = ..., sha256: _Optional[str] = ..., uri: _Optional[str] = ...) -> None: ...

class CreateImportRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "files", "policy_json")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    POLICY_JSON_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    files: _containers.RepeatedCompositeFieldContainer[UploadedFile]
    policy_json: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., files: _Optional[_Iterable[_Union[UploadedFile, _Mapping]]] = ..., policy_json: _Optional[str] = ...) -> None: ...

class Import(_message.Message):
    __slots__ = ("work",)
    WORK_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ...) -> None: ...

class CreateImportResponse(_message.Message):
    __slots__ = ()
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, **kwargs) -> None: ...

class GetImportRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetImportResponse(_message.Message):
    __slots__ = ()
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, **kwargs) -> None: ...

class ListImportedFilesRequest(_message.Message):
    __slots__ = ("import_id",)
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    def __init__(self, import_id: _Optional[str] = ...) -> None: ...

class ImportedFile(_message.Message):
    __slots__ = ("name", "fate", "reason", "article_sha256s", "words", "size", "source", "licence", "language", "findings")
    class FindingsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    FATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256S_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    name: str
    fate: str
    reason: str
    article_sha256s: _containers.RepeatedScalarFieldContainer[str]
    words: int
    size: int
    source: str
    licence: str
    language: str
    findings: _containers.ScalarMap[str, int]
    def __init__(self, name: _Optional[str] = ..., fate: _Optional[str] = ..., reason: _Optional[str] = ..., article_sha256s: _Optional[_Iterable[str]] = ..., words: _Optional[int] = ..., size: _Optional[int] = ..., source: _Optional[str] = ..., licence: _Optional[str] = ..., language: _Optional[str] = ..., findings: _Optional[_Mapping[str, int]] = ...) -> None: ...

class ListImportedFilesResponse(_message.Message):
    __slots__ = ("files",)
    FILES_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[ImportedFile]
    def __init__(self, files: _Optional[_Iterable[_Union[ImportedFile, _Mapping]]] = ...) -> None: ...

class GetArticleRequest(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    def __init__(self, sha256: _Optional[str] = ...) -> None: ...

class GetArticleResponse(_message.Message):
    __slots__ = ("sha256", "title", "company", "source", "date", "uri", "licence", "text")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    COMPANY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    title: str
    company: str
    source: str
    date: str
    uri: str
    licence: str
    text: str
    def __init__(self, sha256: _Optional[str] = ..., title: _Optional[str] = ..., company: _Optional[str] = ..., source: _Optional[str] = ..., date: _Optional[str] = ..., uri: _Optional[str] = ..., licence: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class CreateDatasetVersionRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "name", "synthesis_id", "import_id", "plan_key", "extends")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SYNTHESIS_ID_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PLAN_KEY_FIELD_NUMBER: _ClassVar[int]
    EXTENDS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    name: str
    synthesis_id: str
    import_id: str
    plan_key: str
    extends: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., name: _Optional[str] = ..., synthesis_id: _Optional[str] = ..., import_id: _Optional[str] = ..., plan_key: _Optional[str] = ..., extends: _Optional[str] = ...) -> None: ...

class DatasetVersion(_message.Message):
    __slots__ = ("work", "name", "version", "digest", "prefix", "rows", "card", "prompt_json", "manifest_json", "histograms_svg")
    class RowsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    WORK_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    CARD_FIELD_NUMBER: _ClassVar[int]
    PROMPT_JSON_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_JSON_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAMS_SVG_FIELD_NUMBER: _ClassVar[int]
    work: _work_pb2.Work
    name: str
    version: str
    digest: str
    prefix: str
    rows: _containers.ScalarMap[str, int]
    card: str
    prompt_json: str
    manifest_json: str
    histograms_svg: str
    def __init__(self, work: _Optional[_Union[_work_pb2.Work, _Mapping]] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., digest: _Optional[str] = ..., prefix: _Optional[str] = ..., rows: _Optional[_Mapping[str, int]] = ..., card: _Optional[str] = ..., prompt_json: _Optional[str] = ..., manifest_json: _Optional[str] = ..., histograms_svg: _Optional[str] = ...) -> None: ...

class CreateDatasetVersionResponse(_message.Message):
    __slots__ = ("dataset_version",)
    DATASET_VERSION_FIELD_NUMBER: _ClassVar[int]
    dataset_version: DatasetVersion
    def __init__(self, dataset_version: _Optional[_Union[DatasetVersion, _Mapping]] = ...) -> None: ...

class ImportPairsRequest(_message.Message):
    __slots__ = ("request_id", "name", "file_name", "sha256", "source", "licence", "like", "eval_pairs", "skip_embeddings", "seed")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LIKE_FIELD_NUMBER: _ClassVar[int]
    EVAL_PAIRS_FIELD_NUMBER: _ClassVar[int]
    SKIP_EMBEDDINGS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    file_name: str
    sha256: str
    source: str
    licence: str
    like: str
    eval_pairs: int
    skip_embeddings: bool
    seed: int
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., file_name: _Optional[str] = ..., sha256: _Optional[str] = ..., source: _Optional[str] = ..., licence: _Optional[str] = ..., like: _Optional[str] = ..., eval_pairs: _Optional[int] = ..., skip_embeddings: _Optional[bool] = ..., seed: _Optional[int] = ...) -> None: ...

class ImportPairsResponse(_message.Message):
    __slots__ = ("dataset_version",)
    DATASET_VERSION_FIELD_NUMBER: _ClassVar[int]
    dataset_version: DatasetVersion
    def __init__(self, dataset_version: _Optional[_Union[DatasetVersion, _Mapping]] = ...) -> None: ...

class GetDatasetVersionRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetDatasetVersionResponse(_message.Message):
    __slots__ = ("dataset_version",)
    DATASET_VERSION_FIELD_NUMBER: _ClassVar[int]
    dataset_version: DatasetVersion
    def __init__(self, dataset_version: _Optional[_Union[DatasetVersion, _Mapping]] = ...) -> None: ...

class ListDatasetVersionsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListDatasetVersionsResponse(_message.Message):
    __slots__ = ("dataset_versions",)
    DATASET_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    dataset_versions: _containers.RepeatedCompositeFieldContainer[DatasetVersion]
    def __init__(self, dataset_versions: _Optional[_Iterable[_Union[DatasetVersion, _Mapping]]] = ...) -> None: ...

class ListDatasetRowsRequest(_message.Message):
    __slots__ = ("id", "split")
    ID_FIELD_NUMBER: _ClassVar[int]
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    id: str
    split: str
    def __init__(self, id: _Optional[str] = ..., split: _Optional[str] = ...) -> None: ...

class DatasetRow(_message.Message):
    __slots__ = ("split", "prompt", "response", "persona", "article_sha256", "company", "source", "teacher", "judge", "judge_score", "origin", "weight", "strategy")
    SPLIT_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    COMPANY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TEACHER_FIELD_NUMBER: _ClassVar[int]
    JUDGE_FIELD_NUMBER: _ClassVar[int]
    JUDGE_SCORE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    split: str
    prompt: str
    response: str
    persona: str
    article_sha256: str
    company: str
    source: str
    teacher: str
    judge: str
    judge_score: float
    origin: str
    weight: float
    strategy: str
    def __init__(self, split: _Optional[str] = ..., prompt: _Optional[str] = ..., response: _Optional[str] = ..., persona: _Optional[str] = ..., article_sha256: _Optional[str] = ..., company: _Optional[str] = ..., source: _Optional[str] = ..., teacher: _Optional[str] = ..., judge: _Optional[str] = ..., judge_score: _Optional[float] = ..., origin: _Optional[str] = ..., weight: _Optional[float] = ..., strategy: _Optional[str] = ...) -> None: ...

class ListDatasetRowsResponse(_message.Message):
    __slots__ = ("row",)
    ROW_FIELD_NUMBER: _ClassVar[int]
    row: DatasetRow
    def __init__(self, row: _Optional[_Union[DatasetRow, _Mapping]] = ...) -> None: ...

class ListRejectedCandidatesRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class RejectedCandidate(_message.Message):
    __slots__ = ("fate", "reason", "article_sha256", "persona", "score", "judgment_json")
    FATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    JUDGMENT_JSON_FIELD_NUMBER: _ClassVar[int]
    fate: str
    reason: str
    article_sha256: str
    persona: str
    score: float
    judgment_json: str
    def __init__(self, fate: _Optional[str] = ..., reason: _Optional[str] = ..., article_sha256: _Optional[str] = ..., persona: _Optional[str] = ..., score: _Optional[float] = ..., judgment_json: _Optional[str] = ...) -> None: ...

class ListRejectedCandidatesResponse(_message.Message):
    __slots__ = ("candidate",)
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    candidate: RejectedCandidate
    def __init__(self, candidate: _Optional[_Union[RejectedCandidate, _Mapping]] = ...) -> None: ...

class ProposeImprovementRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ProposeImprovementResponse(_message.Message):
    __slots__ = ("proposal_json", "markdown")
    PROPOSAL_JSON_FIELD_NUMBER: _ClassVar[int]
    MARKDOWN_FIELD_NUMBER: _ClassVar[int]
    proposal_json: str
    markdown: str
    def __init__(self, proposal_json: _Optional[str] = ..., markdown: _Optional[str] = ...) -> None: ...
