"""Who may call what: API tokens, their scopes, and the scope that a call needs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args
from urllib.parse import unquote

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from goldbrief.core.errors import InvalidInputError
from goldbrief.core.yaml_text import load_yaml

Scope = Literal["summarize", "review", "read", "write", "promote", "admin"]
"""`summarize`: have summaries written. `review`: rate them. `read`: see runs, data and models.
`write`: start, stop and delete work. `promote`: change what is served. `admin`: everything."""
SCOPES: tuple[Scope, ...] = get_args(Scope)

_PREFIX = "gb_"
"""Lets scanners for leaked secrets know a token."""
_TOKEN_BYTES = 32
_SUMMARIZING = "SummarizeService"
_RATING = frozenset({"ListAssignments", "GetAssignment", "SaveRating"})
_ADMINISTRATION = frozenset(
    {"CreateAccount", "RevokeAccount", "ListAccounts", "SignIn", "ListAuditEntries"}
)
"""Whoever makes accounts of the console can make one that may do anything there."""
_PROMOTING = frozenset(
    {"CreatePromotion", "RollBack", "DeliverModelVersion", "SignModelVersion", "ReportOutcomes"}
)
_OBSERVING = frozenset({"ObserveAnswer"})
"""Part of having a summary written, and as frequent."""
_READING = ("Get", "List", "Watch", "Resolve", "Infer", "Propose", "Verify", "Download")
_TAKING_AWAY = frozenset(
    {
        "GetLiveReport",
        "ListAuditEntries",
        "ListDatasetRows",
        "ListPredictions",
        "ListRatedPairs",
        "ListRejectedCandidates",
    }
)
"""What exports are made of: reading, but of everything at once; and live texts."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls."""

    name: str
    """Of the token; with a user that it calls for behind it."""
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether a call that needs a scope is allowed."""
        return scope in self.scopes or "admin" in self.scopes

    def acting_for(self, user: str) -> Principal:
        """The caller as records name it where it calls for a user; who may all is believed."""
        name = "".join(filter(str.isprintable, unquote(user)))[:_LONGEST_NAME]
        if not name or not self.may("admin"):
            return self
        return replace(self, name=f"{self.name} for {name}")


ANYBODY = Principal("anonymous", frozenset({"admin"}))
"""Whoever calls a server that asks for no token."""
current_principal: ContextVar[Principal] = ContextVar("current_principal", default=ANYBODY)
"""Who made the call that is being answered."""

acting_for: ContextVar[str] = ContextVar("acting_for", default="")
"""Whom this process calls others for: a user whom it knows itself, such as the console's."""
ACTING_FOR = "goldbrief-acting-for"
"""Name of the call's metadata that tells it, percent-encoded."""
_LONGEST_NAME = 60


class TokenEntry(BaseModel):
    """What a server knows of a token: not the token itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$")
    """For people, logs and records."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the token; as it is 256 random bits, a slow hash would add nothing."""
    scopes: tuple[Scope, ...] = Field(min_length=1)
    expires: AwareDatetime | None = None
    """From when it is refused; None is never."""
    requests_per_minute: float = Field(default=0.0, ge=0)
    """Most calls begun in a minute, at each server; 0 for no limit."""

    def principal(self) -> Principal:
        """Who calls with it."""
        return Principal(self.name, frozenset(self.scopes))

    def is_expired(self, now: datetime) -> bool:
        """Whether it is refused by now."""
        return self.expires is not None and self.expires <= now


class _TokenFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tokens: tuple[TokenEntry, ...]

    @model_validator(mode="after")
    def _names_differ(self) -> _TokenFile:
        names = [entry.name for entry in self.tokens]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two tokens have the name {twice!r}")
        return self


def new_token() -> str:
    """Make a token of 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What a server keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_tokens(text: str, where: str) -> tuple[TokenEntry, ...]:
    """Read a file of tokens.

    Args:
        text: YAML, as `write_tokens` writes it; empty has none.
        where: Name of the file, for messages.

    Returns:
        Its entries.

    Raises:
        InvalidInputError: It is no such file; the message names the entry.
    """
    try:
        return _TokenFile.model_validate(load_yaml(text) or {"tokens": ()}).tokens
    except (yaml.YAMLError, ValidationError) as error:
        raise InvalidInputError(
            f"{where} is no file of tokens: {_first_problem(error)}.",
            reason="INVALID_TOKENS_FILE",
            remedy="Let `goldbrief tokens` write it.",
            metadata={"file": where},
        ) from None


def write_tokens(entries: Sequence[TokenEntry]) -> str:
    """Write a file of tokens, which holds no token itself."""
    rows = [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]
    return yaml.safe_dump({"tokens": rows}, sort_keys=False)


def required_scope(method: str) -> Scope:
    """The scope that an RPC needs.

    Args:
        method: Full name, e.g. `/goldbrief.api.runs.v1.RunsService/GetRun`.

    Returns:
        `write` for whatever does not only read, and is not known to need another.
    """
    service, _, rpc = method.rpartition("/")
    if service.endswith(_SUMMARIZING):
        return "summarize"
    if rpc in _RATING:
        return "review"
    if rpc in _ADMINISTRATION:
        return "admin"
    if rpc in _PROMOTING:
        return "promote"
    return "read" if rpc.startswith(_READING) else "write"


def is_audited(method: str) -> bool:
    """Whether an RPC is put on record: it changes, decides, deletes, administers or exports.

    Args:
        method: As for `required_scope`.

    Returns:
        False for what only looks, and for writing summaries.
    """
    rpc = method.rpartition("/")[2]
    if required_scope(method) == "summarize" or rpc in _OBSERVING:
        return False
    return rpc in _TAKING_AWAY or not rpc.startswith(_READING)


def _first_problem(error: yaml.YAMLError | ValidationError) -> str:
    if isinstance(error, yaml.YAMLError):
        return str(error).replace("\n", " ")
    problem = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, problem["loc"]))
    return f"{place or 'the whole'}: {problem['msg'].removeprefix('Value error, ')}"
