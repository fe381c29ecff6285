"""The server that a command talks to."""

from __future__ import annotations

import click

from goldbrief.sdk import Client

address_option = click.option(
    "--address",
    default="",
    help="Server, host:port or https://host.  [env GOLDBRIEF_ADDRESS; 127.0.0.1:7700]",
)


def connect(address: str) -> Client:
    """Connect to a server.

    Args:
        address: As the option has it; empty takes the environment's.

    Returns:
        A client whose server answers.

    Raises:
        click.ClickException: Nothing answers there.
    """
    client = Client(address)
    if not client.is_up(timeout_s=2.0):
        raise click.ClickException(
            f"Nothing answers at {client.address}. Start the server with `goldbrief up`, "
            "or set GOLDBRIEF_ADDRESS."
        )
    return client
