"""Lets in who has a token for what they ask, at every door of a process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from goldbrief.core.access import (
    ANYBODY,
    Principal,
    Scope,
    TokenEntry,
    read_tokens,
    token_hash,
)
from goldbrief.core.errors import (
    FailedPreconditionError,
    InvalidInputError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
)
from goldbrief.core.hosts import is_this_machine
from goldbrief.core.settings import Settings

_log = logging.getLogger(__name__)

_SCHEME = "bearer "
_LOOK_S = 1.0
"""Between two looks at the file: a revoked token is refused that soon after it is gone there."""
_SEND_ONE = "Send the header `Authorization: Bearer TOKEN`; clients of ours take GOLDBRIEF_TOKEN."


@dataclass(slots=True)
class _Allowance:
    """Calls of a token that may begin now; filled up steadily (a token bucket)."""

    calls: float
    at: float


class Doorkeeper:
    """Knows who may call. Without tokens at all, anybody may do anything.

    Args:
        file: See `core.access`; its changes are followed.
        own: The token that the services of an installation share, good for everything. With it,
            the file may come later.
        clock: Seconds; for tests.

    Raises:
        FailedPreconditionError: The file cannot be read.
        InvalidInputError: It is no file of tokens.
    """

    def __init__(
        self,
        file: Path | None = None,
        own: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._allowances: dict[str, _Allowance] = {}
        self._own = (_own_entry(own),) if own else ()
        self._entries = {entry.sha256: entry for entry in self._own}
        self._seen: tuple[int, int] | None = None
        self._looked = clock()
        if file is not None and (file.exists() or not own):
            self._read(file)

    def admit(self, authorization: str, scope: Scope) -> Principal:
        """Let a call in or refuse it.

        Args:
            authorization: Value of its header of that name; empty for none.
            scope: What it needs.

        Returns:
            Who calls.

        Raises:
            UnauthenticatedError: No token (TOKEN_MISSING), one that is not known (TOKEN_UNKNOWN),
                or not any more (TOKEN_EXPIRED).
            PermissionDeniedError: It lacks the scope (SCOPE_MISSING).
            ResourceExhaustedError: It has called too often (TOKEN_RATE); says when to try again.
        """
        if self._file is None and not self._own:
            return ANYBODY
        with self._lock:
            if self._file is not None:
                self._follow(self._file)
            entry = self._entry(authorization)
            principal = entry.principal()
            if not principal.may(scope):
                raise PermissionDeniedError(
                    f"The token {entry.name} may not do this: it lacks the scope {scope}.",
                    reason="SCOPE_MISSING",
                    remedy="Use a token that has it, or have an administrator grant it.",
                    metadata={"scope": scope, "token": entry.name},
                )
            self._count(entry)
        return principal

    def _entry(self, authorization: str) -> TokenEntry:
        if not authorization.lower().startswith(_SCHEME):
            raise UnauthenticatedError(
                "The call has no token.", reason="TOKEN_MISSING", remedy=_SEND_ONE
            )
        entry = self._entries.get(token_hash(authorization[len(_SCHEME) :].strip()))
        if entry is None:
            raise UnauthenticatedError(
                "The token is not known here.",
                reason="TOKEN_UNKNOWN",
                remedy="It may be of another installation, or revoked; ask for a new one.",
            )
        if entry.is_expired(datetime.now(UTC)):
            raise UnauthenticatedError(
                f"The token {entry.name} expired at {entry.expires:%Y-%m-%d %H:%M} UTC.",
                reason="TOKEN_EXPIRED",
                remedy="Ask for a new one.",
                metadata={"token": entry.name},
            )
        return entry

    def _count(self, entry: TokenEntry) -> None:
        if not entry.requests_per_minute:
            return
        rate, now = entry.requests_per_minute / 60, self._clock()
        most = max(1.0, rate)
        had = self._allowances.get(entry.name, _Allowance(most, now))
        calls = min(most, had.calls + (now - had.at) * rate)
        if calls < 1:
            self._allowances[entry.name] = _Allowance(calls, now)
            raise ResourceExhaustedError(
                f"The token {entry.name} has made more than {entry.requests_per_minute:g} calls a"
                " minute.",
                retry_after_s=(1 - calls) / rate,
                reason="TOKEN_RATE",
                metadata={"token": entry.name},
            )
        self._allowances[entry.name] = _Allowance(calls - 1, now)

    def _follow(self, file: Path) -> None:
        """Read the file anew where it changed; what cannot be read changes nothing."""
        if self._clock() - self._looked < _LOOK_S or (self._seen is None and not file.exists()):
            return
        self._looked = self._clock()
        try:
            if self._version(file) != self._seen:
                self._read(file)
        except (FailedPreconditionError, InvalidInputError) as error:
            _log.error("the tokens stay as they were: %s", error)

    def _read(self, file: Path) -> None:
        seen = self._version(file)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(file, error) from error
        entries = read_tokens(text, str(file))
        self._entries = {entry.sha256: entry for entry in (*entries, *self._own)}
        self._seen = seen
        _log.info("%d tokens are known from %s", len(entries), file)

    def _version(self, file: Path) -> tuple[int, int]:
        try:
            status = file.stat()
        except OSError as error:
            raise _unreadable(file, error) from error
        return status.st_mtime_ns, status.st_ino


def open_doorkeeper(settings: Settings) -> Doorkeeper:
    """Make the doorkeeper of a process.

    Args:
        settings: Say where it binds, and whose tokens it takes.

    Returns:
        One that lets anybody in where neither tokens_file nor token is set.

    Raises:
        FailedPreconditionError: It would let anybody in from beyond this machine
            (TOKENS_REQUIRED), or the file cannot be read.
        InvalidInputError: The file is no file of tokens.
    """
    file = Path(settings.tokens_file) if settings.tokens_file else None
    require_tokens(settings, has_tokens=bool(file or settings.token))
    return Doorkeeper(file, settings.token)


def require_tokens(settings: Settings, *, has_tokens: bool) -> None:
    """Refuse to answer beyond this machine whoever comes.

    Args:
        settings: Say where a server binds, and whether anybody may call it.
        has_tokens: Whether it asks for a token.

    Raises:
        FailedPreconditionError: It would let anybody in (TOKENS_REQUIRED).
    """
    if not (has_tokens or settings.allow_anonymous or is_this_machine(settings.host)):
        raise FailedPreconditionError(
            f"Whoever reaches {settings.host} could call this server without a token.",
            reason="TOKENS_REQUIRED",
            remedy="Set GOLDBRIEF_TOKEN to a secret that all services share, or"
            " GOLDBRIEF_TOKENS_FILE to a file of `goldbrief tokens`; bind to 127.0.0.1; or set"
            " GOLDBRIEF_ALLOW_ANONYMOUS=true.",
        )


def _own_entry(token: str) -> TokenEntry:
    return TokenEntry(name="goldbrief", sha256=token_hash(token), scopes=("admin",))


def _unreadable(file: Path, error: Exception) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The file of tokens {file} cannot be read: {error}.",
        reason="TOKENS_UNREADABLE",
        remedy="Check GOLDBRIEF_TOKENS_FILE.",
        metadata={"file": str(file)},
    )
