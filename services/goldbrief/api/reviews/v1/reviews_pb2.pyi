import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReviewSet(_message.Message):
    __slots__ = ("id", "title", "evaluation_id", "systems", "pairs", "version", "assigned", "submitted", "create_time", "prompt_json")
    ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_ID_FIELD_NUMBER: _ClassVar[int]
    SYSTEMS_FIELD_NUMBER: _ClassVar[int]
    PAIRS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROMPT_JSON_FIELD_NUMBER: _ClassVar[int]
    id: str
    title: str
    evaluation_id: str
    systems: _containers.RepeatedScalarFieldContainer[str]
    pairs: int
    version: int
    assigned: int
    submitted: int
    create_time: _timestamp_pb2.Timestamp
    prompt_json: str
    def __init__(self, id: _Optional[str] = ..., title: _Optional[str] = ..., evaluation_id: _Optional[str] = ..., systems: _Optional[_Iterable[str]] = ..., pairs: _Optional[int] = ..., version: _Optional[int] = ..., assigned: _Optional[int] = ..., submitted: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prompt_json: _Optional[str] = ...) -> None: ...

class CreateReviewSetRequest(_message.Message):
    __slots__ = ("request_id", "evaluation_id", "title", "systems", "articles")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_ID_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SYSTEMS_FIELD_NUMBER: _ClassVar[int]
    ARTICLES_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    evaluation_id: str
    title: str
    systems: _containers.RepeatedScalarFieldContainer[str]
    articles: int
    def __init__(self, request_id: _Optional[str] = ..., evaluation_id: _Optional[str] = ..., title: _Optional[str] = ..., systems: _Optional[_Iterable[str]] = ..., articles: _Optional[int] = ...) -> None: ...

class CreateReviewSetResponse(_message.Message):
    __slots__ = ("review_set",)
    REVIEW_SET_FIELD_NUMBER: _ClassVar[int]
    review_set: ReviewSet
    def __init__(self, review_set: _Optional[_Union[ReviewSet, _Mapping]] = ...) -> None: ...

class GetReviewSetRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetReviewSetResponse(_message.Message):
    __slots__ = ("review_set",)
    REVIEW_SET_FIELD_NUMBER: _ClassVar[int]
    review_set: ReviewSet
    def __init__(self, review_set: _Optional[_Union[ReviewSet, _Mapping]] = ...) -> None: ...

class ListReviewSetsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListReviewSetsResponse(_message.Message):
    __slots__ = ("review_sets",)
    REVIEW_SETS_FIELD_NUMBER: _ClassVar[int]
    review_sets: _containers.RepeatedCompositeFieldContainer[ReviewSet]
    def __init__(self, review_sets: _Optional[_Iterable[_Union[ReviewSet, _Mapping]]] = ...) -> None: ...

class AssignReviewersRequest(_message.Message):
    __slots__ = ("id", "version", "reviewers", "raters", "repeats")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REVIEWERS_FIELD_NUMBER: _ClassVar[int]
    RATERS_FIELD_NUMBER: _ClassVar[int]
    REPEATS_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: int
    reviewers: _containers.RepeatedScalarFieldContainer[str]
    raters: int
    repeats: int
    def __init__(self, id: _Optional[str] = ..., version: _Optional[int] = ..., reviewers: _Optional[_Iterable[str]] = ..., raters: _Optional[int] = ..., repeats: _Optional[int] = ...) -> None: ...

class AssignReviewersResponse(_message.Message):
    __slots__ = ("review_set",)
    REVIEW_SET_FIELD_NUMBER: _ClassVar[int]
    review_set: ReviewSet
    def __init__(self, review_set: _Optional[_Union[ReviewSet, _Mapping]] = ...) -> None: ...

class Block(_message.Message):
    __slots__ = ("kind", "sentences")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    kind: str
    sentences: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kind: _Optional[str] = ..., sentences: _Optional[_Iterable[str]] = ...) -> None: ...

class Rating(_message.Message):
    __slots__ = ("left_scores", "right_scores", "preference", "comment", "left_wrong", "right_wrong")
    class LeftScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class RightScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    LEFT_SCORES_FIELD_NUMBER: _ClassVar[int]
    RIGHT_SCORES_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    LEFT_WRONG_FIELD_NUMBER: _ClassVar[int]
    RIGHT_WRONG_FIELD_NUMBER: _ClassVar[int]
    left_scores: _containers.ScalarMap[str, int]
    right_scores: _containers.ScalarMap[str, int]
    preference: str
    comment: str
    left_wrong: _containers.RepeatedScalarFieldContainer[int]
    right_wrong: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, left_scores: _Optional[_Mapping[str, int]] = ..., right_scores: _Optional[_Mapping[str, int]] = ..., preference: _Optional[str] = ..., comment: _Optional[str] = ..., left_wrong: _Optional[_Iterable[int]] = ..., right_wrong: _Optional[_Iterable[int]] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("id", "review_set_id", "review_set_title", "position", "state", "article_title", "persona", "version", "rating", "update_time", "article_text", "left", "right")
    ID_FIELD_NUMBER: _ClassVar[int]
    REVIEW_SET_ID_FIELD_NUMBER: _ClassVar[int]
    REVIEW_SET_TITLE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TITLE_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TEXT_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    id: str
    review_set_id: str
    review_set_title: str
    position: int
    state: str
    article_title: str
    persona: str
    version: int
    rating: Rating
    update_time: _timestamp_pb2.Timestamp
    article_text: str
    left: _containers.RepeatedCompositeFieldContainer[Block]
    right: _containers.RepeatedCompositeFieldContainer[Block]
    def __init__(self, id: _Optional[str] = ..., review_set_id: _Optional[str] = ..., review_set_title: _Optional[str] = ..., position: _Optional[int] = ..., state: _Optional[str] = ..., article_title: _Optional[str] = ..., persona: _Optional[str] = ..., version: _Optional[int] = ..., rating: _Optional[_Union[Rating, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., article_text: _Optional[str] = ..., left: _Optional[_Iterable[_Union[Block, _Mapping]]] = ..., right: _Optional[_Iterable[_Union[Block, _Mapping]]] = ...) -> None: ...

class ListAssignmentsRequest(_message.Message):
    __slots__ = ("reviewer",)
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    reviewer: str
    def __init__(self, reviewer: _Optional[str] = ...) -> None: ...

class ListAssignmentsResponse(_message.Message):
    __slots__ = ("assignments",)
    ASSIGNMENTS_FIELD_NUMBER: _ClassVar[int]
    assignments: _containers.RepeatedCompositeFieldContainer[Assignment]
    def __init__(self, assignments: _Optional[_Iterable[_Union[Assignment, _Mapping]]] = ...) -> None: ...

class GetAssignmentRequest(_message.Message):
    __slots__ = ("id", "reviewer")
    ID_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    id: str
    reviewer: str
    def __init__(self, id: _Optional[str] = ..., reviewer: _Optional[str] = ...) -> None: ...

class GetAssignmentResponse(_message.Message):
    __slots__ = ("assignment",)
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    assignment: Assignment
    def __init__(self, assignment: _Optional[_Union[Assignment, _Mapping]] = ...) -> None: ...

class SaveRatingRequest(_message.Message):
    __slots__ = ("id", "reviewer", "version", "rating", "action", "seconds")
    ID_FIELD_NUMBER: _ClassVar[int]
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    id: str
    reviewer: str
    version: int
    rating: Rating
    action: str
    seconds: float
    def __init__(self, id: _Optional[str] = ..., reviewer: _Optional[str] = ..., version: _Optional[int] = ..., rating: _Optional[_Union[Rating, _Mapping]] = ..., action: _Optional[str] = ..., seconds: _Optional[float] = ...) -> None: ...

class SaveRatingResponse(_message.Message):
    __slots__ = ("assignment",)
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    assignment: Assignment
    def __init__(self, assignment: _Optional[_Union[Assignment, _Mapping]] = ...) -> None: ...

class Summary(_message.Message):
    __slots__ = ("system", "text")
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    system: str
    text: str
    def __init__(self, system: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class SubmittedRating(_message.Message):
    __slots__ = ("reviewer", "simulated", "repeat", "preference", "first_scores", "second_scores", "comment", "first_wrong", "second_wrong", "seconds", "first_left", "submit_time")
    class FirstScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class SecondScoresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    REVIEWER_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    REPEAT_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SCORES_FIELD_NUMBER: _ClassVar[int]
    SECOND_SCORES_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    FIRST_WRONG_FIELD_NUMBER: _ClassVar[int]
    SECOND_WRONG_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    FIRST_LEFT_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_TIME_FIELD_NUMBER: _ClassVar[int]
    reviewer: str
    simulated: bool
    repeat: bool
    preference: str
    first_scores: _containers.ScalarMap[str, int]
    second_scores: _containers.ScalarMap[str, int]
    comment: str
    first_wrong: _containers.RepeatedScalarFieldContainer[str]
    second_wrong: _containers.RepeatedScalarFieldContainer[str]
    seconds: float
    first_left: bool
    submit_time: _timestamp_pb2.Timestamp
    def __init__(self, reviewer: _Optional[str] = ..., simulated: _Optional[bool] = ..., repeat: _Optional[bool] = ..., preference: _Optional[str] = ..., first_scores: _Optional[_Mapping[str, int]] = ..., second_scores: _Optional[_Mapping[str, int]] = ..., comment: _Optional[str] = ..., first_wrong: _Optional[_Iterable[str]] = ..., second_wrong: _Optional[_Iterable[str]] = ..., seconds: _Optional[float] = ..., first_left: _Optional[bool] = ..., submit_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("version", "author", "preference", "comment", "corrected", "create_time", "simulated")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    version: int
    author: str
    preference: str
    comment: str
    corrected: str
    create_time: _timestamp_pb2.Timestamp
    simulated: bool
    def __init__(self, version: _Optional[int] = ..., author: _Optional[str] = ..., preference: _Optional[str] = ..., comment: _Optional[str] = ..., corrected: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., simulated: _Optional[bool] = ...) -> None: ...

class RatedPair(_message.Message):
    __slots__ = ("number", "article_sha256", "article_title", "persona", "first", "second", "ratings", "verdict", "outcome")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_SHA256_FIELD_NUMBER: _ClassVar[int]
    ARTICLE_TITLE_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    SECOND_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    number: int
    article_sha256: str
    article_title: str
    persona: str
    first: Summary
    second: Summary
    ratings: _containers.RepeatedCompositeFieldContainer[SubmittedRating]
    verdict: Verdict
    outcome: str
    def __init__(self, number: _Optional[int] = ..., article_sha256: _Optional[str] = ..., article_title: _Optional[str] = ..., persona: _Optional[str] = ..., first: _Optional[_Union[Summary, _Mapping]] = ..., second: _Optional[_Union[Summary, _Mapping]] = ..., ratings: _Optional[_Iterable[_Union[SubmittedRating, _Mapping]]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., outcome: _Optional[str] = ...) -> None: ...

class ListRatedPairsRequest(_message.Message):
    __slots__ = ("id", "number")
    ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    id: str
    number: int
    def __init__(self, id: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class ListRatedPairsResponse(_message.Message):
    __slots__ = ("pair",)
    PAIR_FIELD_NUMBER: _ClassVar[int]
    pair: RatedPair
    def __init__(self, pair: _Optional[_Union[RatedPair, _Mapping]] = ...) -> None: ...

class GetFindingsRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetFindingsResponse(_message.Message):
    __slots__ = ("findings_json",)
    FINDINGS_JSON_FIELD_NUMBER: _ClassVar[int]
    findings_json: str
    def __init__(self, findings_json: _Optional[str] = ...) -> None: ...

class AdjudicateRequest(_message.Message):
    __slots__ = ("id", "number", "version", "author", "preference", "comment", "corrected")
    ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PREFERENCE_FIELD_NUMBER: _ClassVar[int]
    COMMENT_FIELD_NUMBER: _ClassVar[int]
    CORRECTED_FIELD_NUMBER: _ClassVar[int]
    id: str
    number: int
    version: int
    author: str
    preference: str
    comment: str
    corrected: str
    def __init__(self, id: _Optional[str] = ..., number: _Optional[int] = ..., version: _Optional[int] = ..., author: _Optional[str] = ..., preference: _Optional[str] = ..., comment: _Optional[str] = ..., corrected: _Optional[str] = ...) -> None: ...

class AdjudicateResponse(_message.Message):
    __slots__ = ("verdict",)
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    verdict: Verdict
    def __init__(self, verdict: _Optional[_Union[Verdict, _Mapping]] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("name", "role", "simulated", "expire_time", "token_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: str
    simulated: bool
    expire_time: _timestamp_pb2.Timestamp
    token_id: str
    def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., simulated: _Optional[bool] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., token_id: _Optional[str] = ...) -> None: ...

class CreateAccountRequest(_message.Message):
    __slots__ = ("name", "role", "simulated", "hours")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: str
    simulated: bool
    hours: float
    def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., simulated: _Optional[bool] = ..., hours: _Optional[float] = ...) -> None: ...

class CreateAccountResponse(_message.Message):
    __slots__ = ("account", "token")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    account: Account
    token: str
    def __init__(self, account: _Optional[_Union[Account, _Mapping]] = ..., token: _Optional[str] = ...) -> None: ...

class ListAccountsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListAccountsResponse(_message.Message):
    __slots__ = ("accounts",)
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[Account]
    def __init__(self, accounts: _Optional[_Iterable[_Union[Account, _Mapping]]] = ...) -> None: ...

class SignInRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class SignInResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: Account
    def __init__(self, account: _Optional[_Union[Account, _Mapping]] = ...) -> None: ...

class RevokeAccountRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class RevokeAccountResponse(_message.Message):
    __slots__ = ("account",)
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: Account
    def __init__(self, account: _Optional[_Union[Account, _Mapping]] = ...) -> None: ...
