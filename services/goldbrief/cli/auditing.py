"""`goldbrief audit`: who changed, promoted, exported, deleted, reviewed what."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from goldbrief.cli.connecting import address_option, connect
from goldbrief.core.audit import AuditEntry, AuditHead, parse_head
from goldbrief.sdk.audit import read_audit_entries, verify_audit


@click.group()
def audit() -> None:
    """Who changed, promoted, exported, deleted, reviewed what, and whether that record is whole.

    Needs a token with the scope admin where the server asks for tokens. docs/governance.md says
    what is on record, and what never is.

    \b
    Examples:
      goldbrief audit list --principal newsroom
      goldbrief audit list --resource model=briefs --json
      goldbrief audit verify
    """


@audit.command("list")
@click.option(
    "--last", type=click.IntRange(min=0), default=50, show_default=True,
    help="Newest entries to show; 0 for all.",
)  # fmt: skip
@click.option("--principal", default="", help="Only calls with the token of this name.")
@click.option("--resource", default="", help="Only calls about this, e.g. run-179eb074dcfb.")
@click.option("--json", "as_json", is_flag=True, help="As JSON lines, with hashes.")
@address_option
def show(last: int, principal: str, resource: str, as_json: bool, address: str) -> None:
    """List the record, the newest last: each call when it began, and how it ended."""
    for entry in read_audit_entries(connect(address), last, principal, resource):
        click.echo(json.dumps(asdict(entry)) if as_json else _line(entry))


@audit.command()
@click.option(
    "--noted", default="", metavar="NUMBER:HASH",
    help="What an earlier verify printed: it must still be in the record.",
)  # fmt: skip
@address_option
def verify(noted: str, address: str) -> None:
    """Check that no entry was altered, taken out or put in; print what stands for all of them.

    Keep what it prints where nobody can write who can write to the database: given to --noted
    later, it also shows whether the newest entries were cut off.
    """
    head = verify_audit(connect(address), _head(noted))
    click.echo(f"{head.number} entries, unbroken", err=True)
    click.echo(str(head))


def _head(noted: str) -> AuditHead | None:
    head = parse_head(noted)
    if noted and head is None:
        raise click.BadParameter("not NUMBER:HASH, as verify prints it", param_hint="--noted")
    return head


def _line(entry: AuditEntry) -> str:
    time = f"{datetime.fromtimestamp(entry.time, UTC):%Y-%m-%d %H:%M:%S}"
    call = entry.method.rpartition(".")[2].replace("Service/", ".")
    words = (f"{entry.number:>6}", time, entry.principal, call, entry.outcome, entry.resource)
    return "  ".join(words).rstrip()
