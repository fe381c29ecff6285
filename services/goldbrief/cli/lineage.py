"""`goldbrief lineage`: what something was made of, and what was made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import click

from goldbrief.cli.connecting import address_option, connect
from goldbrief.sdk.lineage import Lineage, Node, openlineage_events, trace

_FEW = 10
"""Things of a kind that people are shown below one; `--all` shows the others."""


@click.command()
@click.argument("reference", metavar="ID")
@click.option("--all", "show_all", is_flag=True, help=f"Show more than {_FEW} things below one.")
@click.option("--json", "as_json", is_flag=True, help="Things and their links, as JSON.")
@click.option("--openlineage", is_flag=True, help="As OpenLineage run events, a line each.")
@address_option
def lineage(reference: str, show_all: bool, as_json: bool, openlineage: bool, address: str) -> None:
    """Show what something was made of, and what was made of it.

    ID is model@version, or a model for its served version; a dataset version; the id of a run or
    fine-tuning run; at least 6 digits of an article's hash; or a file, such as a golden or an
    article as it was given to a run, or an answer that `goldbrief summarize --json` printed.

    \b
    Examples:
      goldbrief lineage briefs@3
      goldbrief lineage answer.json
      goldbrief lineage my/goldens/first.md
      goldbrief lineage briefs/5f0c2a91 --openlineage
    """
    if as_json and openlineage:
        raise click.UsageError("--json and --openlineage exclude each other.")
    found = trace(connect(address), reference)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2))
    elif openlineage:
        for event in openlineage_events(found):
            click.echo(json.dumps(event))
    else:
        for line in tree_lines(found, None if show_all else _FEW):
            click.echo(line)


def tree_lines(found: Lineage, few: int | None = None) -> Iterator[str]:
    """Draw a lineage: first what its subject was made of, then what was made of it.

    Args:
        found: The lineage.
        few: Most things below one; None for all.

    Yields:
        Its lines.
    """
    yield _line(found.subject)
    for heading, follow in (("made of", found.sources), ("made into", found.products)):
        if follow(found.subject):
            yield f"{heading}:"
            yield from _branches(found.subject, follow, few, "")


def _branches(
    node: Node, follow: Callable[[Node], list[Node]], few: int | None, indent: str
) -> Iterator[str]:
    below = follow(node)
    shown = below[:few]
    for number, one in enumerate(shown, start=1):
        last = number == len(below)
        yield f"{indent}{'└' if last else '├'} {_line(one)}"
        yield from _branches(one, follow, few, indent + ("  " if last else "│ "))
    if len(below) > len(shown):
        yield f"{indent}└ and {len(below) - len(shown):,} more (--all)"


def _line(node: Node) -> str:
    told = "  ".join(f"{name} {_told(value)}" for name, value in node.facts.items() if value)
    by = f"  by {node.made_by.kind} {node.made_by.id}" if node.made_by else ""
    run = f" of {node.made_by.run_id}" if node.made_by and node.made_by.run_id else ""
    return f"{node.kind} {_brief(node)}{by}{run}{'  ' if told else ''}{told}"


def _brief(node: Node) -> str:
    return node.id[:12] if node.kind in ("article", "file", "pair") else node.id


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
