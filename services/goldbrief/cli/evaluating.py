"""`goldbrief evaluate` and `goldbrief report`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.sdk import Client, Evaluation, get_evaluation
from goldbrief.sdk import evaluate as start_evaluation

_RUN = "run-"
_path = click.Path(path_type=Path)
_out = click.option(
    "--out", type=_path, help="Folder for report, tables and charts.  [the evaluation's id]"
)


@click.command()
@click.argument("systems", nargs=-1, required=True)
@click.option("--dataset", default="", help="Dataset version, NAME/VERSION or NAME.")
@click.option("--articles", default="", help="Or articles: a folder, file, s3:// or web address.")
@click.option("--goldens", type=_path, help="Folder of goldens: style, and examples to show.")
@click.option("--persona", default="", help="Whom to write for.  [the style's first]")
@click.option("--limit", default=50, show_default=True, help="Most articles.")
@click.option("--concurrency", default=1, show_default=True, help="Summaries written at once.")
@click.option(
    "--consistency", default=0, show_default=True,
    help="So many articles are written five times by each system, to see how far they agree.",
)  # fmt: skip
@click.option(
    "--pairwise/--no-pairwise", default=True, show_default=True,
    help="The judge compares the last system's summaries with each other one's, side by side.",
)  # fmt: skip
@click.option(
    "--likelihood/--no-likelihood", default=True, show_default=True,
    help="Ask the engine how probable systems find the summaries that articles come with.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The results as JSON; no files are written.")
@_out
@address_option
def evaluate(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    systems: tuple[str, ...],
    dataset: str,
    articles: str,
    goldens: Path | None,
    persona: str,
    limit: int,
    concurrency: int,
    consistency: int,
    pairwise: bool,
    likelihood: bool,
    as_json: bool,
    out: Path | None,
    address: str,
) -> None:
    """Compare SYSTEMS on the same articles; the last is compared with each other one.

    A system is [NAME=]WHAT, where WHAT is v1, v1:ENDPOINT, base, few-shot, teacher,
    model:NAME[@VERSION], endpoint:NAME (of GOLDBRIEF_EVALUATED_ENDPOINTS), or file:OUTPUTS.jsonl
    with {"article": ..., "summary": ...} a line. NAME.summary.md beside an article NAME.md is the
    summary that it is compared with; without one, likeness is not scored.

    \b
    Examples:
      goldbrief evaluate v1 base model:briefs --dataset briefs
      goldbrief evaluate old=model:briefs@1 new=model:briefs@2 --articles my/articles
      goldbrief evaluate theirs=file:outputs.jsonl model:briefs --articles my/articles --out report
    """
    client = connect(address)
    started = start_evaluation(
        client, systems, dataset=dataset, articles=articles, goldens=goldens, persona=persona,
        limit=limit, concurrency=concurrency, consistency_articles=consistency,
        pairwise=pairwise, likelihood=likelihood,
    )  # fmt: skip
    if not as_json:
        click.echo(started.id)
    for looked_at in started.watch():
        progress = looked_at.work.progress
        click.echo(
            f"\r{progress.done} of {progress.total} summaries and comparisons", nl=False, err=True
        )
    click.echo(err=True)
    _show(started, as_json, out)


@click.command()
@click.argument("evaluation", default="")
@click.option("--json", "as_json", is_flag=True, help="The results as JSON; no files are written.")
@_out
@address_option
def report(evaluation: str, as_json: bool, out: Path | None, address: str) -> None:
    """Fetch the report of EVALUATION: report.html, tables as CSV, JSON, charts as PNG.

    EVALUATION is the id of an evaluation or of a run; the newest run when omitted.

    \b
    Examples:
      goldbrief report
      goldbrief report eval-1f2e3d4c5b6a --out my/report
      goldbrief report --json | jq .systems.tuned.judge_overall
    """
    client = connect(address)
    found = get_evaluation(client, _evaluation_of(client, evaluation))
    if not found.work.HasField("end_time"):
        raise click.ClickException(f"{found.id} goes on; its report comes at the end.")
    _show(found, as_json, out)


def _evaluation_of(client: Client, reference: str) -> str:
    if reference and not reference.startswith(_RUN):
        return reference
    run = client.get_run(reference)
    return output.phase_of(run, "evaluate").resource_id


def _show(found: Evaluation, as_json: bool, out: Path | None) -> None:
    results = found.results
    if as_json:
        click.echo(json.dumps(results, indent=2))
        return
    paths = found.save(out or Path(found.id))
    if results:
        click.echo(results["headline"])
    click.echo(f"report: {paths[0]}")
