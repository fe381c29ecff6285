"""`goldbrief support-bundle`: what to send to somebody who helps."""

from __future__ import annotations

from pathlib import Path

import click

from goldbrief.cli.connecting import address_option
from goldbrief.sdk import Client
from goldbrief.sdk.support import write_support_bundle


@click.command("support-bundle")
@click.argument(
    "file", type=click.Path(path_type=Path, dir_okay=False), default="goldbrief-support.zip"
)
@address_option
def support_bundle(file: Path, address: str) -> None:
    """Write versions, settings without secrets and the last errors to FILE, a zip.

    No article, summary, secret or file name is in it: settings that could hold one are shown as
    set or empty, errors by their reason alone. It is written also when no server answers.
    """
    with Client(address) as client:
        names = write_support_bundle(client, file)
    click.echo(f"{file}: {', '.join(names)}; look at it before you send it")
