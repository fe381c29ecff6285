"""`goldbrief tokens`: who may call a server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from goldbrief.core.access import (
    SCOPES,
    Scope,
    TokenEntry,
    new_token,
    read_tokens,
    token_hash,
    write_tokens,
)
from goldbrief.core.errors import AlreadyExistsError, InvalidInputError, NotFoundError

_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdwy])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_YEAR = timedelta(days=365)

_file_option = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GOLDBRIEF_TOKENS_FILE",
    default=Path("tokens.yaml"),
    show_default=True,
    help="File of tokens that the server reads.  [env GOLDBRIEF_TOKENS_FILE]",
)


@click.group()
def tokens() -> None:
    """Who may call a server: tokens, what they are good for, and until when.

    The file holds hashes, no token: a server finds GOLDBRIEF_TOKENS_FILE, clients set
    GOLDBRIEF_TOKEN. Changes count within seconds, without a restart. docs/access.md
    explains the scopes.

    \b
    Examples:
      goldbrief tokens create newsroom --scope summarize --expires 90d
      goldbrief tokens list
      goldbrief tokens revoke newsroom
    """


@tokens.command()
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES),
    help="What it is good for; may be given several times.",
)  # fmt: skip
@click.option(
    "--expires", default="90d", show_default=True,
    help="From now: 12h, 90d, 4w, 1y; or never.",
)  # fmt: skip
@click.option(
    "--calls-a-minute", type=click.FloatRange(min=0), default=0.0, show_default=True,
    help="Most calls that it may begin in a minute, at each server; 0 for no limit.",
)  # fmt: skip
@_file_option
def create(
    name: str, scopes: Sequence[Scope], expires: str, calls_a_minute: float, file: Path
) -> None:
    """Make a token and print it, once: it is stored nowhere."""
    entries = _read(file)
    if any(entry.name == name for entry in entries):
        raise AlreadyExistsError(
            f"{file} has a token {name} already.",
            reason="TOKEN_EXISTS",
            remedy=f"Choose another name, or revoke it: goldbrief tokens revoke {name}",
        )
    token = new_token()
    entry = {
        "name": name,
        "sha256": token_hash(token),
        "scopes": list(dict.fromkeys(scopes)),
        "expires": _expiry(expires),
        "requests_per_minute": calls_a_minute,
    }
    try:
        made = TokenEntry.model_validate(entry)
    except ValueError:
        raise InvalidInputError(
            f"{name!r} cannot name a token.",
            reason="INVALID_TOKEN_NAME",
            remedy="Use up to 63 letters, digits, dots, hyphens, @ and underscores.",
        ) from None
    _write(file, [*entries, made])
    click.echo(token)
    click.echo(f"{_line(made)}; its hash is in {file}", err=True)


@tokens.command("list")
@_file_option
def show(file: Path) -> None:
    """List the tokens of a file."""
    for entry in _read(file):
        click.echo(_line(entry))


@tokens.command()
@click.argument("name")
@_file_option
def revoke(name: str, file: Path) -> None:
    """Take a token out of a file, so that it is refused."""
    entries = _read(file)
    left = [entry for entry in entries if entry.name != name]
    if len(left) == len(entries):
        raise NotFoundError(f"{file} has no token {name}.", reason="NO_SUCH_TOKEN")
    _write(file, left)
    click.echo(f"{name} is revoked")


def _read(file: Path) -> tuple[TokenEntry, ...]:
    if not file.exists():
        return ()
    return read_tokens(file.read_text(encoding="utf-8"), str(file))


def _write(file: Path, entries: Sequence[TokenEntry]) -> None:
    """Replace the file at once: a server may be reading it."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(write_tokens(entries), encoding="utf-8")
    new.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o600)
    new.replace(file)


def _expiry(written: str) -> datetime | None:
    if written == "never":
        return None
    span = _SPAN.fullmatch(written)
    if span is None:
        raise InvalidInputError(
            f"{written!r} is no time from now.",
            reason="INVALID_EXPIRY",
            remedy="Write e.g. 12h, 90d, 4w, 1y, or never.",
        )
    length = int(span[1]) * _UNITS.get(span[2], _YEAR)
    return (datetime.now(UTC) + length).replace(microsecond=0)


def _line(entry: TokenEntry) -> str:
    until = f"until {entry.expires:%Y-%m-%d %H:%M} UTC" if entry.expires else "for ever"
    if entry.is_expired(datetime.now(UTC)):
        until = f"expired {entry.expires:%Y-%m-%d %H:%M} UTC"
    rate = f", {entry.requests_per_minute:g} calls a minute" if entry.requests_per_minute else ""
    return f"{entry.name}: {', '.join(entry.scopes)}, {until}{rate}"
