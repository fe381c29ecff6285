"""`goldbrief finetune`: fine-tuning runs from the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

import click
from google.protobuf.json_format import MessageToDict

from goldbrief import ft
from goldbrief.cli import output
from goldbrief.cli.connecting import address_option, connect
from goldbrief.cli.run_options import read_run_options, read_weighted, run_options
from goldbrief.cli.sweeping import sweep
from goldbrief.core.states import State
from goldbrief.core.training import TrainingEstimate
from goldbrief.core.training_rows import TaskType
from goldbrief.sdk import FinetuningRun

_TASKS = get_args(TaskType)
_STATES = [state.value for state in State]
_json = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group()
def finetune() -> None:
    """Fine-tune a base model on your own rows.

    \b
    Examples:
      goldbrief finetune create --model smollm2-135m-instruct \\
        --train-data rows.jsonl --register-to notes --follow
      goldbrief finetune create ... --dry-run      # rows, tokens, memory, minutes; no training
      goldbrief finetune list --state RUNNING
      goldbrief finetune events fine-0123 --follow
      goldbrief finetune sweep --help              # several values, judged
    """


finetune.add_command(sweep)


@finetune.command()
@run_options
@click.option(
    "--duration", default="1ep", show_default=True, help="Such as 2ep, 200ba, 500sp, 1000000tok."
)
@click.option("--task", type=click.Choice(_TASKS), default=_TASKS[0], show_default=True)
@click.option("--learning-rate", type=float, help="Peak.  [3e-4; full: 1e-5]")
@click.option("--eval-prompt", multiple=True, help="Completed at each checkpoint. Repeatable.")
@click.option("--dry-run", is_flag=True, help="Check and estimate; do not train.")
@click.option("--follow", "-f", is_flag=True, help="Show the events until the run ends.")
@_json
@address_option
def create(follow: bool, as_json: bool, address: str, **options: Any) -> None:
    """Start a fine-tuning run, or with --dry-run only estimate it."""
    asked: ft.RunOptions = {
        **read_run_options(options),
        "eval_prompts": options["eval_prompt"],
        "learning_rate": options["learning_rate"],
        "dry_run": options["dry_run"],
    }
    run = ft.create(
        options["model"],
        read_weighted(options["train_data"]),
        options["register_to"],
        options["duration"],
        options["task"],
        client=connect(address),
        **asked,
    )
    if options["dry_run"]:
        _show_estimate(run.wait(), as_json)
        return
    _show(run, as_json)
    if follow:
        _follow(run, as_json)


@finetune.command()
@click.argument("run_id")
@_json
@address_option
def get(run_id: str, as_json: bool, address: str) -> None:
    """Show a run."""
    _show(ft.get(run_id, connect(address)), as_json)


@finetune.command("list")
@click.option("--experiment", default="", help="Only those of this experiment.")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Repeatable.")
@click.option("--model", default="", help="Only those of this base model.")
@click.option("--register-to", default="", help="Only those that register to this name.")
@click.option("--since", type=click.DateTime(), help="Only those created then or later (UTC).")
@click.option("--limit", type=int, default=0, help="At most so many.  [100]")
@_json
@address_option
def list_runs(
    states: tuple[str, ...],
    experiment: str,
    since: datetime | None,
    as_json: bool,
    address: str,
    **wanted: Any,
) -> None:
    """List runs, the newest first."""
    runs = ft.list(
        experiment_path=experiment,
        states=states,
        created_after=since,
        client=connect(address),
        **wanted,
    )
    for run in runs:
        if as_json:
            click.echo(output.message_as_json(run.message))
        else:
            head = f"{run.id}  {run.state:9}  {run.message.model} → {run.message.register_to}"
            click.echo(f"{head}  {run.progress}".rstrip())


@finetune.command()
@click.argument("run_ids", nargs=-1)
@click.option("--experiment", default="", help="All runs of this experiment.")
@address_option
def cancel(run_ids: tuple[str, ...], experiment: str, address: str) -> None:
    """Stop runs for good; their checkpoints are kept."""
    if bool(run_ids) == bool(experiment):
        raise click.UsageError("Name runs, or an --experiment.")
    client = connect(address)
    stopped = (
        ft.cancel_experiment(experiment, client)
        if experiment
        else ft.cancel(*run_ids, client=client)
    )
    for run in stopped:
        click.echo(f"{run.id}  {run.state}")


@finetune.command()
@click.argument("run_id")
@address_option
def delete(run_id: str, address: str) -> None:
    """Remove a run that has ended; versions that were registered from it stay."""
    ft.delete(run_id, connect(address))
    click.echo(f"{run_id} is gone")


@finetune.command()
@click.argument("run_id")
@click.option("--follow", "-f", is_flag=True, help="Until the run ends.")
@_json
@address_option
def events(run_id: str, follow: bool, as_json: bool, address: str) -> None:
    """Show what happened to a run."""
    _show_events(ft.get_events(run_id, follow, connect(address)), as_json)


@finetune.command()
@click.argument("run_id")
@address_option
def checkpoints(run_id: str, address: str) -> None:
    """List the checkpoints of a run with the answers to its evaluation prompts."""
    for checkpoint in ft.get_checkpoints(run_id, connect(address)):
        click.echo(f"step {checkpoint.step}  {checkpoint.tokens:,} tokens  {checkpoint.prefix}")
        for text in checkpoint.generations:
            click.echo("  | " + text.strip().replace("\n", "\n  | "))


@finetune.command()
@address_option
def models(address: str) -> None:
    """List the base models that are kept on the server."""
    for model in ft.get_models(connect(address)):
        chat = ", chat" if model.has_chat_template else ""
        click.echo(f"{model.name}  {model.family}, context {model.context_length:,}{chat}")


def _show(run: FinetuningRun, as_json: bool) -> None:
    if as_json:
        click.echo(output.message_as_json(run.message))
        return
    click.echo(f"{run.id}  {run.state}  {run.progress}".rstrip())
    if run.evaluation:
        measured = run.evaluation
        click.echo(
            f"held-out perplexity {measured['base_perplexity']:.2f} before,"
            f" {measured['tuned_perplexity']:.2f} after"
        )


def _show_events(found: Iterable[Any], as_json: bool) -> None:
    for event in found:
        if as_json:
            click.echo(json.dumps(MessageToDict(event, preserving_proto_field_name=True)))
        else:
            time = event.time.ToDatetime().strftime("%H:%M:%S")
            click.echo(f"{time}  {event.type:11}  {event.message}")
        sys.stdout.flush()


def _follow(run: FinetuningRun, as_json: bool) -> None:
    try:
        _show_events(run.events(follow=True), as_json)
    except KeyboardInterrupt:
        click.echo(f"{run.id} goes on; `goldbrief finetune cancel {run.id}` stops it", err=True)
        raise
    _show(run.wait(), as_json)


def _show_estimate(run: FinetuningRun, as_json: bool) -> None:
    found = run.estimate
    if found is None:
        raise click.ClickException(f"{run.id} left no estimate.")
    click.echo(found.model_dump_json(indent=2) if as_json else estimate_as_text(found))


def estimate_as_text(found: TrainingEstimate) -> str:
    """Tell an estimate in lines for people."""
    lines = [
        f"{found.rows:,} rows, {found.tokens:,} tokens ({found.completion_tokens:,} learnt),"
        f" the longest {found.longest:,}; {found.held_out_rows:,} held out",
        f"{found.steps:,} steps, {found.training_tokens:,} tokens",
        f"{found.trained_parameters:,} of {found.parameters:,} parameters trained;"
        f" {found.memory_gib:g} GiB with one row a pass",
    ]
    for verb, rows in (("dropped", found.dropped), ("truncated", found.truncated)):
        if rows:
            lines.append(f"{len(rows)} rows {verb} as too long:")
            lines.extend(f"  {row}" for row in rows)
    for card in found.cards:
        fits = f"up to {card.micro_batch_size} rows a pass" if card.micro_batch_size else "too big"
        cost = f", {card.cost:,.2f} for the GPU" if card.cost is not None else ""
        lines.append(
            f"{card.card:14}  {fits}, {card.minutes:,.1f} min at an assumed"
            f" {card.tokens_per_s:,.0f} tokens/s{cost}"
        )
    return "\n".join(lines)
