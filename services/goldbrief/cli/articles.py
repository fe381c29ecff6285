"""`goldbrief articles`: import articles, and see what became of each file."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from goldbrief.api.datasets.v1 import datasets_pb2
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.core.errors import FailedPreconditionError, NotFoundError
from goldbrief.core.plans import ImportPolicy
from goldbrief.core.recipe import Recipe
from goldbrief.sdk import Client, import_articles
from goldbrief.sdk.answers import state_of
from goldbrief.sdk.deletion import delete_article, plan_deletion

_LOOK_EVERY_S = 0.3
_IMPORT = "impo-"
"""How the ids of imports begin."""


class _ListByDefault(click.Group):
    """`goldbrief articles [RUN_ID]` lists, as it did before it had commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def articles() -> None:
    """Import articles; list and show what became of each file; delete.

    Without a command it lists: `goldbrief articles RUN_ID`.
    """


@articles.command("import")
@click.argument("where")
@click.option(
    "--recipe", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Recipe whose key `ingest` says what articles may hold.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="A JSON line a file.")
@address_option
def import_(where: str, recipe: Path | None, as_json: bool, address: str) -> None:
    """Import articles from WHERE, outside of any run, to see what becomes of them.

    WHERE is a folder, a file, s3://bucket/prefix, a web address, or a .txt file with one web
    address a line. PDF, HTML, DOCX, Markdown, text and JSONL are read.

    \b
    Examples:
      goldbrief articles import my/articles
      goldbrief articles import s3://news/2025/ --recipe recipe.yaml
      goldbrief articles import pages.txt --json | jq 'select(.fate == "REJECTED")'
    """
    policy = ImportPolicy()
    if recipe is not None:
        policy = Recipe.parse(recipe.read_text(encoding="utf-8"), str(recipe)).ingest
    client = connect(address)
    import_id = import_articles(client, where, policy)
    if not as_json:
        click.echo(import_id)
    work = _wait(client, import_id)
    _print(client.list_imported_files(import_id), as_json)
    if state_of(work.state) != "SUCCEEDED":
        raise FailedPreconditionError(work.cause.message, remedy=work.cause.remedy)


@articles.command("list")
@click.argument("run_or_import", default="")
@click.option("--rejected", is_flag=True, help="Only those that were rejected.")
@click.option("--json", "as_json", is_flag=True, help="A JSON line a file.")
@address_option
def list_(run_or_import: str, rejected: bool, as_json: bool, address: str) -> None:
    """List what became of each article file of a run or import, with reasons.

    RUN_OR_IMPORT is the id of an import or the beginning of a run's; the newest run when
    omitted.
    """
    client = connect(address)
    files = client.list_imported_files(_import_of(client, run_or_import))
    _print((file for file in files if not rejected or file.fate == "REJECTED"), as_json)


@articles.command()
@click.argument("name")
@click.argument("run_or_import", default="")
@click.option("--text", "with_text", is_flag=True, help="Show the article's text too.")
@address_option
def show(name: str, run_or_import: str, with_text: bool, address: str) -> None:
    """Show all that is known of one file: NAME as listed, or the beginning of its hash."""
    client = connect(address)
    files = client.list_imported_files(_import_of(client, run_or_import))
    file = next((file for file in files if _is_named(file, name)), None)
    if file is None:
        raise NotFoundError(
            f"No article is named {name!r} there.",
            reason="ARTICLE_NOT_FOUND",
            remedy="`goldbrief articles list` lists them.",
        )
    article = client.get_article(file.article_sha256s[0]) if file.article_sha256s else None
    for label, value in _facts(file, article):
        click.echo(f"{label:<10} {value}")
    if with_text and article is not None:
        click.echo(f"\n{article.text}")


@articles.command()
@click.argument("reference", metavar="HASH")
@click.option("--yes", is_flag=True, help="Do not ask.")
@address_option
def delete(reference: str, yes: bool, address: str) -> None:
    """Delete the article whose hash begins with HASH, and its rows of every dataset version.

    First says what was made of it, then asks. Dataset and model versions stay, marked as made of
    deleted material; what deleting does not reach is named, and so are the commands that make the
    models anew. The article is refused from then on, also when it is imported again.
    """
    client = connect(address)
    plan = plan_deletion(client, reference)
    click.echo(f"article {plan.sha256}")
    for kind in ("dataset", "model", "evaluation"):
        for node in plan.touched(kind):
            click.echo(f"  went into {kind} {node.id}")
    if not yes:
        click.confirm("Delete its text for good?", abort=True)
    done = delete_article(client, plan)
    click.echo("deleted")
    for version in done.dataset_versions:
        counts = ", ".join(f"{version.rows[split]} {split}" for split in sorted(version.rows))
        click.echo(f"  {version.name}/{version.version} keeps {counts}")
    click.echo("remains:")
    for line in (*done.remains, *plan.remains()):
        click.echo(f"  {line}")
    commands = list(plan.commands())
    if commands:
        click.echo("to make anew without it:")
    for command in commands:
        click.echo(f"  {command}")


def _is_named(file: datasets_pb2.ImportedFile, name: str) -> bool:
    if name in (file.name, file.source):
        return True
    return len(name) >= 6 and any(sha256.startswith(name) for sha256 in file.article_sha256s)


def _facts(
    file: datasets_pb2.ImportedFile, article: datasets_pb2.GetArticleResponse | None
) -> Iterable[tuple[str, str]]:
    found = ", ".join(f"{_words(kind)} {count}" for kind, count in sorted(file.findings.items()))
    facts = [
        ("file", file.name),
        ("fate", file.fate or "not decided yet"),
        ("reason", file.reason),
        ("source", file.source),
        ("size", _size(file.size) if file.size else ""),
        ("words", str(file.words or "")),
        ("language", file.language),
        ("licence", file.licence or ("not known" if article else "")),
        ("found", found),
    ]
    if article is not None:
        facts += [
            ("title", article.title),
            ("company", article.company),
            ("publisher", article.source),
            ("date", article.date),
            ("sha256", article.sha256),
        ]
    return [(label, value) for label, value in facts if value]


def _import_of(client: Client, run_or_import: str) -> str:
    if run_or_import.startswith(_IMPORT):
        return run_or_import
    return str(output.phase_of(client.get_run(run_or_import), "ingest").resource_id)


def _wait(client: Client, import_id: str) -> Any:
    while True:
        work = client.get_import(import_id).work
        if work.HasField("end_time"):
            return work
        time.sleep(_LOOK_EVERY_S)


def _print(files: Iterable[datasets_pb2.ImportedFile], as_json: bool) -> None:
    counts: Counter[str] = Counter()
    for file in files:
        counts[file.fate] += 1
        if as_json:
            click.echo(json.dumps(_record(file)))
        else:
            click.echo(f"{file.fate:9} {file.name}  {_brief(file)}  {file.reason}".rstrip())
    if not as_json and counts:
        told = ", ".join(
            f"{count} {fate.lower() or 'open'}" for fate, count in sorted(counts.items())
        )
        click.echo(told, err=True)


def _record(file: datasets_pb2.ImportedFile) -> dict[str, Any]:
    """A file for machines; the API's own JSON writes long integers as text."""
    return {
        "name": file.name,
        "fate": file.fate,
        "reason": file.reason,
        "size": file.size,
        "words": file.words,
        "source": file.source,
        "licence": file.licence,
        "language": file.language,
        "findings": dict(file.findings),
        "articles": list(file.article_sha256s),
    }


def _brief(file: datasets_pb2.ImportedFile) -> str:
    words = f"{file.words:,} words" if file.words else ""
    return ", ".join(filter(None, [_size(file.size), words, file.language]))


def _size(size: int) -> str:
    for unit, name in ((10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} B"


def _words(kind: str) -> str:
    return kind.replace("_", " ")
