"""Who is let in, and why others are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from goldbrief.core.access import Scope, TokenEntry, new_token, token_hash, write_tokens
from goldbrief.core.errors import (
    FailedPreconditionError,
    GoldbriefError,
    InvalidInputError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
)
from goldbrief.core.settings import Settings
from goldbrief.platform.access import Doorkeeper, open_doorkeeper

NOW = datetime.now(UTC)
TOKEN = new_token()


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def entry(token: str = TOKEN, *scopes: Scope, **options: object) -> TokenEntry:
    fields = {"name": "app", "sha256": token_hash(token), "scopes": scopes or ("summarize",)}
    return TokenEntry.model_validate(fields | options)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.yaml"
    path.write_text(write_tokens([entry()]))
    return path


def refused(act: Callable[[], object], kind: type[GoldbriefError]) -> GoldbriefError:
    with pytest.raises(kind) as caught:
        act()
    assert TOKEN not in str(caught.value)
    return caught.value


def test_a_token_lets_in_for_what_it_is_good_for(file: Path) -> None:
    who = Doorkeeper(file).admit(f"Bearer {TOKEN}", "summarize")
    assert who.name == "app"
    error = refused(
        lambda: Doorkeeper(file).admit(f"bearer {TOKEN}", "write"), PermissionDeniedError
    )
    assert "lacks the scope write" in error.message


def test_an_administrator_may_do_everything(file: Path) -> None:
    file.write_text(write_tokens([entry(TOKEN, "admin")]))
    assert Doorkeeper(file).admit(f"Bearer {TOKEN}", "promote").may("review")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "TOKEN_MISSING"),
        (TOKEN, "TOKEN_MISSING"),
        ("Basic dXNlcjpwYXNz", "TOKEN_MISSING"),
        ("Bearer ", "TOKEN_UNKNOWN"),
        (f"Bearer {new_token()}", "TOKEN_UNKNOWN"),
        (f"Bearer {token_hash(TOKEN)}", "TOKEN_UNKNOWN"),
    ],
)
def test_who_has_no_token_is_told_what_to_send(file: Path, given: str, reason: str) -> None:
    error = refused(lambda: Doorkeeper(file).admit(given, "summarize"), UnauthenticatedError)
    assert (error.reason, bool(error.remedy)) == (reason, True)


def test_an_expired_token_is_refused_and_the_day_named(file: Path) -> None:
    file.write_text(write_tokens([entry(expires=NOW - timedelta(minutes=1))]))
    error = refused(
        lambda: Doorkeeper(file).admit(f"Bearer {TOKEN}", "summarize"), UnauthenticatedError
    )
    assert error.reason == "TOKEN_EXPIRED"
    file.write_text(write_tokens([entry(expires=NOW + timedelta(hours=1))]))
    Doorkeeper(file).admit(f"Bearer {TOKEN}", "summarize")


def test_a_token_that_leaves_the_file_is_refused_within_seconds(file: Path) -> None:
    clock = Clock()
    doorkeeper = Doorkeeper(file, clock=clock)
    other = new_token()
    file.write_text(write_tokens([entry(other)]) + "# changed\n")
    doorkeeper.admit(f"Bearer {TOKEN}", "summarize")
    clock.now += 2
    doorkeeper.admit(f"Bearer {other}", "summarize")
    refused(lambda: doorkeeper.admit(f"Bearer {TOKEN}", "summarize"), UnauthenticatedError)


@pytest.mark.parametrize("broken", ["tokens: [", "tokens: 5", "nothing: []", None])
def test_a_file_that_breaks_later_leaves_things_as_they_were(
    file: Path, broken: str | None
) -> None:
    clock = Clock()
    doorkeeper = Doorkeeper(file, clock=clock)
    if broken is None:
        file.unlink()
    else:
        file.write_text(broken)
    clock.now += 2
    doorkeeper.admit(f"Bearer {TOKEN}", "summarize")


def test_a_token_may_call_so_often_and_is_told_when_again(file: Path) -> None:
    file.write_text(write_tokens([entry(requests_per_minute=120)]))
    clock = Clock()
    doorkeeper = Doorkeeper(file, clock=clock)
    for _ in range(2):
        doorkeeper.admit(f"Bearer {TOKEN}", "summarize")
    error = refused(
        lambda: doorkeeper.admit(f"Bearer {TOKEN}", "summarize"), ResourceExhaustedError
    )
    assert isinstance(error, ResourceExhaustedError)
    assert error.retry_after_s == pytest.approx(0.5)
    clock.now += 0.5
    doorkeeper.admit(f"Bearer {TOKEN}", "summarize")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tokens: [", "tokens.yaml is no file of tokens"),
        ("tokens:\n- {name: a, sha256: short, scopes: [read]}", "tokens.0.sha256"),
        ("tokens:\n- {name: a, sha256: '" + "0" * 64 + "', scopes: [fly]}", "tokens.0.scopes.0"),
        ("tokens:\n- {name: a, sha256: '" + "0" * 64 + "', scopes: []}", "tokens.0.scopes"),
        (write_tokens([entry(), entry()]), "two tokens have the name 'app'"),
    ],
)
def test_a_broken_file_is_named_at_the_start(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    assert said in refused(lambda: Doorkeeper(file), InvalidInputError).message


def test_beyond_loopback_tokens_are_required_unless_that_is_said_to_be_wanted(file: Path) -> None:
    error = refused(lambda: open_doorkeeper(Settings(host="0.0.0.0")), FailedPreconditionError)
    assert error.reason == "TOKENS_REQUIRED"
    missing = Settings(host="0.0.0.0", tokens_file=str(file.parent / "none.yaml"))
    assert refused(lambda: open_doorkeeper(missing), FailedPreconditionError).reason == (
        "TOKENS_UNREADABLE"
    )
    for open_to_all in (
        Settings(),
        Settings(host="::1"),
        Settings(host="::", allow_anonymous=True),
    ):
        assert open_doorkeeper(open_to_all).admit("", "admin").name == "anonymous"
    guarded = open_doorkeeper(Settings(host="0.0.0.0", tokens_file=str(file)))
    refused(lambda: guarded.admit("", "read"), UnauthenticatedError)


def test_services_share_a_token_that_is_good_for_everything(file: Path) -> None:
    own = new_token()
    missing = file.with_name("later.yaml")
    clock = Clock()
    doorkeeper = Doorkeeper(missing, own, clock)
    assert doorkeeper.admit(f"Bearer {own}", "promote").name == "goldbrief"
    refused(lambda: doorkeeper.admit("", "read"), UnauthenticatedError)
    refused(lambda: doorkeeper.admit(f"Bearer {TOKEN}", "read"), UnauthenticatedError)
    file.rename(missing)
    clock.now += 2
    doorkeeper.admit(f"Bearer {TOKEN}", "summarize")
    doorkeeper.admit(f"Bearer {own}", "write")
    assert open_doorkeeper(Settings(host="::", token=own)).admit(f"Bearer {own}", "read")
