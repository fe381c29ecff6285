"""The command tree; every failure is one message and a non-zero exit."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from goldbrief import __version__
from goldbrief.cli import (
    articles,
    auditing,
    datasets,
    evaluating,
    finetuning,
    judging,
    lineage,
    live_summaries,
    models,
    output,
    promoting,
    reviewing,
    simulating,
    styling,
    summarizing,
    supporting,
    tokens,
)
from goldbrief.cli.connecting import address_option, connect
from goldbrief.cli.loading import load_app
from goldbrief.cli.running import RunOptions, run_recipe
from goldbrief.cli.tracing import traced_command
from goldbrief.core.errors import GoldbriefError
from goldbrief.core.settings import Settings
from goldbrief.platform.logs import set_up_logs
from goldbrief.sdk import Client

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main() -> None:
    """Run the command line and turn our errors into one message."""
    try:
        with traced_command(_command_name(sys.argv[1:])):
            cli.main(standalone_mode=False)
    except GoldbriefError as error:
        click.echo(f"goldbrief: {error.message}", err=True)
        if error.remedy:
            click.echo(f"  {error.remedy}", err=True)
        sys.exit(EXIT_FAILED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(EXIT_INTERRUPTED)


def _command_name(arguments: Sequence[str]) -> str:
    """Which command is meant; empty for none that begins and ends something."""
    first = next(iter(arguments), "")
    return first if first in cli.commands and first != "up" else ""


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", prog_name="goldbrief")
def cli() -> None:
    """Tune a small open LLM to write executive summaries in your house style.

    \b
    The main job, on this machine:
      goldbrief run examples/quickstart/recipe.yaml
      goldbrief run --goldens my/goldens --articles my/articles
    Then, while `goldbrief up` runs in another terminal:
      goldbrief summarize article.md
    Shell completion: eval "$(_GOLDBRIEF_COMPLETE=bash_source goldbrief)"   (or zsh_source)
    """


@cli.command()
@click.argument("recipe", required=False, type=click.Path(path_type=Path))
@click.option("--goldens", type=click.Path(path_type=Path), help="Folder of golden summaries.")
@click.option("--articles", help="Folder of articles, s3://bucket/prefix, or a .txt list of URLs.")
@click.option("--sample", type=click.Path(path_type=Path), help="Article to summarize at the end.")
@click.option("--new", is_flag=True, help="Start afresh instead of resuming the same recipe.")
@click.option(
    "--round", "number", type=click.IntRange(min=1), default=1, show_default=True,
    help="From 2 on: corrected summaries of a review become goldens, ratings calibrate the judge.",
)  # fmt: skip
@click.option("--reviews", default="", help="That review's set.  [the newest of the round before]")
@click.option(
    "--simulated", is_flag=True,
    help="Take what simulated reviewers said and wrote for people's word: a demonstration.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines, for machines.")
@click.option(
    "--output", "output_folder", type=click.Path(path_type=Path), default=Path("goldbrief-output"),
    show_default=True, help="Folder for the report and the sample summaries.",
)  # fmt: skip
@address_option
def run(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    recipe: Path | None,
    goldens: Path | None,
    articles: str | None,
    sample: Path | None,
    new: bool,
    number: int,
    reviews: str,
    simulated: bool,
    as_json: bool,
    output_folder: Path,
    address: str,
) -> None:
    """Do the whole job: goldens and articles in, a judged, tuned, served summarizer out.

    The run id is the hash of the recipe and its files: the same command resumes the run
    after Ctrl-C, a crash or a power cut. Starts `goldbrief up` in this process when no
    server answers.

    \b
    Examples:
      goldbrief run recipe.yaml
      goldbrief run --goldens my/goldens --articles my/articles
      goldbrief run recipe.yaml --json | jq .phase
      goldbrief run recipe.yaml --round 2
    """
    if (reviews or simulated) and number == 1:
        raise click.UsageError("--reviews and --simulated need --round 2 or more.")
    options = RunOptions(
        recipe, goldens, articles, sample, new, as_json, output_folder, number, reviews, simulated
    )
    sys.exit(run_recipe(options, Client(address), load_app))


@cli.command()
def up() -> None:
    """Run all services and the web console on this machine until Ctrl-C.

    The console's link is printed; it is good until the next start, for two weeks at most.
    State lies in GOLDBRIEF_HOME (default .goldbrief in this folder). Interrupted runs go on by
    themselves.
    """
    settings = Settings()
    set_up_logs(settings.log_format)
    app = load_app("up")(settings)
    click.echo(f"goldbrief is up on {settings.host}:{settings.port}; Ctrl-C stops it", err=True)
    click.echo(f"console: {app.console_link()}", err=True)
    try:
        output.wait_for_interrupt()
    finally:
        app.stop()


@cli.command()
@click.argument("run_id", default="")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@address_option
def status(run_id: str, as_json: bool, address: str) -> None:
    """Show a run: RUN_ID or its beginning; the newest when omitted."""
    run = connect(address).get_run(run_id)
    click.echo(output.run_as_json(run) if as_json else output.run_as_text(run))


@cli.command()
@click.argument("run_id", default="")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
@address_option
def watch(run_id: str, as_json: bool, address: str) -> None:
    """Follow a run until it ends; watching it changes nothing."""
    client = connect(address)
    with output.view(as_json) as show:
        for run in client.watch_run(client.get_run(run_id).id):
            show(run)


@cli.command()
@click.argument("run_id")
@address_option
def pause(run_id: str, address: str) -> None:
    """Hold a run; the same `goldbrief run` lets it go on."""
    click.echo(output.run_as_text(connect(address).pause_run(run_id)))


@cli.command()
@click.argument("run_id")
@address_option
def cancel(run_id: str, address: str) -> None:
    """Stop a run for good; what it made is kept."""
    click.echo(output.run_as_text(connect(address).cancel_run(run_id)))


@cli.command()
@click.argument("run_id", default="")
@click.option("--rejected", is_flag=True, help="Only those that were rejected.")
@click.option("--why", is_flag=True, help="What the judge said of each, dimension by dimension.")
@click.option("--text", "with_text", is_flag=True, help="Show the summaries too.")
@address_option
def candidates(run_id: str, rejected: bool, why: bool, with_text: bool, address: str) -> None:
    """List the teacher's candidate summaries of a run with verdicts and reasons."""
    client = connect(address)
    phase = output.phase_of(client.get_run(run_id), "synthesize")
    outcome = "REJECTED" if rejected else ""
    for candidate in client.list_candidates(phase.resource_id, outcome):
        click.echo(output.candidate_as_text(candidate, why=why, with_text=with_text), nl=False)


@cli.command()
@click.option(
    "-n", "--namespace", default="", metavar="NAME",
    help="Check the installation in this namespace of the cluster of KUBECONFIG instead.",
)  # fmt: skip
def doctor(namespace: str) -> None:
    """Check this machine's setup, or an installation, and say what to do."""
    failed = 0
    for check in load_app("doctor")(Settings(), namespace):
        mark = "ok  " if check.ok else "FAIL"
        click.echo(f"{mark} {check.name}: {check.detail}")
        if not check.ok:
            failed += 1
            click.echo(f"     {check.remedy}")
    sys.exit(EXIT_FAILED if failed else 0)


@cli.command()
@click.option("--port", default=5000, show_default=True, help="Port of the MLflow pages.")
def ui(port: int) -> None:
    """Open MLflow on this machine's runs."""
    sys.exit(load_app("mlflow_ui")(Settings(), port))


@cli.command("recipe-schema")
def recipe_schema() -> None:
    """Print the JSON schema of a recipe, for editors."""
    from goldbrief.core.recipe import Recipe  # noqa: PLC0415 - only this command needs it

    click.echo(json.dumps(Recipe.model_json_schema(), indent=2))


cli.add_command(articles.articles)
cli.add_command(auditing.audit)
cli.add_command(datasets.dataset)
cli.add_command(summarizing.summarize)
cli.add_command(tokens.tokens)
cli.add_command(evaluating.evaluate)
cli.add_command(evaluating.report)
cli.add_command(finetuning.finetune)
cli.add_command(judging.judge)
cli.add_command(models.models)
cli.add_command(promoting.promote)
cli.add_command(promoting.roll_back)
cli.add_command(lineage.lineage)
cli.add_command(live_summaries.summaries)
cli.add_command(reviewing.reviews)
cli.add_command(simulating.simulate)
cli.add_command(simulating.score)
cli.add_command(styling.style)
cli.add_command(supporting.support_bundle)
