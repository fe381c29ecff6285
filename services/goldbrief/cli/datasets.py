"""`goldbrief dataset`: what dataset versions hold, why, and how they differ."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.api.synthesis.v1 import synthesis_pb2
from goldbrief.cli.connecting import address_option, connect
from goldbrief.cli.output import verdict_as_text
from goldbrief.sdk import Client
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.dataset_diff import RowDifference, compare_datasets
from goldbrief.sdk.dataset_import import import_pairs
from goldbrief.sdk.dataset_improvement import propose_improvement, write_next_round
from goldbrief.sdk.datasets import (
    SPLITS,
    RowForm,
    export_dataset,
    get_dataset_version,
    list_dataset_versions,
    read_dataset_rows,
    read_rejected_candidates,
)

_EXIT_DIFFERENT = 1
_HASH_CHARS = 12
_REASONS_TOLD = 20
_TEXTS = ("prompt", "response")
"""Fields of a row that are too long to show."""


@click.group()
def dataset() -> None:
    """List, read, export, compare, import and improve dataset versions.

    A version is named as NAME/VERSION; NAME alone means its newest, and the beginning of a digest
    will do.

    \b
    Examples:
      goldbrief dataset show briefs
      goldbrief dataset show briefs --rejected --why
      goldbrief dataset export briefs/0123abcd4567 rows --form messages
      goldbrief dataset diff briefs/0123abcd4567 briefs
    """


@dataset.command("list")
@click.argument("name", default="")
@click.option("--json", "as_json", is_flag=True, help="A JSON line a version.")
@address_option
def list_(name: str, as_json: bool, address: str) -> None:
    """List dataset versions, the newest first; only those of NAME when it is given."""
    versions = list(list_dataset_versions(connect(address), name))
    for version in versions:
        click.echo(json.dumps(_record(version)) if as_json else _line(version))
    if not versions:
        click.echo("no dataset version is built yet; `goldbrief run` builds one", err=True)


@dataset.command()
@click.argument("version")
@click.option("--rows", "split", type=click.Choice(SPLITS), help="Print this split as JSONL.")
@click.option("--rejected", is_flag=True, help="List the candidates that are in no split.")
@click.option("--why", is_flag=True, help="With --rejected: what the judge said of each.")
@address_option
def show(version: str, split: str | None, rejected: bool, why: bool, address: str) -> None:
    """Show VERSION: its digest, rows, judges, costs and card.

    With --rows its rows instead, with --rejected the candidates that were not taken: REJECTED by
    the judge or a check, FAILED, or DROPPED in curation as a near-duplicate, not needed and so on.
    """
    if why and not rejected:
        raise click.UsageError("--why needs --rejected.")
    if split and rejected:
        raise click.UsageError("Give --rows or --rejected, not both.")
    client = connect(address)
    if split:
        for _, pair in read_dataset_rows(client, version, split):
            click.echo(pair.model_dump_json())
    elif rejected:
        _print_rejected(client, version, why)
    else:
        found = get_dataset_version(client, version)
        for label, value in _facts(client, found):
            click.echo(f"{label:<8} {value}")
        click.echo(f"\n{found.card}" if found.card else "", nl=False)


@dataset.command()
@click.argument("version")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--form", type=click.Choice(["prompt", "messages"]), default="prompt", show_default=True,
    help="Rows with prompt and response, or with the turns of a chat.",
)  # fmt: skip
@address_option
def export(version: str, folder: Path, form: RowForm, address: str) -> None:
    """Write VERSION to FOLDER, which is new or empty.

    Train, eval and golden rows as JSONL, card, prompt format and manifest. `goldbrief finetune
    create --train-data FOLDER` trains on its train rows; of the form `messages` it needs
    `--task CHAT_COMPLETION`.
    """
    counts = export_dataset(connect(address), version, folder, form)
    click.echo(f"{folder}: {_counts(counts)}")


@dataset.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", required=True, help="Dataset line.")
@click.option("--source", default="", help="Where the pairs come from.  [the file's name]")
@click.option("--licence", default="", help="What is known of their licence.")
@click.option(
    "--like", default="", metavar="VERSION",
    help="Hold responses to the style of VERSION, and give articles its prompts.",
)  # fmt: skip
@click.option(
    "--eval-pairs", type=click.IntRange(min=1), help="Rows to hold out.  [a tenth]"
)  # fmt: skip
@click.option("--skip-embeddings", is_flag=True, help="Do not compare responses by embedding.")
@click.option("--seed", default=0, show_default=True, help="Another one holds out other rows.")
@address_option
def import_(file: Path, name: str, address: str, **options: Any) -> None:
    """Make a dataset version of your own pairs in FILE.

    FILE is JSONL, perhaps compressed (.gz). A row has `article` and `summary`, `prompt` and
    `response`, or `messages`; optional are persona, company, source, licence, title, teacher and
    weight. Every bad line is named, and then nothing is imported. Rows whose figures their article
    lacks, that are cut off or repeat themselves, or break the form of --like, are left out.

    \b
    For example:
      goldbrief dataset import pairs.jsonl --name house --licence "our own"
      goldbrief dataset import articles-and-summaries.jsonl.gz --name house --like briefs
      goldbrief finetune create --train-data house/0123abcd4567 --register-to house ...
    """
    client = connect(address)
    given = {key: value for key, value in options.items() if value is not None}
    version = import_pairs(client, file, name, **given)
    click.echo(f"{version.name}/{version.version}  {_counts(version.rows)}")
    lost = [one.reason for one in read_rejected_candidates(client, version.work.id)]
    for reason in lost[:_REASONS_TOLD]:
        click.echo(f"left out: {reason}", err=True)
    if len(lost) > _REASONS_TOLD:
        more = f"`goldbrief dataset show {version.name}/{version.version} --rejected`"
        click.echo(f"and {len(lost) - _REASONS_TOLD} more: {more}", err=True)


@dataset.command()
@click.argument("version")
@click.option(
    "--recipe", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Recipe of the last round, for --to.",
)  # fmt: skip
@click.option(
    "--to", "folder", type=click.Path(path_type=Path),
    help="Write the next round to this folder, which is new or empty; needs --recipe.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the proposal as JSON.")
@address_option
def improve(
    version: str, recipe: Path | None, folder: Path | None, as_json: bool, address: str
) -> None:
    """Propose what the next round should add to VERSION, with reasons.

    Of the candidates that were rejected, and why; of personas, lengths and sources that it has
    little of; of summaries that were barely accepted; of the cases that its newest evaluation
    failed on; and of live summaries that users marked wrong. With --to it writes a folder that
    `goldbrief run` takes: a recipe that extends VERSION, the articles to be written again, and
    drafts of goldens for you to approve.

    \b
    For example:
      goldbrief dataset improve briefs
      goldbrief dataset improve briefs --recipe recipe.yaml --to next
      goldbrief run next/recipe.yaml
    """
    if bool(recipe) != bool(folder):
        raise click.UsageError("--to needs --recipe, and --recipe is for --to.")
    client = connect(address)
    found = propose_improvement(client, version)
    click.echo(found.proposal.model_dump_json(indent=2) if as_json else found.text, nl=as_json)
    if recipe and folder:
        written = write_next_round(client, found, recipe, folder)
        click.echo(f"\ngoldbrief run {written}", err=True)


@dataset.command()
@click.argument("before")
@click.argument("after")
@address_option
def diff(before: str, after: str, address: str) -> None:
    """Show how version AFTER differs from version BEFORE.

    Rows are compared by article and persona: - removed, + added, ~ changed. Below them, what the
    manifests say otherwise: settings, origins, hashes. Exits with 0 when both have the same
    digest, and so the same rows and prompts; with 1 when they differ, or one cannot be read.
    """
    found = compare_datasets(connect(address), before, after)
    counts: Counter[str] = Counter()
    for row in found.rows:
        line = _row_line(row)
        counts[line[0]] += 1
        click.echo(line)
    for name, values in found.settings.items():
        click.echo(f"{name}: {_change(*values)}")
    told = "the same digest" if found.is_equal else (
        f"{counts['+']} rows added, {counts['-']} removed, {counts['~']} changed"
    )  # fmt: skip
    click.echo(told, err=True)
    sys.exit(0 if found.is_equal else _EXIT_DIFFERENT)


def _line(version: datasets_pb2.DatasetVersion) -> str:
    day = version.work.create_time.ToJsonString()[:10]
    name = f"{version.name}/{version.version}" if version.version else version.name
    told = _counts(version.rows) if version.rows else version.work.cause.message
    if version.deleted:
        told += f"; {_deleted(version)}"
    return f"{name:<24} {day}  {state_of(version.work.state):9}  {told}".rstrip()


def _deleted(version: datasets_pb2.DatasetVersion) -> str:
    return f"{len(version.deleted)} of its articles deleted since"


def _record(version: datasets_pb2.DatasetVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "state": state_of(version.work.state),
        "rows": dict(version.rows),
        "deleted_articles": [one.sha256 for one in version.deleted],
        "run": version.work.run_id,
        "created": version.work.create_time.ToJsonString(),
    }


def _counts(rows: Any) -> str:
    return ", ".join(f"{split} {rows[split]}" for split in SPLITS if split in rows)


def _facts(client: Client, version: datasets_pb2.DatasetVersion) -> Iterator[tuple[str, str]]:
    yield "version", f"{version.name}/{version.version}" if version.version else version.name
    yield "built", f"{state_of(version.work.state)} {version.work.create_time.ToJsonString()}"
    if version.work.run_id:
        yield "run", version.work.run_id
    if not version.manifest_json:
        if version.work.HasField("cause"):
            yield "cause", version.work.cause.message
        return
    manifest = json.loads(version.manifest_json)
    yield "digest", version.digest
    yield "rows", _counts(version.rows)
    if version.deleted:
        yield "deleted", f"{_deleted(version)}; their rows are gone"
    for judge, standing in manifest.get("judges", {}).items():
        yield "judge", f"{judge}: {standing}"
    parents = manifest["parents"]
    if "extends" in parents:
        yield "extends", parents["extends"]
    if "file" in parents:
        told = (parents["file"][key] for key in ("name", "source", "licence"))
        yield "file", " · ".join(filter(None, told))
    if "synthesis_id" in parents:
        yield "cost", _cost(client, parents["synthesis_id"])


def _cost(client: Client, synthesis_id: str) -> str:
    """What teacher and judge cost in the synthesis, of which the version is made."""
    request = synthesis_pb2.GetSynthesisRequest(id=synthesis_id)
    usage = client.synthesis.GetSynthesis(request).synthesis.work.usage
    tokens = usage.prompt_tokens + usage.completion_tokens
    told = f"{usage.calls:,} calls, {tokens:,} tokens"
    return f"{told}, {usage.cost:.2f}" if usage.cost else told


def _print_rejected(client: Client, version: str, why: bool) -> None:
    count = 0
    for one in read_rejected_candidates(client, version):
        count += 1
        article = one.article_sha256[:_HASH_CHARS]
        click.echo(f"{one.fate.upper():9} {one.score:.2f}  {article} {one.persona}  {one.reason}")
        if why:
            click.echo(verdict_as_text(one.judgment_json), nl=False)
    where = "; `goldbrief articles show` names the file of a hash" if count else ""
    click.echo(f"{count} candidates are in no split{where}", err=True)


def _row_line(row: RowDifference) -> str:
    subject = f"{row.article_sha256[:_HASH_CHARS]} {row.persona}"
    only = row.after if row.before is None else row.before if row.after is None else None
    if only is not None:
        mark = "+" if row.before is None else "-"
        return f"{mark} {subject}  {only['split']}  {only['company']}".rstrip()
    told = (
        name if name in _TEXTS else f"{name} {_change(*values)}"
        for name, values in row.fields.items()
    )
    return f"~ {subject}  {', '.join(told)}"


def _change(before: Any, after: Any) -> str:
    return f"{_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    if value is None:
        return "none"
    text = str(value)
    return text[:_HASH_CHARS] if len(text) == 64 and text.isalnum() else text
